package main

import (
	"encoding/json"
	"fmt"
	"os"
	"sort"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// schemaFile is NAME.json: what `terraform providers schema -json` prints of one provider.
type schemaFile struct {
	Notice          string                `json:"notice"`
	ProviderVersion string                `json:"provider_version"`
	Provider        schemaJSON            `json:"provider"`
	Resources       map[string]schemaJSON `json:"resource_schemas"`
	DataSources     map[string]schemaJSON `json:"data_source_schemas"`
}

type schemaJSON struct {
	Block blockJSON `json:"block"`
}

type blockJSON struct {
	Attributes map[string]attributeJSON `json:"attributes"`
	BlockTypes map[string]nestedJSON    `json:"block_types"`
}

type attributeJSON struct {
	Type      json.RawMessage `json:"type"`
	Required  bool            `json:"required"`
	Optional  bool            `json:"optional"`
	Computed  bool            `json:"computed"`
	Sensitive bool            `json:"sensitive"`
	WriteOnly bool            `json:"write_only"`
	// Arguments of its own, each of which may be left out by itself.
	Nested *objectJSON `json:"nested_type"`
}

type objectJSON struct {
	Nesting    string                   `json:"nesting_mode"`
	Attributes map[string]attributeJSON `json:"attributes"`
}

type nestedJSON struct {
	Nesting  string    `json:"nesting_mode"`
	MinItems int64     `json:"min_items"`
	MaxItems int64     `json:"max_items"`
	Block    blockJSON `json:"block"`
}

// providerSchema is the same in the protocol's terms.
type providerSchema struct {
	provider    *tfprotov6.Schema
	resources   map[string]*tfprotov6.Schema
	dataSources map[string]*tfprotov6.Schema
}

func readSchema(path string) (*providerSchema, error) {
	bytes, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var file schemaFile
	if err := json.Unmarshal(bytes, &file); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	schema := &providerSchema{}
	if schema.provider, err = toSchema(file.Provider); err != nil {
		return nil, fmt.Errorf("provider: %w", err)
	}
	if schema.resources, err = toSchemas(file.Resources); err != nil {
		return nil, err
	}
	schema.dataSources, err = toSchemas(file.DataSources)
	return schema, err
}

func toSchemas(files map[string]schemaJSON) (map[string]*tfprotov6.Schema, error) {
	schemas := map[string]*tfprotov6.Schema{}
	for name, file := range files {
		schema, err := toSchema(file)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		schemas[name] = schema
	}
	return schemas, nil
}

func toSchema(file schemaJSON) (*tfprotov6.Schema, error) {
	block, err := toBlock(file.Block)
	return &tfprotov6.Schema{Block: block}, err
}

func toBlock(file blockJSON) (*tfprotov6.SchemaBlock, error) {
	block := &tfprotov6.SchemaBlock{}
	attributes, err := toAttributes(file.Attributes)
	if err != nil {
		return nil, err
	}
	block.Attributes = attributes
	for _, name := range sortedKeys(file.BlockTypes) {
		nested := file.BlockTypes[name]
		inner, err := toBlock(nested.Block)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		nesting, known := map[string]tfprotov6.SchemaNestedBlockNestingMode{
			"single": tfprotov6.SchemaNestedBlockNestingModeSingle,
			"list":   tfprotov6.SchemaNestedBlockNestingModeList,
			"set":    tfprotov6.SchemaNestedBlockNestingModeSet,
			"map":    tfprotov6.SchemaNestedBlockNestingModeMap,
		}[nested.Nesting]
		if !known {
			return nil, fmt.Errorf("%s: unknown nesting %q", name, nested.Nesting)
		}
		block.BlockTypes = append(block.BlockTypes, &tfprotov6.SchemaNestedBlock{
			TypeName: name,
			Block:    inner,
			Nesting:  nesting,
			MinItems: nested.MinItems,
			MaxItems: nested.MaxItems,
		})
	}
	return block, nil
}

func toAttributes(files map[string]attributeJSON) ([]*tfprotov6.SchemaAttribute, error) {
	var attributes []*tfprotov6.SchemaAttribute
	for _, name := range sortedKeys(files) {
		file := files[name]
		attribute := &tfprotov6.SchemaAttribute{
			Name:      name,
			Required:  file.Required,
			Optional:  file.Optional,
			Computed:  file.Computed,
			Sensitive: file.Sensitive,
			WriteOnly: file.WriteOnly,
		}
		var err error
		if file.Nested == nil {
			// The library's own reader of type descriptions; nothing else reads them.
			attribute.Type, err = tftypes.ParseJSONType(file.Type) //nolint:staticcheck
		} else {
			attribute.NestedType, err = toObject(*file.Nested)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		attributes = append(attributes, attribute)
	}
	return attributes, nil
}

func toObject(file objectJSON) (*tfprotov6.SchemaObject, error) {
	nesting, known := map[string]tfprotov6.SchemaObjectNestingMode{
		"single": tfprotov6.SchemaObjectNestingModeSingle,
		"list":   tfprotov6.SchemaObjectNestingModeList,
		"set":    tfprotov6.SchemaObjectNestingModeSet,
		"map":    tfprotov6.SchemaObjectNestingModeMap,
	}[file.Nesting]
	if !known {
		return nil, fmt.Errorf("unknown nesting %q", file.Nesting)
	}
	attributes, err := toAttributes(file.Attributes)
	return &tfprotov6.SchemaObject{Attributes: attributes, Nesting: nesting}, err
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	return keys
}
