// Elastic's operator (ECK): what its webhook refuses and warns of, with the licence that everybody has.
package main

import (
	"context"

	"github.com/elastic/cloud-on-k8s/v3/pkg/apis/elasticsearch/v1"
	"github.com/elastic/cloud-on-k8s/v3/pkg/controller/common/license"
	"github.com/elastic/cloud-on-k8s/v3/pkg/controller/elasticsearch/validation"
	"github.com/elastic/cloud-on-k8s/v3/pkg/utils/k8s"
)

var judges = map[string]judge{
	"Elasticsearch": func(document []byte) ([]string, error) {
		var cluster v1.Elasticsearch
		if err := read(document, &cluster); err != nil {
			return nil, err
		}
		basic := license.MockLicenseChecker{EnterpriseEnabled: false}
		return validation.ValidateElasticsearch(context.Background(), k8s.NewFakeClient(), cluster, basic, nil)
	},
}
