// Reads an atlantis.yaml with Atlantis' own reader.
//
// in:  the file's path
// out: one line, name and order of each project; exit 1 with Atlantis' words when it would refuse the file
package main

import (
	"fmt"
	"os"

	"github.com/runatlantis/atlantis/server/core/config"
	"github.com/runatlantis/atlantis/server/core/config/valid"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: atlantis-check FILE")
		os.Exit(2)
	}
	text, err := os.ReadFile(os.Args[1])
	if err == nil {
		global := valid.NewGlobalCfgFromArgs(valid.GlobalCfgArgs{AllowAllRepoSettings: true})
		reader := config.ParserValidator{}
		var read valid.RepoCfg
		read, err = reader.ParseRepoCfgData(text, global, "github.com/example/example", "main")
		for _, project := range read.Projects {
			fmt.Println(project.GetName(), project.ExecutionOrderGroup)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
