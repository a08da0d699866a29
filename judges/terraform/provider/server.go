package main

import (
	"context"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// server answers what validate, test and plan ask. The embedded interface is
// nil: a call that is not written below is one that no judge makes, and ends
// the program with a stack trace instead of a made-up answer.
type server struct {
	tfprotov6.ProviderServer
	schema *providerSchema
}

func refuse(summary, detail string) []*tfprotov6.Diagnostic {
	return []*tfprotov6.Diagnostic{{Severity: tfprotov6.DiagnosticSeverityError, Summary: summary, Detail: detail}}
}

func (s *server) GetMetadata(context.Context, *tfprotov6.GetMetadataRequest) (*tfprotov6.GetMetadataResponse, error) {
	response := &tfprotov6.GetMetadataResponse{}
	for _, name := range sortedKeys(s.schema.resources) {
		response.Resources = append(response.Resources, tfprotov6.ResourceMetadata{TypeName: name})
	}
	for _, name := range sortedKeys(s.schema.dataSources) {
		response.DataSources = append(response.DataSources, tfprotov6.DataSourceMetadata{TypeName: name})
	}
	return response, nil
}

func (s *server) GetProviderSchema(context.Context, *tfprotov6.GetProviderSchemaRequest) (*tfprotov6.GetProviderSchemaResponse, error) {
	return &tfprotov6.GetProviderSchemaResponse{
		Provider:          s.schema.provider,
		ResourceSchemas:   s.schema.resources,
		DataSourceSchemas: s.schema.dataSources,
	}, nil
}

func (s *server) GetResourceIdentitySchemas(context.Context, *tfprotov6.GetResourceIdentitySchemasRequest) (*tfprotov6.GetResourceIdentitySchemasResponse, error) {
	return &tfprotov6.GetResourceIdentitySchemasResponse{}, nil
}

// Terraform has checked a configuration against the schema before it asks here.

func (s *server) ValidateProviderConfig(_ context.Context, request *tfprotov6.ValidateProviderConfigRequest) (*tfprotov6.ValidateProviderConfigResponse, error) {
	return &tfprotov6.ValidateProviderConfigResponse{PreparedConfig: request.Config}, nil
}

func (s *server) ValidateResourceConfig(context.Context, *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	return &tfprotov6.ValidateResourceConfigResponse{}, nil
}

func (s *server) ValidateDataResourceConfig(context.Context, *tfprotov6.ValidateDataResourceConfigRequest) (*tfprotov6.ValidateDataResourceConfigResponse, error) {
	return &tfprotov6.ValidateDataResourceConfigResponse{}, nil
}

func (s *server) ConfigureProvider(context.Context, *tfprotov6.ConfigureProviderRequest) (*tfprotov6.ConfigureProviderResponse, error) {
	return &tfprotov6.ConfigureProviderResponse{}, nil
}

func (s *server) StopProvider(context.Context, *tfprotov6.StopProviderRequest) (*tfprotov6.StopProviderResponse, error) {
	return &tfprotov6.StopProviderResponse{}, nil
}

func (s *server) UpgradeResourceState(_ context.Context, request *tfprotov6.UpgradeResourceStateRequest) (*tfprotov6.UpgradeResourceStateResponse, error) {
	kind := s.schema.resources[request.TypeName].ValueType()
	value, err := request.RawState.Unmarshal(kind)
	if err != nil {
		return nil, err
	}
	state, err := tfprotov6.NewDynamicValue(kind, value)
	return &tfprotov6.UpgradeResourceStateResponse{UpgradedState: &state}, err
}

func (s *server) ReadResource(_ context.Context, request *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	return &tfprotov6.ReadResourceResponse{NewState: request.CurrentState}, nil
}

// PlanResourceChange promises what the configuration says; what only the cloud could
// say is "known after apply".
func (s *server) PlanResourceChange(_ context.Context, request *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	schema := s.schema.resources[request.TypeName]
	unknown := func(kind tftypes.Type) tftypes.Value { return tftypes.NewValue(kind, tftypes.UnknownValue) }
	planned, err := fillComputed(schema, request.ProposedNewState, unknown)
	return &tfprotov6.PlanResourceChangeResponse{PlannedState: planned}, err
}

func (s *server) ApplyResourceChange(_ context.Context, request *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	return &tfprotov6.ApplyResourceChangeResponse{
		NewState:    request.PriorState,
		Diagnostics: refuse("Nothing is made here", "This provider only knows the schema of another. Use the real one to apply, or mock_provider in a test."),
	}, nil
}

// ReadDataSource answers with empty values: there is no cloud to look into.
func (s *server) ReadDataSource(_ context.Context, request *tfprotov6.ReadDataSourceRequest) (*tfprotov6.ReadDataSourceResponse, error) {
	state, err := fillComputed(s.schema.dataSources[request.TypeName], request.Config, empty)
	return &tfprotov6.ReadDataSourceResponse{State: state}, err
}

// fillComputed replaces every computed attribute that is null.
func fillComputed(schema *tfprotov6.Schema, state *tfprotov6.DynamicValue, fill func(tftypes.Type) tftypes.Value) (*tfprotov6.DynamicValue, error) {
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
			members[attribute.Name] = fill(attribute.ValueType())
		}
	}
	filled, err := tfprotov6.NewDynamicValue(kind, tftypes.NewValue(kind, members))
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
