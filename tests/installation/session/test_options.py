from __future__ import annotations

from pathlib import Path

import pytest

from installation.config import Config
from installation.session.options import (
    MIN_REMAINING_S,
    OutputPathError,
    PlayOptions,
    check_output_path,
    restart_seed,
)
from installation.sets.set_file import NO_SET, SetError


def test_a_restarted_process_plays_other_music_to_other_files_in_the_time_that_is_left() -> None:
    options = PlayOptions(Config(), 7, 10.0, Path("a.mid"), Path("a.wav"), play_along=Path("b.mid"))
    assert options.after_restarts(0, 3.0) is options
    restarted = options.after_restarts(2, 3.0)
    assert restarted.seed == restart_seed(7, 2) != 7
    assert restarted.seconds == 7.0
    assert (restarted.record, restarted.wav) == (Path("a-3.mid"), Path("a-3.wav"))
    assert restarted.play_along is None
    assert restarted.is_restart and not options.is_restart
    assert options.after_restarts(1, 99.0).seconds == MIN_REMAINING_S


def test_the_settings_of_the_set_that_plays_are_known() -> None:
    options = PlayOptions(Config(), seed=1).with_set("chapel")
    assert options.config_of_set("") is options.config_of_set("chapel") is options.config
    assert options.config_of_set(NO_SET) == Config()
    assert options.config_of_set("sonar") == options.with_set("sonar").config
    with pytest.raises(SetError, match="nowhere"):
        options.config_of_set("nowhere")


def test_a_path_is_checked_without_being_written(tmp_path) -> None:
    check_output_path(None)
    check_output_path(tmp_path / "a.mid")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(OutputPathError, match="no folder"):
        check_output_path(tmp_path / "nowhere" / "a.mid")
    with pytest.raises(OutputPathError, match="it is a folder"):
        check_output_path(tmp_path)
