"""The command as it is typed, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from installation.cli.play import GivenSettings, choose_settings
from installation.config import Config
from installation.kiosk.instance_lock import LOCK_PATH, InstanceLock
from installation.sets.set_file import NO_SET
from tests.hang_guard import HANG_GUARD_S


def hidden_state(
    folder: Path, *arguments: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from installation.cli.main import main; main()"]
    return subprocess.run(
        [*command, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=HANG_GUARD_S,
        env=os.environ | environment,
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--style", "klezmer"], "no style named 'klezmer'"),
        (["--model", "nowhere.safetensors"], "nowhere.safetensors"),
        (["--config", "nowhere.toml"], "nowhere.toml: cannot be read"),
        (["--config", "wrong.toml"], "wrong.toml, line 2: unknown key live.tempi; did you mean"),
        (["--record", "no/such/folder/a.mid"], "there is no folder"),
    ],
)
@pytest.mark.parametrize("window", [["--headless"], []])
def test_what_cannot_be_played_is_one_line_and_status_2(
    tmp_path, arguments: list[str], words: str, window: list[str]
) -> None:
    (tmp_path / "wrong.toml").write_text("[live]\ntempi = 3\n")
    done = hidden_state(tmp_path, "play", *window, *arguments)
    assert done.returncode == 2
    assert words in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["wrong.toml"]


@pytest.mark.parametrize("window", [["--headless"], []])
def test_a_log_file_that_cannot_be_written_is_one_line_and_status_2(tmp_path, window) -> None:
    (tmp_path / "config.toml").write_text('[log]\nfile = "no/such/folder/x.log"\n')
    done = hidden_state(tmp_path, "play", *window, "--seconds", "1")
    assert done.returncode == 2
    assert "no/such/folder/x.log" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_what_the_command_line_gives_holds_in_every_set() -> None:
    given = GivenSettings(midi_out=["Synth"], kiosk=True, web=True)
    options = choose_settings(Config(), "sonar", given)
    for chosen in (options, options.with_set("chapel"), options.with_set(NO_SET)):
        config = chosen.config
        assert (config.midi.output, config.kiosk.enabled, config.web.enabled) == (
            ["Synth"],
            True,
            True,
        )


def test_a_style_of_the_command_line_goes_before_the_first_set_and_not_before_the_next() -> None:
    options = choose_settings(Config(), "sonar", GivenSettings(style="fife"))
    assert options.config.style.name == "fife"
    assert options.with_set("chapel").config.style.name == "chorales"
    assert options.with_set(NO_SET).config.style.name == "fife"


def test_style_and_model_exclude_each_other(tmp_path) -> None:
    done = hidden_state(tmp_path, "play", "--style", "irish", "--model", "x")
    assert done.returncode == 2
    assert "not both" in done.stderr


@pytest.mark.skipif(os.name == "nt", reason="Windows takes its temporary folder from elsewhere")
def test_a_second_exhibit_is_told_who_has_the_machine(tmp_path) -> None:
    lock = InstanceLock(tmp_path / LOCK_PATH.name)
    done = hidden_state(tmp_path, "play", "--headless", "--kiosk", TMPDIR=str(tmp_path))
    lock.release()
    assert done.returncode == 2
    assert f"the exhibit runs already: process {os.getpid()}" in done.stderr
