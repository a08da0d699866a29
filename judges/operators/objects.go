// Asks an operator's own code about objects, as the API server would ask its webhook.
// in:  YAML or JSON documents on standard input
// out: a line each that the operator knows: `ok KIND/NAME`, or `refused KIND/NAME: WHY`; warnings as `warned KIND/NAME: WHAT`
// promises: exit code 1 when one was refused, 2 when none was known, so that silence is never taken for consent.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"k8s.io/apimachinery/pkg/util/yaml"
	strict "sigs.k8s.io/yaml"
)

// What an operator says of one object: warnings, or why it is refused.
type judge func(document []byte) ([]string, error)

type header struct {
	Kind     string `json:"kind"`
	Metadata struct {
		Name string `json:"name"`
	} `json:"metadata"`
}

// read fills the object, refusing a field that it does not have.
func read(document []byte, object any) error { return strict.UnmarshalStrict(document, object) }

func main() {
	reader := yaml.NewYAMLReader(bufio.NewReader(os.Stdin))
	known, refused := 0, 0
	for {
		document, err := reader.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		var head header
		if err == nil {
			err = strict.Unmarshal(document, &head)
		}
		if err != nil {
			fmt.Println("refused:", oneLine(err.Error()))
			os.Exit(1)
		}
		ask, found := judges[head.Kind]
		if !found {
			continue
		}
		known++
		name := head.Kind + "/" + head.Metadata.Name
		warnings, err := ask(document)
		for _, warning := range warnings {
			fmt.Printf("warned %s: %s\n", name, oneLine(warning))
		}
		if err != nil {
			refused++
			fmt.Printf("refused %s: %s\n", name, oneLine(err.Error()))
		} else {
			fmt.Println("ok", name)
		}
	}
	switch {
	case refused > 0:
		os.Exit(1)
	case known == 0:
		fmt.Println("none of the objects is this operator's")
		os.Exit(2)
	}
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
