// Terraform provider that knows another provider's schema and nothing else.
//
// Terraform itself judges a configuration against a provider's schema: names,
// types, what is required, how blocks nest. This program, called
// terraform-provider-NAME_vVERSION, hands it that schema out of NAME.json, which
// lies beside the executable, so that `validate` and
// `test` need no registry, no account and no network. It makes nothing: a plan
// is what the configuration asks for, and an apply is refused.
package main

import (
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"
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
	name := strings.TrimPrefix(filepath.Base(executable), "terraform-provider-")
	name, _, _ = strings.Cut(name, "_")
	schema, err := readSchema(filepath.Join(filepath.Dir(executable), name+".json"))
	if err != nil {
		log.Fatal(err)
	}
	server := func() tfprotov6.ProviderServer { return &server{schema: schema} }
	if err := tf6server.Serve("registry.terraform.io/hashicorp/"+name, server); err != nil {
		log.Fatal(err)
	}
}
