"""The documentation names files, links and commands that exist."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command

from installation.cli.main import COMMANDS, create_app
from installation.config import Config

ROOT = Path(__file__).parents[2]
MAX_LINES_ERROR = 0.1  # of the lines of a room in docs/architecture.md, as a share
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


def draw_architecture(*arguments: str) -> str:
    """What the script that reads the rooms from the source prints."""
    script = ROOT / "docs" / "draw_architecture.py"
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(script), *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return done.stdout


def room_lines(table: str) -> dict[str, int]:
    """The lines of each room of the table of `docs/architecture.md`."""
    rows = re.findall(r"^\| `([^`]+)` \| \d+ \| (\d+) \|", table, re.MULTILINE)
    return {room: int(lines) for room, lines in rows}


def test_the_table_of_rooms_is_that_of_the_source():
    """Print it anew by `python docs/draw_architecture.py --table`."""
    told = room_lines((ROOT / "docs" / "architecture.md").read_text(encoding="utf-8"))
    found = room_lines(draw_architecture("--table"))
    assert sorted(told) == sorted(found)
    assert told == pytest.approx(found, rel=MAX_LINES_ERROR)


def test_the_picture_of_rooms_is_that_of_the_source(tmp_path):
    """Draw it anew by `python docs/draw_architecture.py`."""
    draw_architecture("-o", str(tmp_path / "drawn.svg"))
    told, found = (
        re.findall(r'text-anchor="middle"[^>]*>([^<]+)<', path.read_text(encoding="utf-8"))
        for path in (ROOT / "docs" / "pictures" / "architecture.svg", tmp_path / "drawn.svg")
    )
    assert len(found) > 50
    assert sorted(told) == sorted(found)
