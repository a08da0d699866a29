"""Asks one ClickHouse engine (chdb, the engine as a Python module) for all of its settings.

in:  clickhouse_ask.py, with the folder of a chdb on PYTHONPATH
out: JSON: version; profile, server and merge_tree, each a list of settings; changes, the engine's own history
promises: a type that is a list of choices is asked for by giving a value that it must refuse.
"""

import json
import re
import sys
import types


class Absent(types.ModuleType):
    """chdb imports these for data frames, which nothing here uses."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {})


for module in ("pyarrow", "pandas", "numpy"):
    sys.modules.setdefault(module, Absent(module))

import chdb  # noqa: E402

PLAIN = {
    "Bool", "UInt64", "Int64", "UInt32", "Int32", "Float", "Double", "String", "Seconds", "Milliseconds", "Char", "Map",
    "URI", "Timezone", "MaxThreads", "NonZeroUInt64", "UInt64Auto", "FloatAuto", "BoolAuto", "NonNegativeFloat",
}


def answer(sql, layout):
    """An answer, or None and the refusal."""
    try:
        return chdb.query(sql, layout).bytes().decode(), None
    except Exception as refused:
        return None, str(refused)


def ask(sql):
    got, refused = answer(sql, "JSONEachRow")
    if refused is not None:
        sys.exit(f"clickhouse_ask.py: {refused}")
    return [json.loads(line) for line in got.splitlines()]


def choices(sql):
    """What the engine says it would take, and whether several at once."""
    _, refused = answer(sql, "TabSeparated")
    if found := re.search(r"Must be one of \[([^\]]*)\]", refused or ""):
        return sorted(re.findall(r"'([^']*)'", found[1])), ": 'no'." in refused
    return None, False


def columns(table):
    return {row["name"] for row in ask(f"DESCRIBE system.{table}")}


def settings(table, probe):
    known = columns(table)
    wanted = ["name", "type", "is_obsolete"]
    wanted += [c for c in ("alias_for", "changeable_without_restart", "is_hot_reloadable", "tier") if c in known]
    default = "default" if "default" in known else "value"
    rows = ask(f"SELECT {', '.join(wanted)}, {default} AS standard FROM system.{table} ORDER BY name")
    for row in rows:
        if probe and row["type"] not in PLAIN and not int(row["is_obsolete"]):
            row["choices"], row["several"] = choices(probe.format(row["name"]))
    return rows


def main():
    out = {
        "version": ask("SELECT version() AS v")[0]["v"],
        "profile": settings("settings", "SELECT 1 SETTINGS {} = 'no such value'"),
        "server": settings("server_settings", None),
        "merge_tree": settings("merge_tree_settings", "CREATE TABLE t (a Int8) ENGINE = MergeTree ORDER BY a SETTINGS {} = 'no such value'"),
        "changes": [],
    }
    if "settings_changes" in {row["name"] for row in ask("SHOW TABLES FROM system")}:
        kind = "type" if "type" in columns("settings_changes") else "'Session'"
        out["changes"] = ask(
            f"SELECT version, {kind} AS level, c.1 AS name, c.2 AS before, c.3 AS after FROM system.settings_changes ARRAY JOIN changes AS c"
        )
    json.dump(out, sys.stdout)


main()
