package main

import (
	"encoding/json"
	"fmt"
	"os"
	"sort"

	"github.com/hashicorp/terraform-plugin-go/tfprotov5"
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
}

type nestedJSON struct {
	Nesting  string    `json:"nesting_mode"`
	MinItems int64     `json:"min_items"`
	MaxItems int64     `json:"max_items"`
	Block    blockJSON `json:"block"`
}

// providerSchema is the same in the protocol's terms.
type providerSchema struct {
	provider    *tfprotov5.Schema
	resources   map[string]*tfprotov5.Schema
	dataSources map[string]*tfprotov5.Schema
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

func toSchemas(files map[string]schemaJSON) (map[string]*tfprotov5.Schema, error) {
	schemas := map[string]*tfprotov5.Schema{}
	for name, file := range files {
		schema, err := toSchema(file)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		schemas[name] = schema
	}
	return schemas, nil
}

func toSchema(file schemaJSON) (*tfprotov5.Schema, error) {
	block, err := toBlock(file.Block)
	return &tfprotov5.Schema{Block: block}, err
}

func toBlock(file blockJSON) (*tfprotov5.SchemaBlock, error) {
	block := &tfprotov5.SchemaBlock{}
	for _, name := range sortedKeys(file.Attributes) {
		attribute := file.Attributes[name]
		// The library's own reader of type descriptions; nothing else reads them.
		kind, err := tftypes.ParseJSONType(attribute.Type) //nolint:staticcheck
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		block.Attributes = append(block.Attributes, &tfprotov5.SchemaAttribute{
			Name:      name,
			Type:      kind,
			Required:  attribute.Required,
			Optional:  attribute.Optional,
			Computed:  attribute.Computed,
			Sensitive: attribute.Sensitive,
			WriteOnly: attribute.WriteOnly,
		})
	}
	for _, name := range sortedKeys(file.BlockTypes) {
		nested := file.BlockTypes[name]
		inner, err := toBlock(nested.Block)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		nesting, known := map[string]tfprotov5.SchemaNestedBlockNestingMode{
			"single": tfprotov5.SchemaNestedBlockNestingModeSingle,
			"list":   tfprotov5.SchemaNestedBlockNestingModeList,
			"set":    tfprotov5.SchemaNestedBlockNestingModeSet,
			"map":    tfprotov5.SchemaNestedBlockNestingModeMap,
		}[nested.Nesting]
		if !known {
			return nil, fmt.Errorf("%s: unknown nesting %q", name, nested.Nesting)
		}
		block.BlockTypes = append(block.BlockTypes, &tfprotov5.SchemaNestedBlock{
			TypeName: name,
			Block:    inner,
			Nesting:  nesting,
			MinItems: nested.MinItems,
			MaxItems: nested.MaxItems,
		})
	}
	return block, nil
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	return keys
}
