"""Renders targets/terraform/sample from the templates and sample/contexts.json.

Stands in for the compiler where there is none: the same template engine
(`pip install minijinja==3.0.5`), the same rules of white space, and a formatter
that prints every value as a whole HCL literal.
"""

import json
import pathlib
import re

from minijinja import Environment

TARGET = pathlib.Path(__file__).resolve().parents[2] / "targets" / "terraform"


def literal(value):
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, list):
        return "[" + ", ".join(literal(item) for item in value) + "]"
    if isinstance(value, str):
        text = json.dumps(value, ensure_ascii=False)
        return re.sub(r"([$%])\{", r"\1\1{", text)
    raise TypeError(f"no literal for {value!r}")


def load(name):
    return (TARGET / "templates" / name).read_text()


environment = Environment(
    loader=load,
    finalizer=literal,
    auto_escape_callback=lambda name: False,
    undefined_behavior="strict",
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)

for place, context in json.loads((TARGET / "sample" / "contexts.json").read_text()).items():
    layer = context["layer"]["name"]
    directory = TARGET / "sample" / "live" / place
    directory.mkdir(parents=True, exist_ok=True)
    for template in sorted((TARGET / "templates" / layer).glob("*.j2")):
        text = environment.render_template(f"{layer}/{template.name}", **context)
        (directory / template.name.removesuffix(".j2")).write_text(text)
