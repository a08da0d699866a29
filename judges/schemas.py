#!/usr/bin/env python3
"""Makes the JSON schemas kubeconform reads when it has no network.

in:  schemas.py kubernetes WHEEL VERSION OUT   the kubernetes-validate wheel, such as 1.32
     schemas.py crd OUT FOLDER...              folders of CustomResourceDefinition files
     schemas.py definitions OUT FOLDER...      the same
out: one JSON file per kind and version in OUT, named as kubeconform asks for them:
     kind-group-version.json, with only the first label of the group;
     definitions: each definition as it is, plural.group.json, for an API server
promises: the same input gives the same bytes; a field the server would drop is refused.
          Rules written in CEL are lost: only a real API server judges those.
"""

import json
import pathlib
import sys
import zipfile

MAP_OF_STRINGS = {"type": "object", "additionalProperties": {"type": "string"}}
METADATA = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "generateName": {"type": "string"},
        "namespace": {"type": "string"},
        "labels": MAP_OF_STRINGS,
        "annotations": MAP_OF_STRINGS,
    },
}
# What holds no rule for a JSON schema, or a rule it cannot say.
DROPPED = ("description", "nullable", "example", "externalDocs")


def kubernetes(wheel, version, out):
    """Copies one Kubernetes version out of the wheel, with references kubeconform can follow."""
    prefix = f"kubernetes_validate/kubernetes-json-schema/v{version}.0-local-strict/"
    count = 0
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if not name.startswith(prefix) or not name.endswith(".json"):
                continue
            schema = json.loads(archive.read(name))
            schema.pop("$schema", None)
            text = json.dumps(schema, sort_keys=True)
            text = text.replace('"/api/_definitions.json#', '"_definitions.json#')
            (out / name[len(prefix):]).write_text(text + "\n")
            count += 1
    if count < 500:
        sys.exit(f"schemas.py: only {count} schemas of Kubernetes {version} in {wheel}")


def strict(schema):
    """Turns an OpenAPI 3.0 structural schema into a closed JSON schema."""
    if not isinstance(schema, dict):
        return schema
    result = {
        key: value
        for key, value in schema.items()
        if key not in DROPPED and not key.startswith("x-kubernetes-")
    }
    is_open = schema.get("x-kubernetes-preserve-unknown-fields", False)
    if schema.get("x-kubernetes-int-or-string"):
        result.pop("type", None)
        result.setdefault("anyOf", [{"type": "integer"}, {"type": "string"}])
    for bound, side in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if isinstance(result.get(bound), bool):
            if result.pop(bound) and side in result:
                result[bound] = result.pop(side)
    # Only these hold further fields; allOf, anyOf, oneOf and not only narrow them.
    if "properties" in result:
        result["properties"] = {k: strict(v) for k, v in result["properties"].items()}
    for key in ("items", "additionalProperties"):
        if key in result:
            result[key] = strict(result[key])
    if result.get("type") == "object" and not is_open:
        result.setdefault("additionalProperties", False)
    if schema.get("nullable"):
        if isinstance(result.get("type"), str):
            result["type"] = [result["type"], "null"]
        if "enum" in result and None not in result["enum"]:
            result["enum"] = result["enum"] + [None]
    return result


def read(folders):
    """Every definition of the folders, in the order of its file's name."""
    import yaml

    base = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    class Loader(base):
        pass

    # YAML 1.1 gives a lone "=" a tag of its own; here it is a string.
    Loader.add_constructor("tag:yaml.org,2002:value", lambda _, node: node.value)

    for folder in folders:
        count = 0
        for path in sorted(pathlib.Path(folder).glob("*.yaml")):
            for document in yaml.load_all(path.read_text(), Loader=Loader):
                if document and document.get("kind") == "CustomResourceDefinition":
                    count += 1
                    yield document
        if not count:
            sys.exit(f"schemas.py: no definition in {folder}")


def crd(out, folders):
    """Writes one schema for every served version of every definition."""
    for document in read(folders):
        spec = document["spec"]
        kind, group = spec["names"]["kind"], spec["group"]
        for version in spec["versions"]:
            if not version.get("served"):
                continue
            schema = strict(version["schema"]["openAPIV3Schema"])
            schema["properties"].update(
                apiVersion={"enum": [f"{group}/{version['name']}"]},
                kind={"enum": [kind]},
                metadata=METADATA,
            )
            required = {"apiVersion", "kind", "metadata"} | set(schema.get("required", []))
            schema["required"] = sorted(required)
            name = f"{kind}-{group.split('.')[0]}-{version['name']}.json".lower()
            (out / name).write_text(json.dumps(schema, sort_keys=True) + "\n")


def definitions(out, folders):
    """Writes every definition as one document."""
    for document in read(folders):
        document.pop("status", None)
        # Without the operator nobody answers for converting from one version to another.
        document["spec"].pop("conversion", None)
        (out / f"{document['metadata']['name']}.json").write_text(json.dumps(document, sort_keys=True) + "\n")


def main(arguments):
    match arguments:
        case ["kubernetes", wheel, version, out]:
            run, out = (lambda to: kubernetes(wheel, version, to)), pathlib.Path(out)
        case ["crd", out, *folders] if folders:
            run, out = (lambda to: crd(to, folders)), pathlib.Path(out)
        case ["definitions", out, *folders] if folders:
            run, out = (lambda to: definitions(to, folders)), pathlib.Path(out)
        case _:
            sys.exit("usage: schemas.py kubernetes WHEEL VERSION OUT | crd OUT FOLDER... | definitions OUT FOLDER...")
    out.mkdir(parents=True, exist_ok=True)
    run(out)


if __name__ == "__main__":
    main(sys.argv[1:])
