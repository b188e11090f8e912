"""Filming: a performance drawn and heard off line, sound and picture in exact step."""

from __future__ import annotations

import tempfile
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pygame
from numpy.typing import NDArray

from installation.config import Config, SoundSettings
from installation.film.offline_take import (
    OfflineTake,
    compose_take,
    render_audio,
    sweep_blend,
    write_wav,
)
from installation.io.audio.instruments import DEFAULT_INSTRUMENTS, Instrument, SfzInstrument
from installation.session.blend_partners import create_blend, load_blend_partners
from installation.session.live_session import load_model, model_path, resolve_live_settings
from installation.session.options import OutputPathError
from installation.session.stage_factory import open_stage
from messages.clock import SECOND
from messages.cues import NoteSource, StageMessage
from rnn.model.checkpoint import Checkpoint, CheckpointError
from visuals.drawing.theme import PICTURE_SIZE_PX

LEAD_IN_S = 3.0
"""Seconds of the performance before the film begins: the network is awake by then."""
WARM_UP_S = 1.0
"""Seconds drawn and not kept, for the light to settle."""
FRAMES_PER_SECOND = 60
"""Pictures a second."""
SOUND_FILE_NAME, FRAME_FILE_PATTERN = "sound.wav", "frame-{:05d}.png"


class FilmUnavailable(RuntimeError):  # noqa: N818 - a state of the machine, no mistake
    """What writes films is not installed."""


class FilmWriter(ABC):
    """Takes the pictures of a film one after another."""

    @abstractmethod
    def write_frame(self, picture: pygame.Surface) -> None:
        """Take the next picture."""

    @abstractmethod
    def close(self) -> None:
        """Finish the film."""


class DummyFilmWriter(FilmWriter):
    """Counts the pictures and keeps a small copy of the last."""

    def __init__(self) -> None:
        self.frame_count = 0
        self.last_frame: pygame.Surface | None = None

    def write_frame(self, picture: pygame.Surface) -> None:
        self.frame_count += 1
        self.last_frame = picture.copy()

    def close(self) -> None: ...


