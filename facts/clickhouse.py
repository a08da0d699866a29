"""Turns what five ClickHouse engines say of their settings into one engine file.

in:  clickhouse.py FOLDER, holding VERSION.json as clickhouse_ask.py prints them; clickhouse.py FOLDER VERSION FILE, to compare
     what one engine says with what the file has of its version
out: the text of lang/engines/clickhouse/settings.tenant: clickhouse_server, clickhouse_profile, clickhouse_merge_tree; or each
     difference, and exit code 1 where there is one
promises: sorted by name, then by version; a setting that a version takes without effect (obsolete) ends before it.
          A version between two that were asked (25.3) has what both have alike, and what the engine's own history
          (system.settings_changes) dates; where neither decides, it does not have the setting.
"""

import json
import pathlib
import re
import sys

from tenant import block, choice, literal, quoted, ranges

ASKED = ["24.5", "24.8", "25.5", "25.8"]
# Between the asked ones: no package holds its engine.
BETWEEN = {"25.3": ("24.8", "25.5")}
VERSIONS = ["24.5", "24.8", "25.3", "25.5", "25.8"]
LEVELS = {
    "server": ("clickhouse_server", "of the server", "server-configuration-parameters/settings"),
    "profile": ("clickhouse_profile", "of a session, given by profiles", "settings/settings"),
    "merge_tree": ("clickhouse_merge_tree", "of tables of the MergeTree family", "settings/merge-tree-settings"),
}
TYPES = {
    "Bool": ("bool", None), "UInt64": ("int", None), "Int64": ("int", None), "UInt32": ("int", None), "Int32": ("int", None),
    "NonZeroUInt64": ("int", None), "Float": ("number", None), "Double": ("number", None), "NonNegativeFloat": ("number", None),
    "Seconds": ("duration", "1s"), "Milliseconds": ("duration", "1ms"), "MaxThreads": ("int", None),
}
LEAST = {"UInt64": "0", "UInt32": "0", "NonZeroUInt64": "1", "MaxThreads": "0", "NonNegativeFloat": "0", "Seconds": "0", "Milliseconds": "0"}
# Counted in bytes, by their documentation, though no word of their name says so.
BYTES = {
    "mark_cache_size", "uncompressed_cache_size", "index_mark_cache_size", "index_uncompressed_cache_size", "primary_index_cache_size",
    "compiled_expression_cache_size", "page_cache_max_size", "page_cache_min_size", "page_cache_size", "query_condition_cache_size",
    "vector_similarity_index_cache_size", "iceberg_metadata_files_cache_size", "text_index_dictionary_block_cache_size",
    "max_server_memory_usage", "merges_mutations_memory_usage_soft_limit", "max_memory_usage", "max_memory_usage_for_user",
    "max_table_size_to_drop", "max_partition_size_to_drop", "max_temporary_data_on_disk_size", "max_query_size", "max_untracked_memory",
    "max_read_buffer_size", "min_insert_block_size_bytes", "memory_overcommit_ratio_denominator", "memory_overcommit_ratio_denominator_for_user",
}
# The embedded engine is built with pools of its own size; a server's differ.
NO_DEFAULT = re.compile(r"pool_size|pool_free_size|_concurrency_ratio$")
HOT = {"No": "restart", "Yes": "reload", "IncreaseOnly": "reload", "DecreaseOnly": "reload"}


def kind_of(level, row):
    name, kind = row["name"], row["type"]
    if row.get("choices") and not row.get("several"):
        return " | ".join(choice(word) for word in row["choices"]), None
    kind, unit = TYPES.get(kind, ("string", None))
    if kind == "int" and (re.search(r"(^|_)bytes(_|$)", name) or name in BYTES) and "ratio" not in name.replace("memory_overcommit_ratio_denominator", ""):
        return "size", "1B"
    if kind == "int" and re.search(r"_(timeout|interval|period|lifetime|delay|time)_ms$", name):
        return "duration", "1ms"
    if kind == "int" and level == "server" and re.search(r"_(timeout|interval|period|lifetime|delay|time)_(seconds|s)$", name):
        return "duration", "1s"
    return kind, unit


def facts_of(level, row):
    kind, unit = kind_of(level, row)
    default = row["standard"]
    if NO_DEFAULT.search(row["name"]) or "auto" in default:
        default = None
    elif kind == "bool":
        default = "on" if default in ("1", "true") else "off"
    elif kind == "duration" and not re.fullmatch(r"-?[\d.]+", default):
        default = None
    # What text files can't hold.
    if default is not None and re.search(r"[\x00-\x1f]", default):
        default = None
    # More than the language's numbers hold: every such value means "no limit".
    if default is not None and re.fullmatch(r"\d{19,}", default) and int(default) >= 2**63:
        default = None
    change = "session"
    if level == "server":
        change = HOT[row["changeable_without_restart"]]
    elif level == "merge_tree":
        change = "restart"
    low = LEAST.get(row["type"]) if kind in ("int", "size", "number", "duration") else None
    if kind == "number" and default is not None:
        default = format(float(default), ".6g")
        default = None if "e" in default else default
    return kind, [
        ("change", change),
        ("unit", unit),
        ("min", low and literal(low, kind, unit)),
        ("default", None if default is None else literal(default, kind, unit)),
        ("instead", quoted(row["alias_for"]) if row.get("alias_for") else None),
    ]


