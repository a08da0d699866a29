// Percona's operator for MongoDB: it has no webhook, so this is the check that it does before anything else.
package main

import (
	"github.com/go-logr/logr"

	api "github.com/percona/percona-server-mongodb-operator/pkg/apis/psmdb/v1"
	"github.com/percona/percona-server-mongodb-operator/version"
)

var judges = map[string]judge{
	"PerconaServerMongoDB": func(document []byte) ([]string, error) {
		var cluster api.PerconaServerMongoDB
		if err := read(document, &cluster); err != nil {
			return nil, err
		}
		return nil, cluster.CheckNSetDefaults(version.PlatformKubernetes, logr.Discard())
	},
}
