"""Writes settings the way `.tenant` engine files spell them.

in:  values as the servers report them (text or numbers, with the server's own unit)
out: text of the language: 128MiB, 5min, "text", pglz | lz4, and whole `setting` blocks
promises: the same facts give the same bytes; nothing is rounded.
"""

from fractions import Fraction
import re

# unit of the language -> how many of the smallest unit it is, smallest first
SIZES = {"B": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}
DURATIONS = {
    "us": 1,
    "ms": 1000,
    "s": 1000**2,
    "min": 60 * 1000**2,
    "h": 3600 * 1000**2,
    "d": 86400 * 1000**2,
}


def quoted(text):
    """A string of the language, with a brace that is only a brace."""
    for plain in ("\\", '"', "{"):
        text = text.replace(plain, "\\" + plain)
    return f'"{text}"'


def choice(text):
    """One of the values of an enumeration: bare when it is a plain name."""
    return text if re.fullmatch(r"[a-z_][a-z0-9_-]*", text) else quoted(text)


def number(value):
    """A number without exponent and without a trailing `.0`."""
    value = Fraction(str(value))
    if value.denominator == 1:
        return str(value.numerator)
    return f"{float(value):.12f}".rstrip("0")


def amount(value, unit, units):
    """`value` times `unit`, in the largest unit that divides it; a negative one is a bare number.

    `unit` is how the language writes one of the server's units, such as 8KiB. A fraction is
    written in a smaller unit.
    """
    value = Fraction(str(value))
    if value < 0:
        return number(value)
    count, name = re.fullmatch(r"(\d+)(\w+)", unit).groups()
    if value == 0:
        return f"0{name}"
    smallest = value * int(count) * units[name]
    for name in reversed(units):
        if smallest % units[name] == 0:
            return f"{smallest // units[name]}{name}"
    raise ValueError(f"{value} of {unit} is less than the smallest unit")


def literal(value, kind, unit=None):
    """A minimum, maximum or default of a setting of this type."""
    match kind:
        case "bool":
            return {"on": "true", "off": "false", "1": "true", "0": "false"}[value]
        case "int" | "number":
            return number(value)
        case "size":
            return amount(value, unit, SIZES)
        case "duration":
            return amount(value, unit, DURATIONS)
        case "string":
            return quoted(value)
        case _:
            return choice(value)


def block(name, kind, facts):
    """One setting. `facts` are (name, written value) pairs, in the order to print; None is left out."""
    facts = [(key, value) for key, value in facts if value is not None]
    line = "  ".join(f"{key} = {value}" for key, value in facts if key != "see")
    lines = [f"  setting {name}: {kind} {{", f"    {line}"]
    lines += [f"    {key} = {value}" for key, value in facts if key == "see"]
    return "\n".join(lines + ["  }"])


def ranges(versions, by_version):
    """Splits a setting's life into the longest runs of versions with equal facts.

    `by_version` maps the versions that have the setting to what is compared. Gives
    (first, last, since, until); since and until are None where the run begins with the first
    supported version or ends with the last.
    """
    runs = []
    for index, version in enumerate(versions):
        if version not in by_version:
            continue
        touches = runs and runs[-1][1] == index - 1
        if touches and by_version[versions[index - 1]] == by_version[version]:
            runs[-1][1] = index
        else:
            runs.append([index, index])
    for first, last in runs:
        yield (
            versions[first],
            versions[last],
            versions[first] if first > 0 else None,
            versions[last] if last < len(versions) - 1 else None,
        )
