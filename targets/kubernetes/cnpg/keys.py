"""Derives keys.json: every key that the `cluster` chart of CloudNativePG reads.

The chart accepts any key in silence, so the compiler refuses what is not in
this table. Run it by hand when the chart's version changes:

    python3 keys.py CHART CRDS > keys.json

CHART is the unpacked chart (`helm pull --untar cluster --version X --repo …`);
its values.schema.json says most. CRDS is the folder of CRD schemas that
judges/install makes (.judges/schemas/crd): it says what is below the values
that the chart passes on as they are. What neither says is in LISTS and FREE,
read from the chart's values.yaml and templates.
"""

import json
import pathlib
import sys

chart, crds = map(pathlib.Path, sys.argv[1:3])

# What the chart hands on unchanged: our path, the CRD, the path in its spec.
PASSED_ON = {
    "cluster.affinity": ("cluster", "affinity"),
    "cluster.certificates": ("cluster", "certificates"),
    "cluster.imagePullSecrets[]": ("cluster", "imagePullSecrets[]"),
    "cluster.plugins[]": ("cluster", "plugins[]"),
    "cluster.postgresql.ldap": ("cluster", "postgresql.ldap"),
    "cluster.postgresql.synchronous": ("cluster", "postgresql.synchronous"),
    "cluster.replicationSlots": ("cluster", "replicationSlots"),
    "cluster.roles[]": ("cluster", "managed.roles[]"),
    "cluster.serviceAccountTemplate": ("cluster", "serviceAccountTemplate"),
    "cluster.services": ("cluster", "managed.services"),
    "backups.pluginConfiguration": ("scheduledbackup", "pluginConfiguration"),
    "backups.scheduledBackups[].pluginConfiguration": ("scheduledbackup", "pluginConfiguration"),
    "poolers[].authQuerySecret": ("pooler", "pgbouncer.authQuerySecret"),
    "recovery.pluginConfiguration": ("scheduledbackup", "pluginConfiguration"),
}

# What only the chart's comments and templates say.
LISTS = {
    "backups.scheduledBackups[]": {"name": "string", "schedule": "string", "backupOwnerReference": "string", "method": "string"},
    "cluster.imageCatalogRef": {"kind": "string", "name": "string"},
    "cluster.initdb": {
        "database": "string", "owner": "string", "encoding": "string", "options": "list string", "postInitSQL": "list string",
        "postInitApplicationSQL": "list string", "postInitTemplateSQL": "list string", "secret": "object", "secret.name": "string",
    },
    "cluster.monitoring.customQueriesSecret[]": {"name": "string", "key": "string"},
    "databases[]": {
        "name": "string", "ensure": "string", "owner": "string", "template": "string", "encoding": "string",
        "allowConnections": "boolean", "connectionLimit": "integer", "tablespace": "string", "databaseReclaimPolicy": "string",
        "isTemplate": "boolean", "locale": "string", "localeProvider": "string", "localeCollate": "string", "localeCType": "string",
        "icuLocale": "string", "icuRules": "string", "builtinLocale": "string", "collationVersion": "string",
        "schemas": "list", "schemas[].name": "string", "schemas[].owner": "string", "schemas[].ensure": "string",
        "extensions": "list", "extensions[].name": "string", "extensions[].ensure": "string", "extensions[].version": "string",
        "extensions[].schema": "string",
    },
    "imageCatalog.images[]": {"image": "string", "major": "integer"},
    "poolers[]": {
        "name": "string", "type": "string", "poolMode": "string", "instances": "integer", "parameters": "free string",
        "authQuery": "string", "authQuerySecret": "object", "pg_hba": "list string", "template": "free",
        "monitoring": "object", "monitoring.enabled": "boolean", "monitoring.podMonitor": "object",
        "monitoring.podMonitor.enabled": "boolean", "monitoring.podMonitor.labels": "free string",
        "monitoring.podMonitor.relabelings": "list any", "monitoring.podMonitor.metricRelabelings": "list any",
    },
}

