"""Settings of the music: the network, the conversation, and the sound."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from installation.config.section import Beats, ConfigSection, NameList, Seconds

DrumGenre = Literal[
    "auto", "other", "afrobeat", "afrocuban", "blues", "country", "dance", "funk", "gospel",
    "highlife", "hiphop", "jazz", "latin", "middleeastern", "neworleans", "pop", "punk", "reggae",
    "rock", "soul",
]  # fmt: skip
"""Genres that the settings accept: "auto", and those of `midi_data.drums.GENRES`."""


class StyleSettings(ConfigSection):
    """The playing network: a style or a model file (which wins), and styles to blend in.

    Parameters
    ----------
    name : str
        An installed style.
    model : str
        Path of a model file.
    blend : list of str
        Styles to blend in; "*" for all that fit.
    """

    name: str = "irish"
    model: str = ""
    blend: NameList = ["*"]


class LiveSettings(ConfigSection):
    """The conversation between visitor and network.

    Parameters
    ----------
    mode : {"answer", "together", "continuous"}
    band : {"off", "soft", "full"}
        Drums and bass: with the network alone (soft), or with the visitor, too (full).
    genre : str
        Genre that the drummer is told; "auto" is rock, or soul for what is calm.
    tempo : float
        Beats a minute; 0 for the style's own tempo.
    tempo_from : {"visitor", "midi", "link"}
        Source of the tempo.
    transport : bool
        Whether start, continue and stop of the MIDI clock begin and end the network's own tunes.
    look_ahead : float
        Time composed ahead of the sound, beats.
    temperature, top_p : float
        Sampling temperature, and the probability of the choices to sample from; 0 for the
        style's own.
    pause, pause_beats : float
        Silence before an answer, in seconds and in beats; the longer one counts.
    hold_limit : float
        Longest time that a held key delays an answer, seconds.
    farewell_after : float
        Time without a key that ends a visit, seconds.
    warn_before : float
        Time between the warning and the end of a visit, seconds; 0 for no warning.
    attract : bool
        Whether the network plays while no visitor does.
    attract_level : int
        MIDI velocity of the network's notes while no visitor plays.
    expression : float
        Share of accents, phrasing and timing in the network's playing, from 0 to 1.
    attract_rest, attract_rest_longest : float
        First and longest rest between two tunes of attract mode, bars.
    auditions : int
        Most tunes, or versions of a section, that are composed in silence for each one that is
        played in attract mode; the style's critic draws one of them. 0 for none.
    ghosts : bool
        Whether phrases of past visitors answer now and then.
    """

    mode: Literal["answer", "together", "continuous"] = "answer"
    band: Literal["off", "soft", "full"] = "off"
    genre: DrumGenre = "auto"
    tempo: float = Field(0.0, ge=0, le=240)
    tempo_from: Literal["visitor", "midi", "link"] = "visitor"
    transport: bool = False
    look_ahead: Beats = 3.0
    temperature: float = Field(0.0, ge=0, le=3)
    top_p: float = Field(0.0, ge=0, le=1)
    pause: Seconds = 0.7
    pause_beats: Beats = 2.0
    hold_limit: Seconds = 4.0
    farewell_after: Seconds = 20.0
    warn_before: float = Field(6.0, ge=0, le=3600)
    attract: bool = True
    attract_level: int = Field(54, ge=1, le=127)
    expression: float = Field(1.0, ge=0, le=1)
    attract_rest: float = Field(2.0, ge=0, le=64)
    attract_rest_longest: float = Field(16.0, ge=0, le=256)
    auditions: int = Field(12, ge=0, le=64)
    ghosts: bool = True


class SoundSettings(ConfigSection):
    """The embedded synth, and the delay of the sound.

    Parameters
    ----------
    enabled : bool
    volume : float
        From 0 to 1.
    device : str
        Name of the sound card or a part of it; empty for the system's default.
    latency_ms : float
        Delay of the sound of an output, ms.
    latencies : dict of str to float
        The same for single outputs, by their names or parts of them.
    visitor, network, bass, drums : str
        Name of a built-in instrument, or path of an .sfz file; empty for the first choice.
    side_chain : float
        Share by which the bass yields to the kick, from 0 to 1.
    """

    enabled: bool = True
    volume: float = Field(0.8, ge=0, le=1)
    device: str = ""
    latency_ms: float = Field(0.0, ge=0, le=200)
    latencies: dict[str, Annotated[float, Field(ge=0, le=200)]] = {}
    visitor: str = "keys"
    network: str = "glass"
    bass: str = "round"
    drums: str = "kit"
    side_chain: float = Field(0.4, ge=0, le=1)
