from __future__ import annotations

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
