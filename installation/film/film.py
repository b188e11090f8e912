"""Films: a performance rendered offline, with sound and picture in exact step."""

from __future__ import annotations

import tempfile
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pygame
from numpy.typing import NDArray

from installation.config import Config, SoundSettings
from installation.film.offline_take import (
    SAMPLE_RATE_HZ,
    OfflineTake,
    ScriptedKeyPress,
    compose_take,
    render_audio,
    sweep_blend,
    write_wav,
)
from installation.io.audio.instruments import Instrument, SfzInstrument
from installation.session.blend_partners import create_blend, load_blend_partners
from installation.session.chosen_instruments import instrument_paths
from installation.session.live_session import resolve_live_settings
from installation.session.model_loading import create_band, load_model, model_path
from installation.session.options import OutputPathError
from installation.session.stage_factory import open_stage
from messages.clock import SECOND
from messages.cues import StageMessage
from rnn.generation.improviser import Improviser
from rnn.model.checkpoint import Checkpoint, CheckpointError
from visuals.drawing.theme import PICTURE_SIZE_PX
from visuals.tour import TOUR_NAME, TOUR_S

LEAD_IN_S = 3.0  # part of the performance before the film begins, seconds
WARM_UP_S = 1.0  # time drawn but not kept, in which the light settles, seconds
TOUR_REST_BARS = 0.5  # rest between two tunes of a filmed tour, bars
FRAMES_PER_SECOND = 60
SOUND_FILE_NAME, FRAME_FILE_PATTERN = "sound.wav", "frame-{:05d}.png"


class FilmUnavailable(RuntimeError):  # noqa: N818 - a state of the machine
    """The library that writes films is not installed."""


class FilmWriter(ABC):
    """Writes the frames of a film one after another."""

    @abstractmethod
    def write_frame(self, picture: pygame.Surface) -> None:
        """Write the next frame."""

    @abstractmethod
    def close(self) -> None:
        """Finish the film."""