# Maps whose keys are the user's, and Kubernetes' own structures, which are not
# spelt out here. With a word: the type of each value.
FREE = {
    "backups.instanceSidecarConfiguration": None,
    "cluster.additionalLabels": "string",
    "cluster.affinity.additionalPodAffinity": None,
    "cluster.affinity.additionalPodAntiAffinity": None,
    "cluster.affinity.nodeAffinity": None,
    "cluster.affinity.nodeSelector": "string",
    "cluster.annotations": "string",
    "cluster.monitoring.podMonitor.labels": "string",
    "cluster.monitoring.prometheusRule.additionalLabels": "string",
    "cluster.plugins[].parameters": "string",
    "cluster.podSecurityContext": None,
    "cluster.postgresql.parameters": "string",
    "cluster.resources.limits": "string",
    "cluster.resources.requests": "string",
    "cluster.securityContext": None,
    "cluster.serviceAccountTemplate.metadata.annotations": "string",
    "cluster.serviceAccountTemplate.metadata.labels": "string",
    "cluster.services.additional[].serviceTemplate": None,
    "global": None,
    "recovery.instanceSidecarConfiguration": None,
}
ANY_ITEMS = {
    "cluster.env", "cluster.envFrom", "cluster.monitoring.customQueries",
    "cluster.monitoring.podMonitor.metricRelabelings", "cluster.monitoring.podMonitor.relabelings",
}

keys = {}


def put(path, kind, **more):
    keys[path] = {"type": kind, **more}


def spelt(path, words):
    kind, _, items = words.partition(" ")
    if kind == "free":
        put(path, "object", free=True, **({"values": items} if items else {}))
    elif kind == "list" and items:
        put(path, "list", items=items)
    else:
        put(path, kind)


def walk(path, schema, items_said=True):
    """One schema node: the chart's or a CRD's."""
    if path in FREE:
        put(path, "object", free=True, **({"values": FREE[path]} if FREE[path] else {}))
        return
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next(word for word in kind if word != "null")
    if path in PASSED_ON or f"{path}[]" in PASSED_ON or path in LISTS or f"{path}[]" in LISTS:
        kind = "object" if path in PASSED_ON or path in LISTS else "array"
    if kind == "object" or "properties" in schema:
        put(path, "object")
        for name, child in schema.get("properties", {}).items():
            walk(f"{path}.{name}" if path else name, child)
        follow(path)
        if not schema.get("properties") and not any(key.startswith(f"{path}.") for key in keys):
            values = schema.get("additionalProperties")
            if not isinstance(values, dict) or "type" not in values:
                sys.exit(f"{path}: an object of nothing; say in FREE or LISTS what is in it")
            put(path, "object", free=True, values=values["type"])
    elif kind == "array":
        items = schema.get("items", {})
        if path in ANY_ITEMS:
            put(path, "list", items="any")
        elif f"{path}[]" in PASSED_ON or f"{path}[]" in LISTS:
            put(path, "list")
            follow(f"{path}[]")
        elif "properties" in items:
            put(path, "list")
            for name, child in items["properties"].items():
                walk(f"{path}[].{name}", child)
        else:
            put(path, "list", items=items.get("type", "string"))
    elif kind in ("string", "integer", "number", "boolean"):
        put(path, kind)
    else:
        sys.exit(f"{path}: no type in {json.dumps(schema)[:200]}")


def follow(path):
    """What is not in the chart's own schema."""
    for name, words in LISTS.get(path, {}).items():
        spelt(f"{path}.{name}", words)
    for ours, (crd, theirs) in PASSED_ON.items():
        if ours != path and not (ours.startswith(f"{path}.") and path in LISTS):
            continue
        if ours != path:
            put(ours, "object")
        node = json.loads((crds / f"{crd}-postgresql-v1.json").read_text())["properties"]["spec"]
        for step in theirs.split("."):
            node = node["properties"][step.removesuffix("[]")]
            if step.endswith("[]"):
                node = node["items"]
        for name, child in node.get("properties", {}).items():
            walk(f"{ours}.{name}", child)


schema = json.loads((chart / "values.schema.json").read_text())
schema["properties"]["cluster"]["properties"]["resources"] = {
    "type": "object",
    "properties": {"limits": {"type": "object"}, "requests": {"type": "object"}},
}
for name, child in schema["properties"].items():
    walk(name, child)

about = dict(line.split(": ", 1) for line in (chart / "Chart.yaml").read_text().splitlines() if line.startswith(("name:", "version:")))
head = {"chart": about["name"], "version": about["version"], "repository": "https://cloudnative-pg.github.io/charts"}
lines = [f'  {json.dumps(path)}: {json.dumps(fact)}' for path, fact in sorted(keys.items())]
print(json.dumps(head, indent=1).removesuffix("\n}") + ',\n "keys": {\n' + ",\n".join(lines) + "\n }\n}")
