"""Reads TimescaleDB's settings out of its C code, version by version, and writes them as an engine file.

in:  timescaledb.py read REPOSITORY: prints the table of facts; the repository is a clone with its tags
     timescaledb.py functions REPOSITORY: prints the arguments of the functions that targets/timescaledb calls
     timescaledb.py write TABLE: prints the text of lang/engines/timescaledb/settings.tenant
promises: every DefineCustom…Variable that a release build compiles is either read whole or the script stops;
          what only exists in debug builds (TS_DEBUG) is left out, as in the packages; sorted by name, then version.
"""

import pathlib
import re
import subprocess
import sys

from tenant import block, choice, literal, quoted, ranges

# Each minor release by its newest patch release.
TAGS = [
    "2.8.1", "2.9.3", "2.10.3", "2.11.2", "2.12.2", "2.13.1", "2.14.2", "2.15.3", "2.16.1", "2.17.2", "2.18.2",
    "2.19.3", "2.20.3", "2.21.4", "2.22.1", "2.23.1", "2.24.0", "2.25.2", "2.26.4", "2.27.2", "2.28.3", "2.29.2",
]
VERSIONS = [tag.rsplit(".", 1)[0] for tag in TAGS]
# Not defined in a release build (TS_DEBUG), or only against a PostgreSQL that no version here supports.
DEFINED = {"USE_TELEMETRY": True, "TS_DEBUG": False, "PG19_LT": True, "HAVE_INT128": True, "PG16_LT": False, "USE_ASSERT_CHECKING": False}
LIMITS = {"INT_MAX": "2147483647", "MAX_KILOBYTES": "2147483647", "PG_INT16_MAX": "32767", "PG_INT32_MAX": "2147483647", "INT16_MAX": "32767", "DBL_MAX": "", "BGW_NEVER_RESTART": "-1", "BGW_DEFAULT_RESTART_INTERVAL": "60", "NULL": "-"}
CHANGE = {"PGC_USERSET": "session", "PGC_SUSET": "session", "PGC_SIGHUP": "reload", "PGC_POSTMASTER": "restart", "PGC_BACKEND": "session"}
KINDS = {"Bool": "bool", "Int": "int", "Real": "number", "String": "string", "Enum": "enum"}
UNITS = {"GUC_UNIT_KB": "size 1KiB", "GUC_UNIT_MB": "size 1MiB", "GUC_UNIT_MS": "duration 1ms", "GUC_UNIT_S": "duration 1s", "GUC_UNIT_BYTE": "size 1B"}
# Set by the build (src/CMakeLists.txt), as in the packages.
DEFAULTS = {"TS_LICENSE_DEFAULT": "timescale", "TELEMETRY_DEFAULT": "TELEMETRY_BASIC"}


def git(repository, *words):
    return subprocess.run(["git", "--git-dir", repository, *words], check=True, capture_output=True, text=True).stdout


def compiled(text):
    """The lines that a release build compiles, without comments."""
    text = re.sub(r"/\*.*?\*/", " ", text, flags=re.S)
    kept, open_blocks = [], []
    for line in text.splitlines():
        if found := re.match(r"\s*#\s*(ifdef|ifndef|if|elif|else|endif)\b\s*(.*)", line):
            word, condition = found[1], found[2].strip()
            if word in ("ifdef", "ifndef", "if"):
                known = DEFINED.get(condition, True)
                open_blocks.append((not known) if word == "ifndef" and condition in DEFINED else known)
            elif word == "else":
                open_blocks[-1] = not open_blocks[-1]
            elif word == "endif":
                open_blocks.pop()
        elif all(open_blocks):
            kept.append(line)
    return "\n".join(kept)


def split(text):
    """The arguments of a call, text up to its closing bracket."""
    arguments, depth, start, inside = [], 0, 0, False
    for at, sign in enumerate(text):
        if sign == '"' and text[at - 1] != "\\":
            inside = not inside
        elif inside:
            continue
        elif sign in "({[":
            depth += 1
        elif sign in ")}]":
            if depth == 0:
                return arguments + [text[start:at].strip()]
            depth -= 1
        elif sign == "," and depth == 0:
            arguments.append(text[start:at].strip())
            start = at + 1
    sys.exit("timescaledb.py: a call does not end")