class FrameFolderWriter(FilmWriter):
    """A .png file a picture, and one .wav file.

    Parameters
    ----------
    folder : Path
        Made if it is not there.
    sound : ndarray of float32, shape (n, 2)
    """

    def __init__(self, folder: Path, sound: NDArray[np.float32]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._count = folder, 0
        write_wav(folder / SOUND_FILE_NAME, sound)

    def write_frame(self, picture: pygame.Surface) -> None:
        pygame.image.save(picture, str(self._folder / FRAME_FILE_PATTERN.format(self._count)))
        self._count += 1

    def close(self) -> None: ...


class VideoFileWriter(FilmWriter):
    """An .mp4 file (H.264 and AAC), written by ffmpeg.

    Parameters
    ----------
    path : Path
    sound : ndarray of float32, shape (n, 2)
    rate : int
        Pictures a second.

    Raises
    ------
    FilmUnavailable
        If `imageio-ffmpeg` is not installed.
    """

    def __init__(self, path: Path, sound: NDArray[np.float32], rate: int) -> None:
        try:
            from imageio_ffmpeg import write_frames
        except ImportError as error:
            raise FilmUnavailable(
                "a film file needs imageio-ffmpeg: pip install 'hidden-state[film]'; "
                "a folder of frames needs nothing"
            ) from error
        self._resources = ExitStack()
        folder = Path(self._resources.enter_context(tempfile.TemporaryDirectory()))
        write_wav(folder / SOUND_FILE_NAME, sound)
        self._writer: Generator[None, bytes, None] = write_frames(
            str(path),
            PICTURE_SIZE_PX,
            fps=rate,
            quality=8,
            macro_block_size=2,
            audio_path=str(folder / SOUND_FILE_NAME),
            audio_codec="aac",
            output_params=["-shortest"],
            ffmpeg_log_level="error",
        )
        self._resources.callback(self._writer.close)
        self._writer.send(None)

    def write_frame(self, picture: pygame.Surface) -> None:
        self._writer.send(pygame.image.tobytes(picture, "RGB"))

    def close(self) -> None:
        self._resources.close()


@dataclass(frozen=True, slots=True)
class FilmOptions:
    """What is filmed.

    Parameters
    ----------
    config : Config
        Its stage's scene is the one that is filmed.
    seconds : float
    seed : int
        Of all that is composed.
    rate : int
        Pictures a second.
    """

    config: Config
    seconds: float
    seed: int = 1
    rate: int = FRAMES_PER_SECOND


def open_film_writer(output: Path, sound: NDArray[np.float32], rate: int) -> FilmWriter:
    """A film file where the name ends in .mp4, else a folder of frames.

    Raises
    ------
    FilmUnavailable, OutputPathError
    """
    if output.suffix.lower() == ".mp4":
        return VideoFileWriter(output, sound, rate)
    if output.suffix:
        raise OutputPathError(f"{output} is neither a .mp4 file nor a folder")
    return FrameFolderWriter(output, sound)


def load_instruments(sound: SoundSettings) -> dict[int, Instrument]:
    """The embedded synth's instruments.

    Raises
    ------
    InstrumentError, SynthUnavailable
    """
    chosen = {NoteSource.VISITOR: sound.visitor, NoteSource.NETWORK: sound.network}
    paths = dict(DEFAULT_INSTRUMENTS) | {
        int(who): Path(path) for who, path in chosen.items() if path
    }
    return {channel: SfzInstrument(path, 48_000) for channel, path in paths.items()}


def render_film(options: FilmOptions, output: Path, progress: Callable[[float], None]) -> int:
    """Compose, draw and write a film; returns how many pictures it has.

    `progress` is told the share that is done, 0..1.

    Raises
    ------
    FilmUnavailable, OutputPathError, UnknownStyleError, CheckpointError, InstrumentError
    """
    config = options.config
    checkpoint = load_model(config.style)
    partners = load_blend_partners(config.style, checkpoint)
    take = compose_film_take(
        config, [checkpoint, *partners], LEAD_IN_S + options.seconds, options.seed
    )
    start = round(LEAD_IN_S * SECOND)
    sound = render_audio(take, load_instruments(config.sound), config.sound.volume, start)
    writer = open_film_writer(output, sound, options.rate)
    try:
        troupe = [checkpoint, *partners]
        return render_frames(config, troupe, take, start, options.rate, writer, progress)
    finally:
        writer.close()


def compose_film_take(
    config: Config, troupe: Sequence[Checkpoint], seconds: float, seed: int
) -> OfflineTake:
    """A performance of networks that are blended; where the blend is filmed, it wanders.

    Raises
    ------
    CheckpointError
        If one does not speak notes.
    """
    try:
        composer = create_blend(troupe[0], list(troupe[1:]))
    except TypeError as error:
        raise CheckpointError(f"{model_path(config.style)}: {error}") from error
    steered = sweep_blend(len(troupe), seconds) if config.stage.scene == "blend" else ()
    live = resolve_live_settings(config, troupe[0])
    return compose_take(composer, live, seconds, seed, steered=steered)


def render_frames(
    config: Config,
    troupe: Sequence[Checkpoint],
    take: OfflineTake,
    start: int,
    rate: int,
    writer: FilmWriter,
    progress: Callable[[float], None] = lambda share: None,
) -> int:
    """Draw a take from `start` (ns) to its end, `rate` pictures a second; returns how many.

    `troupe` are the networks that play, the one that leads at first before the others.
    """
    now = [0]
    messages = make_message_poll(take, now)
    stage = open_stage(
        config.stage, troupe[0], messages, lambda gesture: None, True, partners=troupe[1:]
    )
    count = round((take.end - start) / SECOND * rate)
    warm = min(round(WARM_UP_S * rate), int(start / SECOND * rate))
    try:
        for number in range(-warm, count):
            now[0] = start + round(number * SECOND / rate)
            stage.show_frame(now[0])
            if number >= 0:
                writer.write_frame(stage.picture)
                progress((number + 1) / count)
    finally:
        stage.close()
    return count


def make_message_poll(take: OfflineTake, now: list[int]) -> Callable[[], list[StageMessage]]:
    """What the stage polls: the messages sent by `now[0]`, each once."""
    place = 0

    def poll() -> list[StageMessage]:
        nonlocal place
        first = place
        while place < len(take.stage_messages) and take.stage_messages[place].at <= now[0]:
            place += 1
        return [told.message for told in take.stage_messages[first:place]]

    return poll
