"""Asks Redis and Valkey servers for every setting, and writes what they say as engine files.

in:  redis.py ask VERSION PROGRAM TABLE: prints the table with that server's rows in it
     redis.py write redis|valkey TABLE: prints the text of lang/engines/NAME/settings.tenant
promises: types, ranges, choices, defaults and what a change needs are the server's own answers: it is asked
          to take a value that it must refuse, and its refusal names what it would take; a setting that is
          fixed at the start is asked for by starting a server with such a value. Rows are sorted by name.
"""

import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

from tenant import block, choice, literal, quoted, ranges

VERSIONS = {"redis": ["7.0", "7.2", "7.4"], "valkey": ["8.0", "8.1", "9.0", "9.1"]}
# The server was started with these, so its answer is not the default; the comments of redis.conf give it.
STARTED_WITH = {"port": "6379", "unixsocket": ""}
# Follow from where and how the program was started.
NO_DEFAULT = {"dir", "server-cpulist", "server_cpulist", "supervised"}
# What one of an integer is, by the comments of redis.conf. Everything else that is an integer is a count.
UNITS = {
    "us": ["slowlog-log-slower-than", "commandlog-execution-slower-than"],
    "ms": [
        "busy-reply-threshold", "cluster-node-timeout", "latency-monitor-threshold", "lua-time-limit",
        "cluster-manual-failover-timeout",
    ],
    "s": [
        "timeout", "tcp-keepalive", "repl-timeout", "repl-ping-replica-period", "repl-ping-slave-period",
        "repl-backlog-ttl", "repl-diskless-sync-delay", "min-replicas-max-lag", "min-slaves-max-lag",
        "shutdown-timeout", "cluster-blacklist-ttl", "tls-session-cache-timeout", "tls-auto-reload-interval",
    ],
}
UNIT_OF = {name: unit for unit, names in UNITS.items() for name in names}
# Old words for what is said otherwise now: the name that holds one is the alias.
OLD = re.compile(r"slave|ziplist|master|_|^lua-time-limit$|^slowlog-")
PAGES = {
    "redis": "https://github.com/redis/redis/blob/{}/redis.conf",
    "valkey": "https://github.com/valkey-io/valkey/blob/{}/valkey.conf",
}


class Server:
    """One server on a socket of its own, and a client of it."""

    def __init__(self, program, folder, *more):
        self.path = os.path.join(folder, "socket")
        pathlib.Path(self.path).unlink(missing_ok=True)
        self.process = subprocess.Popen(
            [program, "--port", "0", "--unixsocket", self.path, *more],
            cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )
        for _ in range(200):
            if os.path.exists(self.path):
                break
            if self.process.poll() is not None:
                sys.exit(f"redis.py: {program} does not start: {self.process.stdout.read()}")
            time.sleep(0.02)
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(self.path)
        self.answers = self.socket.makefile("rb")

    def ask(self, *words):
        sent = b"*%d\r\n" % len(words)
        for word in words:
            word = word.encode()
            sent += b"$%d\r\n%s\r\n" % (len(word), word)
        self.socket.sendall(sent)
        return self.read()

    def read(self):
        line = self.answers.readline().rstrip(b"\r\n").decode()
        mark, rest = line[0], line[1:]
        if mark == "$":
            count = int(rest)
            return None if count < 0 else self.answers.read(count + 2)[:-2].decode()
        if mark in "*%":
            return [self.read() for _ in range(int(rest) * (2 if mark == "%" else 1))]
        return line

    def settings(self):
        flat = self.ask("config", "get", "*")
        return dict(zip(flat[::2], flat[1::2]))

    def close(self):
        self.socket.close()
        self.process.kill()
        self.process.wait()


def refusal(program, folder, name, value):
    """What the program says when it is started with this value; empty when it takes it."""
    started = subprocess.Popen(
        [program, "--port", "0", "--unixsocket", os.path.join(folder, "second"), "--loglevel", "warning", f"--{name}", value],
        cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )
    try:
        return started.communicate(timeout=0.5)[0]
    except subprocess.TimeoutExpired:
        started.kill()
        started.communicate()
        return ""


def kind_from(answer):
    """The type that a refusal of a senseless value tells; None where it took the value."""
    if found := re.search(r"one of the following: ([^\n]*)", answer):
        return "|".join(found[1].strip().split(", "))
    if "must be 'yes' or 'no'" in answer:
        return "bool"
    if "octal" in answer:
        return "octal"
    if "memory or percent" in answer:
        return "size or percent"
    if "memory value" in answer:
        return "size"
    if "parsed into an integer" in answer:
        return "int"
    return None


