"""Explanations of what is wrong in a config.toml, each with its place and what is accepted."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from typing import Any

from installation.config.connections import DEFAULT_CHANNELS, OutSettings
from installation.config.section import ConfigSection


def find_key_line(text: str, keys: tuple[str, ...]) -> int | None:
    """Line number of a key in a TOML text, from 1.

    For a key that has no line of its own, in an inline table, that of the key or table around it.
    """
    found: dict[tuple[str, ...], int] = {}
    table: tuple[str, ...] = ()
    counts: Counter[tuple[str, ...]] = Counter()  # of the tables of each array
    for number, line in enumerate(text.splitlines(), start=1):
        if header := re.match(r"\s*(\[+)\s*([^\]#]+?)\s*\]+", line):
            table = _split_key(header[2])
            if header[1] == "[[":
                counts[table] += 1
                table = (*table, str(counts[table] - 1))
            found.setdefault(table, number)
        elif pair := re.match(r"\s*([\w\-.\s\"']+?)\s*=", line):
            key = table + _split_key(pair[1])
            for depth in range(1, len(key) + 1):
                found.setdefault(key[:depth], number)
    for depth in range(len(keys), 0, -1):
        if keys[:depth] in found:
            return found[keys[:depth]]
    return None


def _split_key(key: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in key.split("."))


def explain_syntax_error(message: str, text: str) -> str:
    """Line and reason why a text is not TOML; `message` is that of `tomllib`."""
    position = re.search(r"\s*\(at (?:line (\d+), column \d+|end of document)\)$", message)
    if position is None:
        return f"not valid TOML: {message}"
    line = position[1] or len(text.splitlines()) or 1
    return f"line {line}: not valid TOML: {message[: position.start()]}"


def explain_invalid_value(error: Any, text: str, tables: type[ConfigSection]) -> str:
    """Line of an invalid value, what is wrong with it, and what is accepted.

    Parameters
    ----------
    error : ErrorDetails
        The first of pydantic's `ValidationError.errors()`.
    text : str
        The TOML text.
    tables : type
        The configuration: a field for each table.

    Returns
    -------
    str
        To be put behind the name of the file.
    """
    keys = tuple(str(part) for part in error["loc"])
    line = find_key_line(text, keys)
    return f"{f', line {line}' if line else ''}: {_reason(error, keys, tables)}"


def _reason(error: Any, keys: tuple[str, ...], tables: type[ConfigSection]) -> str:
    dotted = ".".join(keys)
    if error["type"] == "extra_forbidden":
        return f"unknown key {dotted}; {_suggest_keys(keys, tables)}"
    if error["type"] in ("model_type", "model_attributes_type") and keys[0] != "out":
        return f"{dotted} must be a table, written [{dotted}]"
    if error["type"] == "missing":
        return f"{dotted} is missing"
    if error["type"] == "value_error" and keys[0] in ("kiosk", "out"):
        return f"{dotted}: {error['ctx']['error']}"
    return f"{dotted} = {error['input']!r}: {_accepted_values(keys, tables)}"


def _section_type(name: str, tables: type[ConfigSection]) -> type[ConfigSection]:
    return OutSettings if name == "out" else type(tables.model_fields[name].default)


def _suggest_keys(keys: tuple[str, ...], tables: type[ConfigSection]) -> str:
    known = list(tables.model_fields)
    if len(keys) > 1 and keys[0] in tables.model_fields:
        fields = _section_type(keys[0], tables).model_fields
        known = [field.alias or name for name, field in fields.items()]
    close = difflib.get_close_matches(keys[-1], known, n=1, cutoff=0.5)
    hint = f"did you mean {close[0]}? " if close else ""
    return f"{hint}accepted here: {', '.join(known)}"


def _list_syntax(rule: Any) -> str:
    if "pattern" in rule.get("items", {}):
        return 'a receiver as "host:port", or several in a list'
    return 'a name in quotes, or several: ["one", "two"]'


def _table_syntax(keys: tuple[str, ...]) -> str:
    if keys[0] == "sound":
        return 'milliseconds (0 to 200) by output: {"USB Audio" = 40.0}'
    voices = ", ".join(DEFAULT_CHANNELS)
    if keys[1] == "parts":
        return f'outputs by voice ({voices}): {{drums = "Drum Machine"}}'
    return (
        f"numbers by voice ({voices}), each voice a channel of its own (1 to 16) or a program "
        "(1 to 128): {visitor = 1, network = 2}"
    )


def _accepted_values(keys: tuple[str, ...], tables: type[ConfigSection]) -> str:
    """The values a key accepts, in words, from its schema."""
    if len(keys) == 1 or (keys[0] == "out" and len(keys) == 2):
        return f"accepted: a table for each value that is sent, written [[{keys[0]}]]"
    section = tables.model_json_schema()["$defs"][_section_type(keys[0], tables).__name__]
    rule = section["properties"][keys[2 if keys[0] == "out" else 1]]
    if "enum" in rule:
        return f"accepted: {', '.join(rule['enum'])}"
    if "pattern" in rule:
        return "accepted: a language as two small letters, such as en"
    kinds = {
        "number": "a number",
        "integer": "a whole number",
        "boolean": "true or false",
        "string": "text in quotes",
        "array": _list_syntax(rule),
        "object": _table_syntax(keys),
    }
    low = f"from {rule['minimum']:g}" if "minimum" in rule else ""
    low = f"above {rule['exclusiveMinimum']:g}" if "exclusiveMinimum" in rule else low
    high = f"to {rule['maximum']:g}" if "maximum" in rule else ""
    return " ".join(part for part in ("accepted:", kinds[rule["type"]], low, high) if part)
