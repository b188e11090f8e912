"""The instruments of the embedded synth, as the settings choose them."""

from __future__ import annotations

from pathlib import Path

from installation.config import SoundSettings
from installation.io.audio.instruments import find_instrument
from messages.cues import NoteSource


def instrument_paths(sound: SoundSettings, has_band: bool = False) -> dict[int, Path]:
    """SFZ files of the embedded synth, by MIDI channel.

    Parameters
    ----------
    sound : SoundSettings
    has_band : bool
        Whether drums and bass play.

    Returns
    -------
    dict of int to Path

    Raises
    ------
    InstrumentError
        If a name is neither a built-in instrument nor an .sfz file.
    """
    chosen = {NoteSource.VISITOR: sound.visitor, NoteSource.NETWORK: sound.network}
    if has_band:
        chosen |= {NoteSource.BASS: sound.bass, NoteSource.DRUMS: sound.drums}
    return {int(source): find_instrument(source, name) for source, name in chosen.items()}