def describe(server, program, folder, name, value):
    """(type, min, max, change) of one setting."""

    def attempt(text):
        answer = server.ask("config", "set", name, text)
        if answer == "+OK":
            server.ask("config", "set", name, value)
        return answer

    senseless = "no such value"
    answer = attempt(senseless)
    change = "session"
    if "immutable" in answer or "protected" in answer:
        change = "restart"
        attempt = lambda text: refusal(program, folder, name, text)
        answer = attempt("nosuchvalue" if name != "bind-source-addr" else "")
    kind = kind_from(answer)
    low = high = ""
    if kind is None:
        kind = "string"
    elif kind in ("int", "size", "octal", "size or percent"):
        for beyond in ("9223372036854775807", "-9223372036854775808"):
            if found := re.search(r"between (-?\d+) and (-?\d+) inclusive", attempt(beyond)):
                low, high = found[1], found[2]
        if kind == "octal":
            low, high = "", ""
    elif "|" in kind and change == "session":
        first, second = kind.split("|")[:2]
        if attempt(f"{first} {second}") == "+OK":
            kind = "words " + kind
    return kind, low, high, change


def twin(server, row, others):
    """Which of these names changes with this setting."""
    name, _, kind, _, _, value, change = row[:7]
    for old, new in (("_", "-"), ("slave", "replica")):
        if name.replace(old, new) in others:
            return name.replace(old, new)
    if change == "restart":
        return None
    tried = [str(int(value) + 1)] if re.fullmatch(r"-?\d+", value) else []
    tried += {"yes": ["no"], "no": ["yes"]}.get(value, []) + [word for word in kind.split("|") if word != value] + ["x"]
    for text in tried:
        if server.ask("config", "set", name, text) == "+OK":
            break
    else:
        return None
    after = server.settings()
    server.ask("config", "set", name, value)
    return next((other for other in others if after[other] == after[name]), None)


def ask(version, program, table):
    program = shutil.which(program)
    with tempfile.TemporaryDirectory() as folder:
        server = Server(program, folder)
        values = server.settings()
        rows = {}
        for name, value in sorted(values.items()):
            kind, low, high, change = describe(server, program, folder, name, value)
            default = STARTED_WITH.get(name, value)
            if name in NO_DEFAULT:
                default = "-"
            rows[name] = [name, version, kind, low, high, default, change, ""]
        # What is set under an old name is seen under the new one.
        for name in filter(OLD.search, values):
            twins = [other for other in rows if not OLD.search(other) and rows[other][2:7] == rows[name][2:7]]
            rows[name][7] = twin(server, rows[name], twins) or ""
        server.close()
    lines = pathlib.Path(table).read_text().splitlines()
    kept = [line.split("\t") for line in lines if not line.startswith("#")]
    kept = [row for row in kept if row[1] != version] + list(rows.values())
    print("\n".join([line for line in lines if line.startswith("#")]))
    for row in sorted(kept):
        print("\t".join(row))


def facts_of(row):
    """(type in the language, facts) of one row of the table."""
    name, _, kind, low, high, default, change, _ = row
    unit = None
    # A limit that only says how wide the server's number is says nothing of the setting.
    high = "" if high and int(high) >= 2**63 - 1 else high
    low = "" if low and int(low) <= -(2**63) else low
    if kind == "octal":
        kind = "string"
        default = default if default == "0" else "0" + default.lstrip("0")
    elif kind == "size":
        unit = "1B"
    elif kind == "size or percent":
        kind = "string"
        low = high = ""
    elif kind == "int" and name in UNIT_OF:
        kind, unit = "duration", f"1{UNIT_OF[name]}"
    elif kind.startswith("words "):
        kind = "string"
    elif "|" in kind:
        kind = " | ".join(choice(value) for value in kind.split("|"))
    if kind == "bool" and default in ("yes", "no"):
        default = {"yes": "true", "no": "false"}[default]
        written = default
    elif default == "-":
        written = None
    else:
        written = literal(default, kind, unit)
    bound = lambda value: literal(value, kind, unit) if value else None
    return kind, [
        ("change", change),
        ("unit", unit),
        ("min", bound(low)),
        ("max", bound(high)),
        ("default", written),
    ]


def write(engine, table):
    versions = VERSIONS[engine]
    rows = {}
    for line in pathlib.Path(table).read_text().splitlines():
        if not line.startswith("#"):
            row = line.split("\t")
            if row[1] in versions:
                rows.setdefault(row[0], {})[row[1]] = row
    blocks = []
    for name in sorted(rows):
        facts = {version: (*facts_of(row), row[7]) for version, row in rows[name].items()}
        for _, last, since, until in ranges(versions, facts):
            kind, pairs, alias = facts[last]
            head = [("since", since and quoted(since)), ("until", until and quoted(until))]
            tail = [("instead", quoted(alias) if alias else None), ("see", quoted(PAGES[engine].format(last)))]
            blocks.append(block(name, kind, head + pairs + tail))
    print(
        f"# Generated by facts/redis from facts/redis.tsv; run it again instead of editing.\n\n"
        f"## Every setting of {engine.title()} {', '.join(versions[:-1])} and {versions[-1]}, as the servers report them.\n"
        f"engine {engine}_server {{\n" + "\n".join(blocks) + "\n}"
    )
    for version in versions:
        count = sum(version in by_version for by_version in rows.values())
        print(f"{engine} {version}: {count} settings", file=sys.stderr)
    print(f"{len(blocks)} blocks", file=sys.stderr)


if __name__ == "__main__":
    {"ask": ask, "write": write}[sys.argv[1]](*sys.argv[2:])
