"""Turns what releases of Cassandra say of their settings into one engine file.

in:  cassandra.py FOLDER RELEASE...; FOLDER/RELEASE is what facts/cassandra.java printed, oldest first
out: the text of lang/engines/cassandra/settings.tenant
promises: sorted by name, then by version; a setting's blocks never overlap; names that only stand for newer ones
          end before the first version, with what to write instead.
"""

import pathlib
import re
import sys

from tenant import DURATIONS, SIZES, amount, block, choice, literal, quoted, ranges

# The release before the first that is supported: until then old names were the only ones.
BEFORE = "4.0"
UNITS = {
    "Bytes": ("size", "1B"),
    "Kibibytes": ("size", "1KiB"),
    "Mebibytes": ("size", "1MiB"),
    "BytesPerSecond": ("rate", "1B/s"),
    # The language has nothing finer.
    "Nanoseconds": ("duration", "1us"),
    "Microseconds": ("duration", "1us"),
    "Milliseconds": ("duration", "1ms"),
    "Seconds": ("duration", "1s"),
    "Minutes": ("duration", "1min"),
}
PLAIN = {
    "boolean": "bool",
    "Boolean": "bool",
    "int": "int",
    "Integer": "int",
    "long": "int",
    "Long": "int",
    "double": "number",
    "Double": "number",
    "Float": "number",
    "String": "string",
    "String;": "[string]",
    "Set": "[string]",
    "List": "[string]",
}
# What stands below a map, whose keys are the user's.
BELOW = {
    "auto_repair.repair_type_overrides": [".NAME.NAME"],
    "memtable.configurations": [".NAME.class_name", ".NAME.inherits", ".NAME.parameters.NAME"],
    "sstable.format": [".NAME.NAME"],
    "startup_checks": [".NAME.NAME"],
}
# What they take depends on another setting, on memory or on processors: a range would hold for one machine alone.
NO_RANGE = set(
    """
    concurrent_compactors concurrent_validations memtable_flush_writers minimum_replication_factor_fail_threshold
    minimum_replication_factor_warn_threshold native_transport_max_backoff_on_queue_overload
    native_transport_max_message_size native_transport_min_backoff_on_queue_overload
    user_defined_functions_fail_timeout user_defined_functions_warn_timeout
    """.split()
)
# Beyond this a bound says only how wide the number is in Java.
WIDE = 2**47


def kind_of(java, values):
    """The type in the language, and what one of the setting is."""
    if found := re.fullmatch(r"(?:DurationSpec|DataStorageSpec|DataRateSpec)\$(?:Int|Long)(\w+)Bound", java):
        return UNITS[found[1]]
    if values != "-":
        return " | ".join(choice(value) for value in values.split(",")), None
    return PLAIN[java], None


def measured(text):
    """A size, duration or rate as Cassandra prints it, as the language writes it."""
    number, unit = re.fullmatch(r"(\d+)(\D+)", text).groups()
    if unit.endswith("/s"):
        return amount(number, "1" + unit.removesuffix("/s"), SIZES) + "/s"
    if unit in SIZES:
        return amount(number, "1" + unit, SIZES)
    return amount(number, "1" + {"m": "min"}.get(unit, unit), DURATIONS)


def facts_of(row):
    """What decides whether two versions share a block."""
    name, java, values, default, least, most = row
    kind, unit = kind_of(java, values)
    if kind == "string" and name.endswith("password"):
        # A password may stand in no file that is written; see ssl_context_factory for a way without one.
        kind, default = "secret", "-"

    def bound(value):
        if value == "-" or name in NO_RANGE or int(value) > WIDE or unit == "1B/s":
            return None
        return literal(value, kind, unit)

    if default in ("-", "NaN", "1.7976931348623157E308") or kind == "[string]":
        default = None
    elif unit:
        default = measured(default)
    elif kind != "bool":
        default = literal(default, kind)
    group = quoted(name.split(".")[0]) if "." in name else None
    return kind, [
        ("group", group),
        ("change", "restart"),
        ("unit", unit),
        ("min", bound(least)),
        ("max", bound(most)),
        ("default", default),
    ]


def read(path):
    """What one release says: name -> facts, and old name -> (type, new name)."""
    settings, old = {}, {}
    for line in pathlib.Path(path).read_text().splitlines():
        row = line.split("\t")
        if row[0] == "was":
            old[row[1]] = (kind_of(row[2], "-")[0], row[3])
        elif row[1] in ("Map", "LinkedHashMap", "ConcurrentMap"):
            for end in BELOW.get(row[0], [".NAME"]):
                settings[row[0] + end] = facts_of([row[0] + end, "String", "-", "-", "-", "-"])
        else:
            settings[row[0]] = facts_of(row)
    count = sum(1 for line in pathlib.Path(path).read_text().splitlines() if not line.startswith("was\t"))
    return settings, old, count


def main(folder, *releases):
    versions = [".".join(release.split(".")[:2]) for release in releases]
    said = {v: read(pathlib.Path(folder) / release) for v, release in zip(versions, releases)}
    see = (
        f"https://github.com/apache/cassandra/blob/cassandra-{releases[-1]}"
        "/src/java/org/apache/cassandra/config/Config.java"
    )
    blocks = []
    names = set()
    for settings, old, _ in said.values():
        names |= set(settings) | set(old)
    for name in sorted(names):
        facts = {v: said[v][0][name] for v in versions if name in said[v][0]}
        instead = next((said[v][1][name] for v in reversed(versions) if name in said[v][1]), None)
        if instead is None and facts and f"{name}.class_name" in said[versions[-1]][0]:
            instead = (None, f"{name}.class_name")
        if not facts:
            blocks.append(block(name, instead[0], [("until", quoted(BEFORE)), ("instead", quoted(instead[1]))]))
        for _, last, since, until in ranges(versions, facts):
            kind, pairs = facts[last]
            head = [("since", since and quoted(since)), ("until", until and quoted(until))]
            if until and instead and last == max(facts):
                head.append(("instead", quoted(instead[1])))
            blocks.append(block(name, kind, head + pairs + [("see", quoted(see))]))
    print(
        f"# Generated by facts/cassandra from the classes of Cassandra {' and '.join(releases)};"
        " run it again instead of editing.\n\n"
        "## Every setting of every supported version, by the names of cassandra.yaml; one inside a map as `map.key`.\n"
        "engine cassandra_server {\n" + "\n".join(blocks) + "\n}"
    )
    for v in versions:
        print(f"{v}: {said[v][2]} settings, {len(said[v][1])} former names", file=sys.stderr)
    print(f"{len(blocks)} blocks", file=sys.stderr)


if __name__ == "__main__":
    main(*sys.argv[1:])
