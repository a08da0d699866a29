// Terraform provider that knows the AWS provider's schema and nothing else.
//
// Terraform itself judges a configuration against a provider's schema: names,
// types, what is required, how blocks nest. This program hands it that schema
// out of aws.json, which lies beside the executable, so that `validate` and
// `test` need no registry, no account and no network. It makes nothing: a plan
// is what the configuration asks for, and an apply is refused.
package main

import (
	"log"
	"os"
	"path/filepath"

	"github.com/hashicorp/terraform-plugin-go/tfprotov5"
	"github.com/hashicorp/terraform-plugin-go/tfprotov5/tf5server"
)

func main() {
	log.SetFlags(0)
	executable, err := os.Executable()
	if err != nil {
		log.Fatal(err)
	}
	// Terraform starts providers through a symbolic link.
	executable, err = filepath.EvalSymlinks(executable)
	if err != nil {
		log.Fatal(err)
	}
	schema, err := readSchema(filepath.Join(filepath.Dir(executable), "aws.json"))
	if err != nil {
		log.Fatal(err)
	}
	server := func() tfprotov5.ProviderServer { return &server{schema: schema} }
	if err := tf5server.Serve("registry.terraform.io/hashicorp/aws", server); err != nil {
		log.Fatal(err)
	}
}
