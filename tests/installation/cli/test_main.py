from __future__ import annotations

import io
import sys

from installation.cli import main

COMMANDS = (
    "play answer film train score atlas originality corpus bench devices check calibrate simulate"
)


def test_every_command_is_listed_with_a_line_of_help(run):
    done = run("--help")
    assert done.exit_code == 0
    for command in COMMANDS.split():
        assert any(f" {command} " in line for line in done.output.splitlines())


def test_an_unknown_command_is_refused(run):
    done = run("sing")
    assert done.exit_code == 2
    assert "No such command 'sing'" in done.output


def test_what_standard_output_cannot_encode_is_escaped(monkeypatch):
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="ascii"))

    def say(prog_name: str) -> None:
        sys.stdout.write("Fjöl")

    monkeypatch.setattr(main, "create_app", lambda arguments: say)
    main.main()
    sys.stdout.flush()
    assert written.getvalue() == b"Fj\\xf6l"
