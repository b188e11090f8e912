"""Instruments of the embedded synth, rendered a block at a time.

The project's own .sfz files, in `sfz/`, use oscillators only: no samples.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from installation.io.midi.active_notes import SUSTAIN_CONTROLLER
from messages.cues import NoteSource

__all__ = [
    "ClickInstrument",
    "Instrument",
    "InstrumentError",
    "SfzInstrument",
    "SynthUnavailable",
    "built_in_instruments",
    "default_instruments",
    "find_instrument",
]


BLOCK_FRAMES = 64  # frames rendered at a time: 1.3 ms at 48 kHz
MAX_VOICES = 160  # oscillators that may sound at once: 32 notes of five layers
SFZ_FOLDER = Path(__file__).with_name("sfz")
DEFAULT_NAMES: Mapping[NoteSource, str] = {
    NoteSource.VISITOR: "keys",
    NoteSource.NETWORK: "glass",
    NoteSource.BASS: "round",
    NoteSource.DRUMS: "kit",
}
BAND_SOURCES = (NoteSource.BASS, NoteSource.DRUMS)  # they have instruments if there is a band


class InstrumentError(ValueError):
    """A file is no playable instrument."""


class SynthUnavailable(RuntimeError):  # noqa: N818 - a state of the machine, no mistake
    """The library that plays .sfz files is not installed."""


def built_in_instruments(source: NoteSource) -> dict[str, Path]:
    """The built-in instruments of a source of notes.

    Parameters
    ----------
    source : NoteSource

    Returns
    -------
    dict of str to Path
        Files by name.
    """
    folder = SFZ_FOLDER / source.name.lower()
    return {path.stem: path for path in sorted(folder.glob("*.sfz"))}


def find_instrument(source: NoteSource, name: str) -> Path:
    """The file of a built-in instrument, or of one's own.

    Parameters
    ----------
    source : NoteSource
    name : str
        A built-in instrument, the path of an .sfz file, or empty for the first choice.

    Returns
    -------
    Path

    Raises
    ------
    InstrumentError
        If it is neither.
    """
    built_in = built_in_instruments(source)
    if (path := built_in.get(name or DEFAULT_NAMES[source])) is not None:
        return path
    if Path(name).suffix.lower() != ".sfz":
        raise InstrumentError(
            f"sound.{source.name.lower()} = {name!r} is no instrument: accepted are "
            f"{', '.join(built_in)}, or the path of an .sfz file"
        )
    return Path(name)


def default_instruments() -> dict[int, Path]:
    """The first choice for the channels of visitor and network.

    Returns
    -------
    dict of int to Path
    """
    return {
        int(source): find_instrument(source, "")
        for source in DEFAULT_NAMES
        if source not in BAND_SOURCES
    }


class Instrument(ABC):
    """A pitched instrument, rendered in blocks of `BLOCK_FRAMES` frames.

    Every `offset` is a frame within the block that is rendered next.
    """

    @abstractmethod
    def note_on(self, offset: int, pitch: int, velocity: int) -> None:
        """Start a note."""

    @abstractmethod
    def note_off(self, offset: int, pitch: int) -> None:
        """End a note."""

    @abstractmethod
    def pedal(self, offset: int, value: int) -> None:
        """Move the sustain pedal, 0..127."""

    @abstractmethod
    def bend(self, offset: int, value: int) -> None:
        """Move the pitch wheel, -8192..8191."""

    @abstractmethod
    def stop(self) -> None:
        """End all sound at once, without a fade."""

    @abstractmethod
    def render(self) -> NDArray[np.float32]:
        """The next block, shape (BLOCK_FRAMES, 2)."""


class ClickInstrument(Instrument):
    """The dummy instrument.

    A note-on is one sample of height velocity / 127 on the left; a note-off is one of height 1
    on the right.
    """

    def __init__(self) -> None:
        self.stop()

    def note_on(self, offset: int, pitch: int, velocity: int) -> None:
        self._block[offset, 0] += velocity / 127

    def note_off(self, offset: int, pitch: int) -> None:
        self._block[offset, 1] += 1.0

    def pedal(self, offset: int, value: int) -> None:
        """Clicks have no sustain."""

    def bend(self, offset: int, value: int) -> None:
        """Clicks have no pitch."""

    def stop(self) -> None:
        self._block = np.zeros((BLOCK_FRAMES, 2), np.float32)

    def render(self) -> NDArray[np.float32]:
        block = self._block
        self.stop()
        return block


class SfzInstrument(Instrument):
    """An .sfz file played by sfizz (through pysfizz); used by one thread only.

    Parameters
    ----------
    path : Path
    rate : int
        Frames a second.

    Raises
    ------
    InstrumentError
        If the file does not exist, or has no playable region.
    SynthUnavailable
        If pysfizz is not installed.
    """

    def __init__(self, path: Path, rate: int) -> None:
        try:
            # pysfizz's public class renders whole notes only; its native one plays live
            from pysfizz._sfizz import Synth
        except (ImportError, OSError) as error:
            raise SynthUnavailable(f"pysfizz is not installed ({error})") from error
        if not path.is_file():
            raise InstrumentError(f"no instrument at {path}")
        self._synth = Synth(rate, BLOCK_FRAMES)
        if not self._synth.load_sfz_file(str(path)) or not self._synth.get_num_regions():
            raise InstrumentError(f"{path} is no playable .sfz file")
        self._synth.set_num_voices(MAX_VOICES)

    def note_on(self, offset: int, pitch: int, velocity: int) -> None:
        self._synth.note_on(offset, pitch, velocity)

    def note_off(self, offset: int, pitch: int) -> None:
        self._synth.note_off(offset, pitch, 0)

    def pedal(self, offset: int, value: int) -> None:
        self._synth.cc(offset, SUSTAIN_CONTROLLER, value)

    def bend(self, offset: int, value: int) -> None:
        self._synth.pitch_wheel(offset, value)

    def stop(self) -> None:
        self._synth.all_sound_off()

    def render(self) -> NDArray[np.float32]:
        left, right = self._synth.render_block()  # views of reused buffers
        return np.stack((left, right), axis=1)