class Tag:
    """The code of one release."""

    def __init__(self, repository, tag):
        self.tag = tag
        names = git(repository, "ls-tree", "-r", "--name-only", tag, "--", "src", "tsl/src").split()
        self.files = {n: git(repository, "show", f"{tag}:{n}") for n in names if re.search(r"\.(c|h)$", n)}
        everything = "\n".join(compiled(text) for text in self.files.values())
        self.defines = dict(re.findall(r"^[ \t]*#[ \t]*define[ \t]+(\w+)[ \t]+([^\n]+?)[ \t]*$", everything, flags=re.M))
        self.variables = dict(re.findall(r"^[\w \t*]*\b(\w+)\s*=\s*([^;{}]+);", everything, flags=re.M))
        self.choices = {
            name: re.findall(r'\{\s*"([^"]*)"\s*,\s*(\w+)\s*,\s*(true|false)\s*\}', body)
            for name, body in re.findall(r"config_enum_entry\s+(\w+)\[\]\s*=\s*(\{.*?\});", everything, flags=re.S)
        }

    def value(self, text, depth=0):
        """What an expression of the code is: a literal of C, as text."""
        text = re.sub(r"^\((?:int|bool|\w+ ?\*)\s*\)\s*", "", text.strip())
        if text in DEFAULTS:
            return DEFAULTS[text]
        if re.search(r"\bwork_mem\b", text) and '"' not in text:  # follows from another setting
            return "-"
        if text in LIMITS:
            return LIMITS[text]
        if found := re.fullmatch(r'(?:"((?:[^"\\]|\\.)*)"\s*)+', text):
            return "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', text))
        if re.fullmatch(r"-?[\d.]+", text) or text in ("true", "false"):
            return text
        if re.fullmatch(r"[\d\s().*+<-]+", text):
            return str(int(eval(text)))  # arithmetic of numbers alone
        if depth < 8 and (found := re.fullmatch(r"(\w+)", text)):
            for known in (self.defines, self.variables):
                if text in known:
                    return self.value(known[text], depth + 1)
            return text
        if depth < 8 and re.fullmatch(r"[\w\s()*+<-]+", text):
            return self.value(re.sub(r"[A-Za-z_]\w*", lambda m: self.value(m[0], depth + 1), text), depth + 1)
        sys.exit(f"timescaledb.py: {self.tag}: what is {text}?")

    def names(self, text):
        if found := re.search(r'MAKE_EXTOPTION\("(\w+)"\)', text):
            return ["timescaledb." + found[1]]
        if found := re.search(r"MAKE_EXTOPTION\((\w+)\)", text):
            return ["timescaledb." + self.value(found[1])]
        if "guc_disable_load_name" in text:
            named = re.findall(r"\.guc_disable_load_name\s*=\s*([^,\n]+)", "\n".join(self.files.values()))
            return [self.names(each)[0] for each in named]
        if text == "flag->name":  # a table of switches, each defined alike
            table = re.search(r"ts_feature_flags\[\]\s*=\s*\{(.*?)\n\};", "\n".join(self.files.values()), flags=re.S)[1]
            return [self.names(entry)[0] for entry in re.findall(r"\[FEATURE_\w+\]\s*=\s*\{\s*([^,]+),", table)]
        if text.startswith('"'):
            return [self.value(text)]
        return self.names(self.defines[text])

    def settings(self):
        for path, text in sorted(self.files.items()):
            text = compiled(text)
            for found in re.finditer(r"\bDefineCustom(Bool|Int|Real|String|Enum)Variable\(", text):
                kind = KINDS[found[1]]
                arguments = split(text[found.end():])
                default, rest = arguments[4], arguments[5:]
                low = high = choices = ""
                if kind in ("int", "number"):
                    low, high, rest = self.value(rest[0]), self.value(rest[1]), rest[2:]
                if kind == "enum":
                    entries, rest = self.choices[rest[0]], rest[1:]
                    choices = "|".join(word for word, _, hidden in entries if hidden == "false")
                context, flags = rest[0], rest[1]
                # A variable of the function, as a release build sets it.
                if found_context := re.search(rf"\bint {re.escape(context)} = (\w+);", text):
                    context = found_context[1]
                if context not in CHANGE:
                    sys.exit(f"timescaledb.py: {self.tag} {path}: {arguments[0]} has context {context}")
                unit = next((unit for flag, unit in UNITS.items() if flag in flags), kind)
                default = self.value(default)
                if kind == "enum":
                    default = next((w for w, v, _ in entries if v == default or self.value(v) == default or w == default), None)
                    if default is None:
                        sys.exit(f"timescaledb.py: {self.tag}: the default of {arguments[0]} is no choice")
                about = self.value(arguments[1]) if arguments[1].startswith('"') else ""
                for name in self.names(arguments[0]):
                    yield [name, choices or unit, low, high, default, CHANGE[context], "superuser" if context == "PGC_SUSET" else "", about]


