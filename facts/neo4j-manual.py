"""Takes what the Operations Manual says of Enterprise settings, whose classes are published nowhere.

in:  neo4j-manual.py FILE: modules/ROOT/pages/configuration/configuration-settings.adoc of branch 5.x of
     https://github.com/neo4j/docs-operations
out: the lines of facts/neo4j.tsv: name, first release, change, type, unit, least, most, default ("-" for none), anchor
     on the manual's page
promises: only settings labelled Enterprise Edition; sorted by name.
"""

import pathlib
import re
import sys

from neo4j import facts_of

# OpenID Connect is Enterprise's; the label is missing on this one.
UNLABELLED = {"dbms.security.logs.oidc.jwt_claims_at_debug_level_enabled"}


def plain(text):
    """A cell's text on one line, without the manual's marks."""
    text = re.sub(r"<<[^,>]*,([^>]*)>>", r"\1", text)
    text = re.sub(r"xref:[^\[]*\[([^\]]*)\]", r"\1", text)
    return re.sub(r"\s+", " ", text.replace("+++", "")).strip()


def cell(body, title):
    found = re.search(rf"^\|{title}\n[am]\|?(.*?)(?=^\||\Z)", body, re.M | re.S)
    return plain(found[1].lstrip("|")) if found else None


def main(path):
    text = pathlib.Path(path).read_text()
    # A setting is a role (its labels), an anchor and a heading, then a table.
    parts = re.split(r"(?m)^((?:\[role=[^\n]*\]\n)?\[\[config_[^\n]*\]\]\n(?:\[role=[^\n]*\]\n)?=== [^\n]*)$", text)
    rows = []
    for head, rest in zip(parts[1::2], parts[2::2]):
        name = re.search(r"^=== +`?([^` ]+)", head, re.M)[1]
        body = rest.split("\n=== ")[0].split("\n== ")[0]
        labels = head + body.split("|===")[0]
        if name not in UNLABELLED and not re.search(r"label--enterprise|label:enterprise", labels):
            continue
        since = re.search(r"label--new-(5\.\d+)|Introduced in (5\.\d+)|Available in (5\.\d+)", labels)
        dynamic = "dynamic" if re.search(r"label--dynamic|label:dynamic", labels) else "-"
        words, default = cell(body, "Valid values") or "A string.", cell(body, "Default value") or "-"
        kind, facts = facts_of(name, dynamic, words, re.sub(r" *label:.*", "", default))
        facts = dict(facts)
        rows.append(
            [
                re.sub(r"<[^>]*>", "NAME", name),
                next((one for one in since.groups() if one), "-") if since else "-",
                facts["change"],
                kind,
                *(facts[key] or "-" for key in ("unit", "min", "max", "default")),
                re.search(r"\[\[(config_[^\]]*)\]\]", head)[1],
            ]
        )
    print("# Enterprise settings of Neo4j 5, by facts/neo4j-manual.py from the Operations Manual; see there.")
    for row in sorted(rows):
        print("\t".join(row))


if __name__ == "__main__":
    main(*sys.argv[1:])
