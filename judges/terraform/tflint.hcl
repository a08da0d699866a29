# Every rule that tflint brings for Terraform itself.
plugin "terraform" {
  enabled = true
  preset  = "all"
}
