"""The documentation names files, links and commands that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from installation.cli.main import COMMANDS

ROOT = Path(__file__).parents[2]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_named_file_exists(page):
    text = page.read_text(encoding="utf-8")
    named = re.findall(r"(?<![\w/])((?:tests|benchmarks|docs)/[\w/.-]+\.(?:py|md|png|svg))", text)
    assert [path for path in named if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page):
    links = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_exists(page):
    commands = re.findall(r"`hidden-state ([a-z]+)", page.read_text(encoding="utf-8"))
    assert set(commands) <= set(COMMANDS)
