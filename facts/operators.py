"""Facts of operators, out of their Go code; facts/operators runs it.

in:  MODULE@VERSION=FOLDER of each operator
out: YAML, by engine: `owned`, settings that the operator makes itself; `images`, of versions; `backups`, images of what makes
     them; each with its place in the code
"""

import pathlib
import re
import sys

places = {}
for argument in sys.argv[1:]:
    module, _, folder = argument.partition("=")
    places[module.partition("@")[0].rsplit("/", 1)[-1]] = (module, pathlib.Path(folder))
# A module of a second major version ends in v3.
cnpg = places["cloudnative-pg"]
percona = places["percona-server-mongodb-operator"]
elastic = next(place for place in places.values() if "cloud-on-k8s" in place[0])


def read(place, file):
    return (place[1] / file).read_text(), f"{file} of {place[0].removeprefix('github.com/')}"


def between(text, start, end, where):
    found = re.search(re.escape(start) + r"(.*?)" + re.escape(end), text, re.S)
    if not found:
        sys.exit(f"operators: {where} has no {start}")
    return found[1]


def cloudnativepg():
    text, where = read(cnpg, "pkg/postgres/configuration.go")
    names = re.findall(r'^\s*"([a-z_.]+)":', between(text, "FixedConfigurationParameters = map[string]string{", "\n\t}", where), re.M)
    return f"FixedConfigurationParameters of {where}", names


def elasticsearch():
    text, where = read(elastic, "pkg/apis/elasticsearch/v1/fields.go")
    constants = dict(re.findall(r'^\s*(\w+)\s*=\s*"([a-z0-9_.]+)"', text, re.M))
    words = re.findall(r"\w+", between(text, "var UnsupportedSettings = []string{", "}", where))
    return f"UnsupportedSettings of {where}", [constants[word] for word in words]


# Arguments of mongod, and the settings of its file that they stand for (MongoDB's manual, mongod's options).
ARGUMENTS = {
    "bind_ip_all": "net.bindIpAll", "auth": "security.authorization", "dbpath": "storage.dbPath", "port": "net.port",
    "replSet": "replication.replSetName", "clusterAuthMode": "security.clusterAuthMode", "keyFile": "security.keyFile",
    "tlsMode": "net.tls.mode", "configsvr": "sharding.clusterRole", "shardsvr": "sharding.clusterRole",
    "wiredTigerCacheSizeGB": "storage.wiredTiger.engineConfig.cacheSizeGB",
    "sslAllowInvalidCertificates": "net.tls.allowInvalidCertificates", "storageEngine": "storage.engine",
}
# Only written when the resource asks for it, which ours does not; and what has no place in the file.
NOT_OURS = {
    "enableEncryption", "encryptionKeyFile", "encryptionCipherMode", "wiredTigerCollectionBlockCompressor", "wiredTigerJournalCompressor",
    "wiredTigerDirectoryForIndexes", "wiredTigerIndexPrefixCompression", "inMemorySizeGB", "directoryperdb", "syncdelay", "config", "quiet",
    "relaxPermChecks",
}


def mongodb():
    text, where = read(percona, "pkg/psmdb/container.go")
    body = between(text, "func containerArgs(", "\n}", where)
    arguments = set(re.findall(r'"--(\w+)', body)) - NOT_OURS
    if unknown := arguments - set(ARGUMENTS):
        sys.exit(f"operators: arguments of mongod that nothing here knows: {sorted(unknown)}")
    return f"containerArgs of {where}", {ARGUMENTS[argument] for argument in arguments}


def images():
    text, where = read(percona, "e2e-tests/release_versions")
    found = re.findall(r"^IMAGE_MONGOD(\d)(\d)=(.*)$", text, re.M)
    backup = between(text, "IMAGE_BACKUP=", "\n", where)
    return where, {f"{major}.{minor}": image for major, minor, image in found}, backup


print("# Written by facts/operators from operators' own code.")
print("owned:")
for engine, (where, names) in {"elasticsearch": elasticsearch(), "mongodb": mongodb(), "postgresql": cloudnativepg()}.items():
    print(f"  # {where}")
    print(f"  {engine}:")
    for name in sorted(names):
        print(f"    - {name}")
where, found, backup = images()
print("images:")
print(f"  # {where}")
print("  mongodb:")
for version, image in sorted(found.items()):
    print(f'    "{version}": "docker.io/{image}"')
print("backups:")
print(f'  mongodb: "docker.io/{backup}"')
