# What whoever applies a root says. The certificate is nobody's.
variables {
  org_id           = "0123456789abcdef01234567"
  client_authority = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
}
