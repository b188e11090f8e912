"""Benchmarks run seldom: what they take from the piece must be there all the same."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks"
BENCHMARKS = sorted(set(FOLDER.glob("*.py")) - {FOLDER / "frames_beside.py"})
"""All but one, which also runs in a checkout of the first release and takes its names."""
PACKAGES = ("installation", "messages", "midi_data", "rnn", "visuals")


def is_ours(module: str) -> bool:
    return module.partition(".")[0] in PACKAGES or (FOLDER / f"{module}.py").exists()


def names_taken(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Module of ours and name, of each name that a benchmark imports or reads of a module."""
    modules: dict[str, str] = {}  # by the name they have in the benchmark
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules |= {each.asname or each.name: each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and is_ours(node.module):
            for each in node.names:
                yield node.module, each.name
                if is_package(node.module) and find_spec(f"{node.module}.{each.name}"):
                    modules[each.asname or each.name] = f"{node.module}.{each.name}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            module = modules.get(node.value.id, "")
            if is_ours(module):
                yield module, node.attr


def is_package(module: str) -> bool:
    spec = find_spec(module)
    return spec is not None and spec.submodule_search_locations is not None


@pytest.mark.parametrize("path", BENCHMARKS, ids=lambda path: path.stem)
def test_all_that_a_benchmark_takes_is_there(path):
    missing = []
    for module, name in names_taken(ast.parse(path.read_text(encoding="utf-8"))):
        if is_package(module) and find_spec(f"{module}.{name}") is not None:
            continue
        try:
            found = import_module(module)
        except ModuleNotFoundError as error:
            if error.name is not None and is_ours(error.name):
                missing.append(f"{module}: {error}")
            continue  # of an extra that is not installed
        if not hasattr(found, name):
            missing.append(f"{module}.{name}")
    assert missing == []
