package main

import (
	"context"

	"github.com/hashicorp/terraform-plugin-go/tfprotov5"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// server answers what validate, test and plan ask. The embedded interface is
// nil: a call that is not written below is one that no judge makes, and ends
// the program with a stack trace instead of a made-up answer.
type server struct {
	tfprotov5.ProviderServer
	schema *providerSchema
}

func refuse(summary, detail string) []*tfprotov5.Diagnostic {
	return []*tfprotov5.Diagnostic{{Severity: tfprotov5.DiagnosticSeverityError, Summary: summary, Detail: detail}}
}

func (s *server) GetMetadata(context.Context, *tfprotov5.GetMetadataRequest) (*tfprotov5.GetMetadataResponse, error) {
	response := &tfprotov5.GetMetadataResponse{}
	for _, name := range sortedKeys(s.schema.resources) {
		response.Resources = append(response.Resources, tfprotov5.ResourceMetadata{TypeName: name})
	}
	for _, name := range sortedKeys(s.schema.dataSources) {
		response.DataSources = append(response.DataSources, tfprotov5.DataSourceMetadata{TypeName: name})
	}
	return response, nil
}

func (s *server) GetProviderSchema(context.Context, *tfprotov5.GetProviderSchemaRequest) (*tfprotov5.GetProviderSchemaResponse, error) {
	return &tfprotov5.GetProviderSchemaResponse{
		Provider:          s.schema.provider,
		ResourceSchemas:   s.schema.resources,
		DataSourceSchemas: s.schema.dataSources,
	}, nil
}

func (s *server) GetResourceIdentitySchemas(context.Context, *tfprotov5.GetResourceIdentitySchemasRequest) (*tfprotov5.GetResourceIdentitySchemasResponse, error) {
	return &tfprotov5.GetResourceIdentitySchemasResponse{}, nil
}

// Terraform has checked a configuration against the schema before it asks here.

func (s *server) PrepareProviderConfig(_ context.Context, request *tfprotov5.PrepareProviderConfigRequest) (*tfprotov5.PrepareProviderConfigResponse, error) {
	return &tfprotov5.PrepareProviderConfigResponse{PreparedConfig: request.Config}, nil
}

func (s *server) ValidateResourceTypeConfig(context.Context, *tfprotov5.ValidateResourceTypeConfigRequest) (*tfprotov5.ValidateResourceTypeConfigResponse, error) {
	return &tfprotov5.ValidateResourceTypeConfigResponse{}, nil
}

func (s *server) ValidateDataSourceConfig(context.Context, *tfprotov5.ValidateDataSourceConfigRequest) (*tfprotov5.ValidateDataSourceConfigResponse, error) {
	return &tfprotov5.ValidateDataSourceConfigResponse{}, nil
}

func (s *server) ConfigureProvider(context.Context, *tfprotov5.ConfigureProviderRequest) (*tfprotov5.ConfigureProviderResponse, error) {
	return &tfprotov5.ConfigureProviderResponse{}, nil
}

func (s *server) StopProvider(context.Context, *tfprotov5.StopProviderRequest) (*tfprotov5.StopProviderResponse, error) {
	return &tfprotov5.StopProviderResponse{}, nil
}

func (s *server) UpgradeResourceState(_ context.Context, request *tfprotov5.UpgradeResourceStateRequest) (*tfprotov5.UpgradeResourceStateResponse, error) {
	kind := s.schema.resources[request.TypeName].ValueType()
	value, err := request.RawState.Unmarshal(kind)
	if err != nil {
		return nil, err
	}
	state, err := tfprotov5.NewDynamicValue(kind, value)
	return &tfprotov5.UpgradeResourceStateResponse{UpgradedState: &state}, err
}

func (s *server) ReadResource(_ context.Context, request *tfprotov5.ReadResourceRequest) (*tfprotov5.ReadResourceResponse, error) {
	return &tfprotov5.ReadResourceResponse{NewState: request.CurrentState}, nil
}

// PlanResourceChange promises what the configuration says; what only the cloud could
// say is "known after apply".
func (s *server) PlanResourceChange(_ context.Context, request *tfprotov5.PlanResourceChangeRequest) (*tfprotov5.PlanResourceChangeResponse, error) {
	schema := s.schema.resources[request.TypeName]
	unknown := func(kind tftypes.Type) tftypes.Value { return tftypes.NewValue(kind, tftypes.UnknownValue) }
	planned, err := fillComputed(schema, request.ProposedNewState, unknown)
	return &tfprotov5.PlanResourceChangeResponse{PlannedState: planned}, err
}

func (s *server) ApplyResourceChange(_ context.Context, request *tfprotov5.ApplyResourceChangeRequest) (*tfprotov5.ApplyResourceChangeResponse, error) {
	return &tfprotov5.ApplyResourceChangeResponse{
		NewState:    request.PriorState,
		Diagnostics: refuse("Nothing is made here", "This provider only knows the schema of another. Use the real one to apply, or mock_provider in a test."),
	}, nil
}

// ReadDataSource answers with empty values: there is no cloud to look into.
func (s *server) ReadDataSource(_ context.Context, request *tfprotov5.ReadDataSourceRequest) (*tfprotov5.ReadDataSourceResponse, error) {
	state, err := fillComputed(s.schema.dataSources[request.TypeName], request.Config, empty)
	return &tfprotov5.ReadDataSourceResponse{State: state}, err
}

// fillComputed replaces every computed attribute that is null.
func fillComputed(schema *tfprotov5.Schema, state *tfprotov5.DynamicValue, fill func(tftypes.Type) tftypes.Value) (*tfprotov5.DynamicValue, error) {
	kind := schema.ValueType()
	value, err := state.Unmarshal(kind)
	if err != nil || value.IsNull() { // null: a deletion
		return state, err
	}
	var members map[string]tftypes.Value
	if err := value.As(&members); err != nil {
		return nil, err
	}
	for _, attribute := range schema.Block.Attributes {
		if attribute.Computed && members[attribute.Name].IsNull() {
			members[attribute.Name] = fill(attribute.Type)
		}
	}
	filled, err := tfprotov5.NewDynamicValue(kind, tftypes.NewValue(kind, members))
	return &filled, err
}

func empty(kind tftypes.Type) tftypes.Value {
	switch {
	case kind.Is(tftypes.String):
		return tftypes.NewValue(kind, "")
	case kind.Is(tftypes.Number):
		return tftypes.NewValue(kind, 0)
	case kind.Is(tftypes.Bool):
		return tftypes.NewValue(kind, false)
	default:
		return tftypes.NewValue(kind, nil)
	}
}
