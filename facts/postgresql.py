"""Turns what five PostgreSQL servers say of their settings into one engine file.

in:  postgresql.py FOLDER, holding 14.json to 18.json as facts/postgresql writes them
out: the text of lang/engines/postgresql/settings.tenant
promises: sorted by name, then by version; a setting's blocks never overlap.
"""

import json
import pathlib
import sys

from tenant import block, choice, literal, quoted, ranges

VERSIONS = ["14", "15", "16", "17", "18"]

UNITS = {
    "B": ("size", "1B"),
    "kB": ("size", "1KiB"),
    "8kB": ("size", "8KiB"),
    "MB": ("size", "1MiB"),
    "us": ("duration", "1us"),
    "ms": ("duration", "1ms"),
    "s": ("duration", "1s"),
    "min": ("duration", "1min"),
}
CHANGE = {
    "internal": "fixed",
    "postmaster": "restart",
    "sighup": "reload",
    "user": "session",
    "superuser": "session",
    "backend": "session",
    "superuser-backend": "session",
}
# The default follows from the machine, the build or the data folder, or is only known at start.
NO_DEFAULT = set(
    """
    application_name client_encoding config_file data_checksums data_directory data_directory_mode
    debug_assertions default_text_search_config external_pid_file hba_file huge_pages_status
    ident_file in_hot_standby krb_server_keyfile lc_collate lc_ctype lc_messages lc_monetary
    lc_numeric lc_time log_timezone max_stack_depth num_os_semaphores server_encoding
    server_version server_version_num shared_memory_size shared_memory_size_in_huge_pages
    ssl_library TimeZone unix_socket_directories
    """.split()
)
# The range is one value that differs with every minor release.
NO_RANGE = {"server_version_num"}
# Choices of servers built with a library that the servers asked here were built without.
# Each goes right after the named one.
BUILD_CHOICES = {
    "wal_compression": ("pglz", ["lz4", "zstd"]),
    "default_toast_compression": ("pglz", ["lz4"]),
    "io_method": ("worker", ["io_uring"]),
}
# The chapter of the manual that describes a group; a group is named by its first part.
PAGES = {
    "Autovacuum": "autovacuum",
    "Client Connection Defaults": "client",
    "Connections and Authentication": "connection",
    "Developer Options": "developer",
    "Error Handling": "error-handling",
    "File Locations": "file-locations",
    "Lock Management": "locks",
    "Preset Options": "preset",
    "Query Tuning": "query",
    "Replication": "replication",
    "Reporting and Logging": "logging",
    "Resource Usage": "resource",
    "Statistics": "statistics",
    "Vacuuming": "vacuum",
    "Version and Platform Compatibility": "compatible",
    "Write-Ahead Log": "wal",
}
# Described together with others, or under an anchor of another form.
ANCHORS = {
    "debug_pretty_print": None,
    "debug_print_parse": None,
    "debug_print_plan": None,
    "debug_print_rewritten": None,
    "log_executor_stats": None,
    "log_parser_stats": None,
    "log_planner_stats": None,
    "log_statement_stats": None,
    "plan_cache_mode": "GUC-PLAN-CACHE_MODE",
}


def kind_of(row):
    """The type in the language, and what one of the setting is."""
    match row["vartype"]:
        case "integer" | "real" if row["unit"]:
            return UNITS[row["unit"]]
        case "integer":
            return "int", None
        case "real":
            return "number", None
        case "enum":
            values = list(row["enumvals"])
            if row["name"] in BUILD_CHOICES:
                after, more = BUILD_CHOICES[row["name"]]
                at = values.index(after) + 1
                values[at:at] = [value for value in more if value not in values]
            return " | ".join(choice(value) for value in values), None
        case other:
            return other, None


def facts_of(row):
    """What decides whether two versions share a block."""
    kind, unit = kind_of(row)

    def bound(value):
        if value is None or row["name"] in NO_RANGE or abs(float(value)) > 1e300:
            return None
        return literal(value, kind, unit)

    default = row["boot_val"]
    if row["name"] in NO_DEFAULT or default is None:
        default = None
    else:
        default = literal(default, kind, unit)
    superuser = row["context"] in ("superuser", "superuser-backend")
    facts = [
        ("change", CHANGE[row["context"]]),
        ("who", "superuser" if superuser else None),
        ("unit", unit),
        ("min", bound(row["min_val"])),
        ("max", bound(row["max_val"])),
        ("default", default),
    ]
    return kind, facts


def see(row, until):
    """Where the manual describes the setting: the newest one that still does."""
    page = PAGES.get(row["category"].split(" / ")[0])
    if page is None:
        return None
    address = f"https://www.postgresql.org/docs/{until or 'current'}/runtime-config-{page}.html"
    anchor = ANCHORS.get(row["name"], "GUC-" + row["name"].upper().replace("_", "-"))
    return quoted(address + (f"#{anchor}" if anchor else ""))


def main(folder):
    servers = {v: json.loads((pathlib.Path(folder) / f"{v}.json").read_text()) for v in VERSIONS}
    rows = {v: {row["name"]: row for row in servers[v]["settings"]} for v in VERSIONS}
    releases = [servers[v]["version"] for v in VERSIONS]
    blocks = []
    for name in sorted(set().union(*rows.values())):
        facts = {v: facts_of(rows[v][name]) for v in VERSIONS if name in rows[v]}
        newest = max(facts, key=int)
        for _, last, since, until in ranges(VERSIONS, facts):
            kind, pairs = facts[last]
            row = rows[last][name]
            head = [
                ("since", since and quoted(since)),
                ("until", until and quoted(until)),
                ("group", quoted(row["category"])),
            ]
            tail = [("see", see(rows[newest][name], None if newest == VERSIONS[-1] else newest))]
            blocks.append(block(name, kind, head + pairs + tail))
    print(
        f"# Generated by facts/postgresql from pg_settings of PostgreSQL"
        f" {', '.join(releases[:-1])} and {releases[-1]}; run it again instead of editing.\n\n"
        "## Every setting of every supported version, as the servers report them.\n"
        "engine postgresql_server {\n" + "\n".join(blocks) + "\n}"
    )
    for v in VERSIONS:
        print(f"{v}: {len(rows[v])} settings", file=sys.stderr)
    print(f"{len(blocks)} blocks", file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1])
