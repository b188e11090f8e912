"""The documentation names files, links and commands that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.main import get_command

from installation.cli.main import COMMANDS, create_app
from installation.config import Config

ROOT = Path(__file__).parents[2]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_named_file_exists(page):
    text = page.read_text(encoding="utf-8")
    named = re.findall(r"(?<![\w/])((?:tests|benchmarks|docs)/[\w/.-]+\.(?:py|md|png|svg))", text)
    named += re.findall(r"`((?:installation|visuals|rnn|messages|midi_data)/[a-z_/.]*)`", text)
    assert [path for path in named if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page):
    links = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_exists(page):
    commands = re.findall(r"`hidden-state ([a-z]+)", page.read_text(encoding="utf-8"))
    assert set(commands) <= set(COMMANDS)


@pytest.fixture(scope="module")
def options_by_command():
    """The options of each command, such as "web pin"."""
    found = {}

    def add(command, *names):
        for name, below in getattr(command, "commands", {}).items():
            add(below, *names, name)
        found[" ".join(names)] = {option for each in command.params for option in each.opts}

    add(get_command(create_app([])))
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_option_of_a_command_exists(page, options_by_command):
    calls = re.findall(r"hidden-state((?: [a-z]+)+)([^`\n|]*)", page.read_text(encoding="utf-8"))
    unknown = []
    for words, rest in calls:
        called = words.split()
        while called and " ".join(called) not in options_by_command:
            called.pop()  # an argument
        options = re.findall(r"(?<!\S)--?[a-z][a-z-]*", rest)
        unknown += [
            (words, each) for each in options if each not in options_by_command[" ".join(called)]
        ]
    assert unknown == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_setting_exists(page):
    tables = {
        name: field.annotation.model_fields
        for name, field in Config.model_fields.items()
        if name != "out"
    }
    named = re.findall(r"`([a-z]+)\.([a-z_]+)", page.read_text(encoding="utf-8"))
    assert [f"{table}.{key}" for table, key in named if key not in tables.get(table, {key})] == []
