// CloudNativePG: what its webhooks put in and what they refuse.
package main

import (
	"context"

	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/webhook"

	api "github.com/cloudnative-pg/cloudnative-pg/api/v1"
	webhooks "github.com/cloudnative-pg/cloudnative-pg/internal/webhook/v1"
)

var judges = map[string]judge{
	"Cluster":         by(func() runtime.Object { return &api.Cluster{} }, &webhooks.ClusterCustomDefaulter{}, &webhooks.ClusterCustomValidator{}),
	"Pooler":          by(func() runtime.Object { return &api.Pooler{} }, nil, &webhooks.PoolerCustomValidator{}),
	"ScheduledBackup": by(func() runtime.Object { return &api.ScheduledBackup{} }, nil, &webhooks.ScheduledBackupCustomValidator{}),
}

func by(empty func() runtime.Object, defaults webhook.CustomDefaulter, validator webhook.CustomValidator) judge {
	return func(document []byte) ([]string, error) {
		object := empty()
		if err := read(document, object); err != nil {
			return nil, err
		}
		if defaults != nil {
			if err := defaults.Default(context.Background(), object); err != nil {
				return nil, err
			}
		}
		return validator.ValidateCreate(context.Background(), object)
	}
}
