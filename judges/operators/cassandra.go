// K8ssandra's operator: what its webhook refuses, on the cluster that it runs in.
package main

import (
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	api "github.com/k8ssandra/k8ssandra-operator/apis/k8ssandra/v1alpha1"
	"github.com/k8ssandra/k8ssandra-operator/pkg/clientcache"
)

var judges = map[string]judge{
	"K8ssandraCluster": func(document []byte) ([]string, error) {
		var cluster api.K8ssandraCluster
		if err := read(document, &cluster); err != nil {
			return nil, err
		}
		// The webhook asks which clusters there are: the one that it runs in, by no name.
		if err := api.AddToScheme(scheme.Scheme); err != nil {
			return nil, err
		}
		here := fake.NewClientBuilder().WithScheme(scheme.Scheme).Build()
		manager, err := ctrl.NewManager(&rest.Config{Host: "127.0.0.1:1"}, ctrl.Options{Scheme: scheme.Scheme})
		if err != nil {
			return nil, err
		}
		if err := cluster.SetupWebhookWithManager(manager, clientcache.New(here, here, scheme.Scheme)); err != nil {
			return nil, err
		}
		return cluster.ValidateCreate()
	},
}
