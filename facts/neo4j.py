"""Turns what releases of Neo4j and its manual say of their settings into one engine file.

in:  neo4j.py FOLDER RELEASE...; FOLDER/RELEASE is what facts/neo4j.java printed, oldest first; facts/neo4j.tsv beside
     this script, the Enterprise settings
out: the text of lang/engines/neo4j/settings.tenant
promises: sorted by name, then by version; a setting's blocks never overlap; what the classes of a release have is
          taken from them, never from the manual.
"""

import pathlib
import re
import sys

from tenant import DURATIONS, SIZES, amount, block, choice, literal, number, quoted, ranges

# The release before the first that is supported: names of version 4 end there.
BEFORE = "4.4"
# They follow from the machine.
NO_DEFAULT = {"dbms.memory.transaction.total.max", "server.directories.neo4j_home", "server.threads.worker_count"}
NO_RANGE = {"server.threads.worker_count"}
TEXT = (
    "a string|a path|a socket address|a hostname|a uri|a valid database name|one or more jvm arguments"
    "|a simple key|a duration-range|a simple globbing|<classname>"
)


def measured(text):
    """A size or duration as Neo4j prints it, as the language writes it."""
    count, unit = re.fullmatch(r"(-?[\d.]+)([A-Za-z]*)", text).groups()
    if unit in SIZES:
        return amount(count, "1" + unit, SIZES)
    return amount(count, "1" + {"m": "min", "": "s"}.get(unit, unit), DURATIONS)


def choices(text):
    return " | ".join(choice(word.strip()) for word in text.split(","))


def kind_of(words):
    """The type in the language and what one of the setting is, from the server's words for what is valid."""
    low = words.lower()
    each = r"a (?:comma-separated (?:list|set) where each element is|',' separated (?:list|set) with elements of type) '?(.*)"
    if found := re.match(each, words, re.I):
        inner, _ = kind_of(found[1])
        return f"[{inner}]", None
    if found := re.match(r"one of \[([^\]]*)\]", words, re.I):
        return choices(found[1]), None
    for start, kind, unit in (
        ("a boolean", "bool", None),
        ("an integer", "int", None),
        ("a long", "int", None),
        ("a double", "number", None),
        ("a byte size", "size", "1B"),
        ("a duration (", "duration", "1ms"),
        ("a secure string", "secret", None),
    ):
        if low.startswith(start):
            return kind, unit
    if re.match(TEXT, low):
        return "string", None
    raise ValueError(f"no type is known for: {words}")


def facts_of(name, dynamic, words, default):
    """Type, and what decides whether two versions share a block."""
    kind, unit = kind_of(words)

    def written(value):
        if unit:
            return measured(value)
        return number(value)

    least = most = None
    bounded = kind in ("int", "number", "size", "duration") and name not in NO_RANGE
    if bounded and (found := re.search(r"minimum `?([\w.]+?)`?(?=[ .;]|$)", words)):
        least = written(found[1])
    if bounded and (found := re.search(r"maximum `?([\w.]+?)`?(?=[ .;]|$)", words)):
        most = written(found[1])
    if bounded and (found := re.search(r"in the range `?([\w.]+)`? to `?([\w.]+)`?", words)):
        least, most = written(found[1]), written(found[2])
        # Wider than a number of bytes can be.
        most = None if most == "8388608TiB" else most
    # Zero switches it off, whatever the least is.
    if least and re.search(r"or is `?0|is `?0s`? or", words):
        least = measured("0B" if kind == "size" else "0s")
    if default == "-" or name in NO_DEFAULT or kind.startswith("[") or kind == "secret":
        default = None
    elif unit:
        default = measured(default)
    elif kind != "bool":
        default = literal(default, kind)
    return kind, [
        ("change", "reload" if dynamic == "dynamic" else "restart"),
        ("unit", unit),
        ("min", least),
        ("max", most),
        ("default", default),
    ]


def anchor(name):
    policy = re.match(r"dbms\.ssl\.policy\.\w+\.(.*)", name)
    if policy:
        return "https://neo4j.com/docs/operations-manual/5/security/ssl-framework/#ssl-configuration"
    return f"https://neo4j.com/docs/operations-manual/5/configuration/configuration-settings/#config_{name}"


def group(name):
    return quoted(".".join(name.split(".")[:2]))


def released(version):
    return [int(part) for part in version.split(".")]


def main(folder, *releases):
    versions = [".".join(release.split(".")[:2]) for release in releases]
    table, see, old = {}, {}, {}
    counts = {v: [0, 0] for v in versions}
    for version, release in zip(versions, releases):
        for line in (pathlib.Path(folder) / release).read_text().splitlines():
            if line.startswith("was\t"):
                _, name, new = line.split("\t")
                old[name] = new
                continue
            name, dynamic, _, words, default = line.split("\t")
            kind, facts = facts_of(name, dynamic, words, default)
            table.setdefault(name, {})[version] = (kind, facts)
            see[name] = anchor(name)
            counts[version][0] += 1
    for line in (pathlib.Path(__file__).parent / "neo4j.tsv").read_text().splitlines():
        if line.startswith("#"):
            continue
        name, since, change, kind, unit, least, most, default, place = line.split("\t")
        facts = [("edition", "enterprise"), ("change", change)]
        for key, value in (("unit", unit), ("min", least), ("max", most), ("default", default)):
            facts.append((key, None if value == "-" else value))
        for version in versions:
            if since != "-" and released(since) > released(version) or version in table.get(name, {}):
                continue
            table.setdefault(name, {})[version] = (kind, facts)
            see.setdefault(name, f"https://neo4j.com/docs/operations-manual/5/configuration/configuration-settings/#{place}")
            counts[version][1] += 1
    blocks = []
    for name in sorted(set(table) | set(old)):
        if name not in table:
            now = table[old[name]]
            blocks.append(block(name, now[max(now, key=versions.index)][0], [("until", quoted(BEFORE)), ("instead", quoted(old[name]))]))
            continue
        for _, last, since, until in ranges(versions, table[name]):
            kind, pairs = table[name][last]
            head = [
                ("since", since and quoted(since)),
                ("until", until and quoted(until)),
                ("group", group(name)),
            ]
            blocks.append(block(name, kind, head + pairs + [("see", quoted(see[name]))]))
    print(
        f"# Generated by facts/neo4j from the classes of Neo4j {', '.join(releases[:-1])} and {releases[-1]} and"
        " facts/neo4j.tsv; run it again instead of editing.\n\n"
        "## Every setting of every supported version that SHOW SETTINGS lists; Enterprise's from the Operations Manual.\n"
        "engine neo4j_server {\n" + "\n".join(blocks) + "\n}"
    )
    for v in versions:
        print(f"{v}: {counts[v][0]} settings by its classes, {counts[v][1]} of Enterprise by the manual", file=sys.stderr)
    print(f"{len(old)} names of version 4, {len(blocks)} blocks", file=sys.stderr)


if __name__ == "__main__":
    main(*sys.argv[1:])
