#!/usr/bin/env python3
"""Measures what the Terraform target makes: files and resources as tenants grow, lines of a diff, seconds of `validate`.

in:  benches/terraform.py TENANTC [CLOUD...]   the built command; aws, gcp and azure where no cloud is named
out: Markdown tables on stdout, for docs/benchmarks.md
promises: works in a temporary folder; resources are counted by Terraform itself in a plan against the schema-only providers
          (judges/terraform/install), with the mocks of the judge; nothing is estimated. A line of a diff is one that was
          added or taken out.
"""

import difflib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent.parent
REGIONS = {"aws": "eu-west-1", "gcp": "europe-west1", "azure": "westeurope"}
SIZES = (10, 100, 1000, 10000)
ENVIRONMENT = dict(
    os.environ,
    TF_CLI_CONFIG_FILE=str(HERE / ".judges/terraform/terraform.rc"),
    TF_IN_AUTOMATION="1",
    CHECKPOINT_DISABLE="1",
)

SPEC = """platform fleet {{
  cloud        = {cloud}
  regions      = [{region}]
  environments = [production]
}}

database main: postgresql {{
  version = "16"
  schema  = shop
  memory  = 32GiB
  storage = 16TiB
}}

schema shop {{
  table items {{ id: uuid primary  title: text }}
}}

tenants from "rows.csv": free {{ home = {region} }}
tenants from "schemas.csv": premium {{ home = {region} }}
tenants from "databases.csv": enterprise {{ home = {region}  isolation = database }}
"""


def write(folder, cloud, count, spec=None):
    """A workspace: of a hundred tenants 85 share rows, 14 have a schema, 1 has a database and a key."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "fleet.tenant").write_text(spec or SPEC.format(cloud=cloud, region=REGIONS[cloud]))
    kinds = {"rows": [], "schemas": [], "databases": []}
    for number in range(count):
        place = number % 100
        kind = "databases" if place == 99 or (count < 100 and number == 9) else "schemas" if place % 7 == 6 else "rows"
        kinds[kind].append(f"t{number:05}")
    for kind, ids in kinds.items():
        (folder / f"{kind}.csv").write_text("id\n" + "".join(f"{one}\n" for one in ids))


def build(tenantc, folder):
    began = time.perf_counter()
    subprocess.run([tenantc, "build", folder], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def tree(folder):
    out = folder / "out"
    return {str(path.relative_to(out)): path for path in out.rglob("*") if path.is_file()}


def changed(before, after):
    """Files and lines that differ, of Terraform's own and of the whole tree without the manifest."""
    counts = {"terraform": [0, 0], "all": [0, 0]}
    for name in sorted(set(before) | set(after)):
        if name == "manifest.json":
            continue
        old, new = before.get(name, ""), after.get(name, "")
        if old == new:
            continue
        lines = difflib.unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=0)
        count = sum(1 for line in lines if line[:1] in "+-" and line[:3] not in ("+++", "---"))
        for part in ["all"] + (["terraform"] if name.startswith("terraform/") else []):
            counts[part][0] += 1
            counts[part][1] += count
    return counts


def texts(folder):
    return {name: path.read_text() for name, path in tree(folder).items()}


def resources(root, cloud):
    """Resources that a plan of a root makes; seconds of `validate`."""
    work = root / "judge.tftest.hcl"
    provider = {"aws": "aws", "gcp": "google", "azure": "azurerm"}[cloud]
    mocks = HERE / "judges/terraform/mocks" / provider
    work.write_text(f'mock_provider "{provider}" {{\n  source = "{mocks}"\n}}\n\nrun "plan" {{\n  command = plan\n}}\n')
    terraform = lambda *words: subprocess.run(
        ["terraform", f"-chdir={root}", *words], check=True, env=ENVIRONMENT, capture_output=True, text=True
    ).stdout
    terraform("init", "-backend=false", "-input=false")
    began = time.perf_counter()
    terraform("validate")
    seconds = time.perf_counter() - began
    for line in terraform("test", "-json", "-verbose").splitlines():
        message = json.loads(line)
        if message.get("type") == "test_plan":
            changes = message["test_plan"].get("resource_changes") or []
            return sum(1 for change in changes if change.get("mode") == "managed"), seconds
    sys.exit(f"{root}: Terraform shows no plan")


