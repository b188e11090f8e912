from __future__ import annotations

import numpy as np
import pygame
import pytest

from installation.config import Config
from installation.engine.publisher import TimedStageMessage
from installation.film.film import (
    WARM_UP_S,
    FilmOptions,
    FrameFolderWriter,
    make_message_poll,
    open_film_writer,
    tour_options,
)
from installation.film.offline_take import OfflineTake
from installation.session.options import OutputPathError
from messages.cues import ModelChange


def test_frames_are_numbered_beside_their_sound(tmp_path):
    writer = FrameFolderWriter(tmp_path / "frames", np.zeros((10, 2), np.float32))
    for _ in range(2):
        writer.write_frame(pygame.Surface((8, 8)))
    writer.close()
    names = sorted(path.name for path in (tmp_path / "frames").iterdir())
    assert names == ["frame-00000.png", "frame-00001.png", "sound.wav"]


def test_only_films_and_folders_are_written(tmp_path):
    with pytest.raises(OutputPathError, match="neither"):
        open_film_writer(tmp_path / "a.avi", np.zeros((1, 2), np.float32), 60)


def test_the_stage_polls_each_message_once_and_in_time() -> None:
    messages = [ModelChange(), ModelChange()]
    timed = [TimedStageMessage(at, message) for at, message in zip((1, 3), messages, strict=True)]
    now = [0]
    poll = make_message_poll(OfflineTake(timed, [], 4), now)
    assert poll() == []
    now[0] = 2
    assert poll() == messages[:1]
    now[0] = 9
    assert poll() == messages[1:]
    assert poll() == []


def test_a_film_of_the_tour_is_as_long_and_nobody_plays() -> None:
    options = tour_options(FilmOptions(Config(), 5.0))
    assert options.config.stage.lesson == "tour"
    assert options.seconds + WARM_UP_S == 90.0
    assert options.visitor == ()
