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


def test_a_restarted_process_plays_other_music_to_other_files_in_the_time_that_is_left() -> None:
    options = PlayOptions(Config(), 7, 10.0, Path("a.mid"), Path("a.wav"), play_along=Path("b.mid"))
    assert options.after_restarts(0, 3.0) is options
    restarted = options.after_restarts(2, 3.0)
    assert restarted.seed == restart_seed(7, 2) != 7
    assert restarted.seconds == 7.0
    assert (restarted.record, restarted.wav) == (Path("a-3.mid"), Path("a-3.wav"))
    assert restarted.play_along is None
    assert options.after_restarts(1, 99.0).seconds == MIN_REMAINING_S


def test_a_path_is_checked_without_being_written(tmp_path) -> None:
    check_output_path(None)
    check_output_path(tmp_path / "a.mid")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(OutputPathError, match="no folder"):
        check_output_path(tmp_path / "nowhere" / "a.mid")
    with pytest.raises(OutputPathError, match="it is a folder"):
        check_output_path(tmp_path)