class FrameFolderWriter(FilmWriter):
    """Writes a .png file for each frame, and one .wav file."""

    def __init__(self, folder: Path, sound: NDArray[np.float32]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._count = folder, 0
        write_wav(folder / SOUND_FILE_NAME, sound)

    def write_frame(self, picture: pygame.Surface) -> None:
        pygame.image.save(picture, str(self._folder / FRAME_FILE_PATTERN.format(self._count)))
        self._count += 1

    def close(self) -> None: ...


class VideoFileWriter(FilmWriter):
    """Writes an .mp4 file (H.264 and AAC) by ffmpeg."""

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
    """Options of a film.

    Parameters
    ----------
    config : Config
        Its stage settings name the scene.
    seconds : float
    seed : int
        Random seed of everything composed.
    rate : int
        Frames per second.
    visitor : sequence of ScriptedKeyPress, optional
        Keys of the visitor; by default a phrase now and then.
    """

    config: Config
    seconds: float
    seed: int = 1
    rate: int = FRAMES_PER_SECOND
    visitor: Sequence[ScriptedKeyPress] | None = None


def open_film_writer(output: Path, sound: NDArray[np.float32], rate: int) -> FilmWriter:
    """Open an .mp4 file if the name ends so, otherwise a folder for frames."""
    if output.suffix.lower() == ".mp4":
        return VideoFileWriter(output, sound, rate)
    if output.suffix:
        raise OutputPathError(f"{output} is neither a .mp4 file nor a folder")
    return FrameFolderWriter(output, sound)


def load_instruments(sound: SoundSettings, has_band: bool = False) -> dict[int, Instrument]:
    """Load the instruments of the embedded synth, by MIDI channel."""
    paths = instrument_paths(sound, has_band)
    return {channel: SfzInstrument(path, SAMPLE_RATE_HZ) for channel, path in paths.items()}


def tour_options(options: FilmOptions) -> FilmOptions:
    """Options of a film of the tour: its length, nobody who plays, and hardly a rest.

    Parameters
    ----------
    options : FilmOptions

    Returns
    -------
    FilmOptions
    """
    config = options.config.with_values("stage", lesson=TOUR_NAME)
    config = config.with_values("live", attract_rest=TOUR_REST_BARS, attract_rest_longest=0.0)
    return replace(options, config=config, seconds=TOUR_S - WARM_UP_S, visitor=())


def render_film(options: FilmOptions, output: Path, progress: Callable[[float], None]) -> int:
    """Compose, draw and write a film.

    Parameters
    ----------
    options : FilmOptions
    output : Path
        An .mp4 file, or a folder for the frames.
    progress : callable
        Gets the share that is done, 0..1.

    Returns
    -------
    int
        Number of frames.

    Raises
    ------
    FilmUnavailable, OutputPathError, UnknownStyleError, CheckpointError, InstrumentError
    """
    config = options.config
    checkpoint = load_model(config.style)
    models = [checkpoint, *load_blend_partners(config.style, checkpoint)]
    seconds = LEAD_IN_S + options.seconds
    take = compose_film_take(config, models, seconds, options.seed, options.visitor)
    start = round(LEAD_IN_S * SECOND)
    instruments = load_instruments(config.sound, has_band=config.live.band != "off")
    heard = config.sound
    sound = render_audio(take, instruments, heard.volume, start, heard.side_chain)
    writer = open_film_writer(output, sound, options.rate)
    try:
        return render_frames(config, models, take, start, options.rate, writer, progress)
    finally:
        writer.close()


def render_sample(model: Checkpoint, path: Path, seconds: float, seed: int) -> None:
    """Write a sound file of a model that plays by itself, as in attract mode.

    Parameters
    ----------
    model : Checkpoint
        Of pitched music.
    path : Path
        A .wav file.
    seconds : float
        Without the fading at the end.
    seed : int

    Raises
    ------
    InstrumentError
        If an instrument cannot be loaded.
    SynthUnavailable
        If the synth's library is not installed.
    OSError
        If the file cannot be written.
    """
    config = Config()
    live = resolve_live_settings(config, model)
    take = compose_take(Improviser(model), live, seconds, seed, visitor=())
    instruments = load_instruments(config.sound)
    write_wav(path, render_audio(take, instruments, config.sound.volume, 0))


def compose_film_take(
    config: Config,
    models: Sequence[Checkpoint],
    seconds: float,
    seed: int,
    visitor: Sequence[ScriptedKeyPress] | None = None,
) -> OfflineTake:
    """Compose a performance of blended models; the blend changes in the blend scene only."""
    try:
        composer = create_blend(models[0], list(models[1:]))
    except TypeError as error:
        raise CheckpointError(f"{model_path(config.style)}: {error}") from error
    changes = sweep_blend(len(models), seconds) if config.stage.scene == "blend" else ()
    live = resolve_live_settings(config, models[0])
    band = create_band(config.live, seed)
    return compose_take(composer, live, seconds, seed, visitor, changes, band)


def render_frames(
    config: Config,
    models: Sequence[Checkpoint],
    take: OfflineTake,
    start: int,
    rate: int,
    writer: FilmWriter,
    progress: Callable[[float], None] = lambda share: None,
) -> int:
    """Draw a take from `start` (ns) to its end at `rate` frames per second.

    The first of `models` is the leading one. Returns the number of frames.
    """
    now = [0]
    messages = make_message_poll(take, now)
    stage = open_stage(
        config.stage, models[0], messages, lambda gesture: None, True, partners=models[1:]
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
    """Make a function that returns the messages sent by time `now[0]` (ns), each once."""
    unread = deque(take.stage_messages)

    def poll() -> list[StageMessage]:
        messages = []
        while unread and unread[0].at <= now[0]:
            messages.append(unread.popleft().message)
        return messages

    return poll
