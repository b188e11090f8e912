from __future__ import annotations

import pytest

from installation.config import SoundSettings
from installation.io.audio.instruments import InstrumentError
from installation.session.chosen_instruments import instrument_paths
from messages.cues import NoteSource


def test_each_voice_has_an_instrument_on_the_channel_of_its_number() -> None:
    paths = instrument_paths(SoundSettings())
    assert set(paths) == {int(NoteSource.VISITOR), int(NoteSource.NETWORK)}
    assert all(path.is_file() and path.suffix == ".sfz" for path in paths.values())


def test_drums_and_bass_have_instruments_where_there_is_a_band() -> None:
    alone, band = (instrument_paths(SoundSettings(), has_band) for has_band in (False, True))
    assert set(band) - set(alone) == {int(NoteSource.BASS), int(NoteSource.DRUMS)}
    assert alone.items() <= band.items()


def test_an_instrument_of_ones_own_is_taken(tmp_path) -> None:
    path = tmp_path / "own.sfz"
    path.write_text("<region> sample=*sine\n")
    paths = instrument_paths(SoundSettings(network=str(path)))
    assert paths[int(NoteSource.NETWORK)] == path


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(InstrumentError, match="no such thing"):
        instrument_paths(SoundSettings(visitor="no such thing"))