def growth(tenantc, work, cloud):
    print(f"\n### {cloud}: files and resources\n")
    print("| tenants | build | files | files a tenant | Terraform files | states | largest state: foundation | data | access |")
    print("|--:|--:|--:|--:|--:|--:|--:|--:|--:|")
    for size in SIZES:
        folder = work / f"{cloud}-{size}"
        write(folder, cloud, size)
        seconds = build(tenantc, folder)
        files = tree(folder)
        terraform = [name for name in files if name.startswith("terraform/")]
        roots = [files[name].parent for name in files if name.endswith("/backend.tf")]
        largest = {}
        for layer in ("foundation", "data", "access"):
            mine = [root for root in roots if root.name == layer]
            heavy = max(mine, key=lambda root: (sum(path.stat().st_size for path in root.iterdir()), str(root)))
            largest[layer] = resources(heavy, cloud)[0]
        print(
            f"| {size:,} | {seconds:.2f} s | {len(files):,} | {len(files) / size:.2f} | {len(terraform):,} | {len(roots):,} | "
            f"{largest['foundation']} | {largest['data']} | {largest['access']} |"
        )


def diffs(tenantc, work, cloud):
    spec = SPEC.format(cloud=cloud, region=REGIONS[cloud])
    cases = {
        "one tenant added, rows": lambda folder: append(folder, "rows.csv", "zeta"),
        "one tenant added, a schema": lambda folder: append(folder, "schemas.csv", "zeta"),
        "one tenant added, a database and a key": lambda folder: append(folder, "databases.csv", "zeta"),
        "one tier changed (a longer timeout)": lambda folder: write(
            folder, cloud, 1000, spec + "\ntier premium { timeouts { statement = 45s } }\n"
        ),
        "one setting changed": lambda folder: write(
            folder, cloud, 1000, spec.replace("  storage = 16TiB", "  storage = 16TiB\n  settings { work_mem = 24MiB }")
        ),
        "memory of one database doubled": lambda folder: write(folder, cloud, 1000, spec.replace("32GiB", "64GiB")),
    }
    print(f"\n### {cloud}: lines of a diff, 1,000 tenants\n")
    print("| change | Terraform: files | lines | whole tree: files | lines |")
    print("|---|--:|--:|--:|--:|")
    for name, change in cases.items():
        folder = work / "diff"
        shutil.rmtree(folder, ignore_errors=True)
        write(folder, cloud, 1000)
        build(tenantc, folder)
        before = texts(folder)
        change(folder)
        build(tenantc, folder)
        counts = changed(before, texts(folder))
        print(f"| {name} | {counts['terraform'][0]} | {counts['terraform'][1]} | {counts['all'][0]} | {counts['all'][1]} |")


def append(folder, file, tenant):
    with open(folder / file, "a") as rows:
        rows.write(f"{tenant}\n")


def validation(work, cloud):
    print(f"\n### {cloud}: `terraform validate`\n")
    print("| root | resources | seconds |")
    print("|---|--:|--:|")
    for layer in ("foundation", "data", "access"):
        folder = work / f"{cloud}-1000/out/terraform/live/production"
        root = sorted(folder.glob(f"*-schema-1/{layer}"))[0]
        count, seconds = resources(root, cloud)
        print(f"| {root.parent.name}/{layer} | {count} | {seconds:.2f} |")


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    tenantc = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as work:
        for cloud in sys.argv[2:] or REGIONS:
            growth(tenantc, pathlib.Path(work), cloud)
            diffs(tenantc, pathlib.Path(work), cloud)
            validation(pathlib.Path(work), cloud)


if __name__ == "__main__":
    main()