def number(version):
    return tuple(int(part) for part in version.split("."))


def between(version, older, newer, changes):
    """What a version that was not asked has."""
    low, high = BETWEEN[version]
    found = {}
    for name in older.keys() & newer.keys():
        if older[name] == newer[name]:
            found[name] = older[name]
            continue
        dated = sorted((number(c["version"]), c["after"]) for c in changes if c["name"] == name and number(low) < number(c["version"]) <= number(high))
        if dated and all(at > number(version) for at, _ in dated):
            found[name] = older[name]
        elif dated and all(at <= number(version) for at, _ in dated):
            found[name] = newer[name]
    for name in newer.keys() - older.keys():
        dated = sorted(number(c["version"]) for c in changes if c["name"] == name and number(low) < number(c["version"]) <= number(high))
        if dated and dated[-1] <= number(version):
            found[name] = newer[name]
    return found


def written(text, version):
    """What a file has of a version: the lines of each setting, without since when and until when."""
    found, engine, here = {}, None, None
    for line in text.splitlines():
        if start := re.match(r"engine (\w+) \{", line):
            engine = start[1]
        elif start := re.match(r"  setting (\S+): ", line):
            here = (engine, start[1], [line])
        elif line == "  }" and here:
            body = "\n".join(here[2])
            said = {word: re.search(rf'{word} = "([^"]*)"', body) for word in ("since", "until")}
            since, until = (said[word] and number(said[word][1]) for word in ("since", "until"))
            if (since is None or since <= number(version)) and (until is None or number(version) <= until):
                found[here[:2]] = re.sub(r'(since|until) = "[^"]*"(  )?', "", body)
            here = None
        elif here:
            here[2].append(line)
    return found


def compare(folder, version, file):
    rows = json.loads((pathlib.Path(folder) / f"{version}.json").read_text())
    lines = []
    for level, (engine, _, page) in LEVELS.items():
        lines.append(f"engine {engine} {{")
        for row in rows[level]:
            if not int(row["is_obsolete"]):
                kind, pairs = facts_of(level, row)
                see = quoted(f"https://clickhouse.com/docs/operations/{page}#{row['name']}")
                lines.append(block(row["name"], kind, pairs + [("see", see)]))
    engine, known = written("\n".join(lines), version), written(pathlib.Path(file).read_text(), version)
    for key in sorted(engine.keys() | known.keys()):
        if engine.get(key) != known.get(key):
            print(f"{key[0]} {version}, the file:\n{known.get(key)}\nthe engine:\n{engine.get(key)}", file=sys.stderr)
    print(f"{version}: {len(engine)} settings", file=sys.stderr)
    sys.exit(engine != known)


def main(folder):
    asked = {v: json.loads((pathlib.Path(folder) / f"{v}.json").read_text()) for v in ASKED}
    engines = [asked[v]["version"] for v in ASKED]
    print(f"# Generated by facts/clickhouse from the engines {', '.join(engines)}; run it again instead of editing.")
    for level, (engine, about, page) in LEVELS.items():
        facts = {
            v: {row["name"]: facts_of(level, row) for row in asked[v][level] if not int(row["is_obsolete"])} for v in ASKED
        }
        for version, (low, high) in BETWEEN.items():
            kind = "MergeTree" if level == "merge_tree" else "Session"
            changes = [] if level == "server" else [c for c in asked[ASKED[-1]]["changes"] if c["level"] == kind]
            facts[version] = between(version, facts[low], facts[high], changes)
        blocks = []
        for name in sorted(set().union(*facts.values())):
            by_version = {v: facts[v][name] for v in VERSIONS if name in facts[v]}
            for _, last, since, until in ranges(VERSIONS, by_version):
                kind, pairs = by_version[last]
                head = [("since", since and quoted(since)), ("until", until and quoted(until))]
                see = quoted(f"https://clickhouse.com/docs/operations/{page}#{name}")
                blocks.append(block(name, kind, head + pairs + [("see", see)]))
        print(f"\n## Every setting {about}, as the engines report them.\nengine {engine} {{\n" + "\n".join(blocks) + "\n}")
        for v in VERSIONS:
            if v in ASKED:
                rows = asked[v][level]
                dead = sum(int(row["is_obsolete"]) for row in rows)
                print(f"{engine} {v}: {len(facts[v])} settings, of {len(rows)} less {dead} without effect", file=sys.stderr)
            else:
                print(f"{engine} {v}: {len(facts[v])} settings, derived", file=sys.stderr)
        print(f"{engine}: {len(blocks)} blocks", file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1]) if len(sys.argv) == 2 else compare(*sys.argv[1:])