def read(repository):
    print("# TimescaleDB's settings by release, read from its C code by facts/timescaledb; each minor release by its newest patch:")
    print(f"# {', '.join(TAGS)}.")
    print("# Tabs between the columns: name, version, type (choices with | between them; a unit after size and duration),")
    print("# least, most, default (- is none), what a change needs, who may change it, what the code says of it.")
    for tag, version in zip(TAGS, VERSIONS):
        for name, *facts in sorted(Tag(repository, tag).settings()):
            print("\t".join([name, version, *facts]))


CALLED = ["create_hypertable", "add_compression_policy", "add_retention_policy", "add_continuous_aggregate_policy"]


def functions(repository):
    print("# Arguments of TimescaleDB's functions by release, from its sql folder; written by facts/timescaledb read.")
    print("# Tabs between the columns: name, version, names of the arguments of one form of it.")
    for tag, version in zip(TAGS, VERSIONS):
        names = git(repository, "ls-tree", "-r", "--name-only", tag, "--", "sql").split()
        text = "\n".join(git(repository, "show", f"{tag}:{n}") for n in names if n.endswith(".sql") and "/updates/" not in n)
        text = re.sub(r"--[^\n]*", "", text)
        for name in CALLED:
            forms = re.findall(rf"CREATE (?:OR REPLACE )?FUNCTION @extschema@\.{name}\((.*?)\)\s*RETURNS", text, flags=re.S)
            if not forms:
                sys.exit(f"timescaledb.py: {tag} has no {name}")
            for form in forms:
                print("\t".join([name, version, " ".join(part.split()[0] for part in split(form + ")"))]))


def facts_of(row):
    _, _, kind, low, high, default, change, who, _ = row
    kind, _, unit = kind.partition(" ")
    unit = unit or None
    if "|" in kind:
        kind = " | ".join(choice(value) for value in kind.split("|"))
    default = None if default == "-" else literal({"true": "on", "false": "off"}.get(default, default) if kind == "bool" else default, kind, unit)
    bound = lambda value: literal(value, kind, unit) if value else None
    return kind, [
        ("change", change), ("who", who or None), ("unit", unit),
        ("min", bound(low)), ("max", bound(high)), ("default", default),
    ]


def write(table):
    rows = {}
    for line in pathlib.Path(table).read_text().splitlines():
        if not line.startswith("#"):
            row = line.split("\t")
            rows.setdefault(row[0], {})[row[1]] = row
    blocks = []
    for name in sorted(rows):
        facts = {version: facts_of(row) for version, row in rows[name].items()}
        for _, last, since, until in ranges(VERSIONS, facts):
            kind, pairs = facts[last]
            tag = TAGS[VERSIONS.index(last)]
            head = [("since", since and quoted(since)), ("until", until and quoted(until))]
            see = quoted(f"https://github.com/timescale/timescaledb/blob/{tag}/src/guc.c")
            blocks.append(block(name, kind, head + pairs + [("see", see)]))
    print(
        "# Generated by facts/timescaledb from facts/timescaledb.tsv; run it again instead of editing.\n\n"
        f"## Every setting of TimescaleDB {VERSIONS[0]} to {VERSIONS[-1]}, by its own code. PostgreSQL's are its parent's.\n"
        "engine timescaledb_server: postgresql {\n" + "\n".join(blocks) + "\n}"
    )
    for version in VERSIONS:
        print(f"{version}: {sum(version in by_version for by_version in rows.values())} settings", file=sys.stderr)
    print(f"{len(blocks)} blocks", file=sys.stderr)


if __name__ == "__main__":
    {"read": read, "functions": functions, "write": write}[sys.argv[1]](*sys.argv[2:])
