"""The page of a duet: one file that needs nothing else, also from a disk."""

from __future__ import annotations

import base64
import hashlib
import io
import json
from collections.abc import Mapping
from datetime import datetime

from installation.visits.duet import Duet, DuetMusic
from installation.web.static_files import StaticFile
from messages.cues import NoteSource

PARTS = ("duet.html", "duet.css", "duet.js")
FONT = "jost-300.ttf"
TICKS_PER_BEAT = 480


class DuetPage:
    """Fills in the page.

    Parameters
    ----------
    files : mapping of str to StaticFile
        Those of the audience's pages.
    words : mapping of str to mapping of str to str
        In every language, by code and key.

    Attributes
    ----------
    policy : str
        Content security policy of the page: its own script and style, and no other.
    """

    def __init__(
        self, files: Mapping[str, StaticFile], words: Mapping[str, Mapping[str, str]]
    ) -> None:
        template, style, script = (files[name].content.decode() for name in PARTS)
        font = base64.b64encode(files[FONT].content).decode()
        style = style.replace("FONT_DATA", f"data:font/ttf;base64,{font}")
        policy = (
            f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(style)}; "
            "font-src data:; img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'"
        )
        self.policy = f"{policy}; frame-ancestors 'none'"
        self._words = words
        head, tail = template.split("DUET_DATA")
        self._head = head.replace("DUET_POLICY", policy).replace("DUET_STYLE", style)
        self._tail = tail.replace("DUET_SCRIPT", script)

    def render(self, duet: Duet, expires_at: datetime) -> str:
        """The page of a duet."""
        music = duet.music
        data = {
            "began": duet.began,
            "until": expires_at.isoformat(timespec="seconds"),
            "style": duet.style,
            "generation": duet.generation,
            "notes": [
                [note.onset_ms, note.duration_ms, note.pitch, note.velocity, int(note.source)]
                for note in music.notes
            ],
            "beat": music.beat_us / 1000,
            "reasons": [[reason.note, reason.cause, reason.nats] for reason in duet.reasons],
            "units": [[unit.layer, unit.unit, unit.difference] for unit in duet.units],
            "midi": base64.b64encode(midi_bytes(music)).decode(),
            "words": self._words,
        }
        text = json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")
        return self._head + text + self._tail


def midi_bytes(music: DuetMusic) -> bytes:
    """A duet as a MIDI file: a track of the visitor's and one of the network's."""
    import mido

    per_ms = TICKS_PER_BEAT * 1000 / music.beat_us
    file = mido.MidiFile(ticks_per_beat=TICKS_PER_BEAT)
    meter = music.meter
    conductor = mido.MidiTrack(
        [
            mido.MetaMessage("set_tempo", tempo=min(music.beat_us, 0xFFFFFF)),
            mido.MetaMessage("time_signature", numerator=meter.beats, denominator=meter.unit),
        ]
    )
    file.tracks.append(conductor)
    start = min((note.onset_ms for note in music.notes), default=0)
    for source, name in ((NoteSource.VISITOR, "visitor"), (NoteSource.NETWORK, "network")):
        events = []
        for note in music.notes:
            if note.source is source:
                begin = round((note.onset_ms - start) * per_ms)
                end = max(begin + 1, round((note.onset_ms + note.duration_ms - start) * per_ms))
                events += [(begin, 1, note.pitch, note.velocity), (end, 0, note.pitch, 0)]
        track, at = mido.MidiTrack([mido.MetaMessage("track_name", name=name)]), 0
        for time, is_on, pitch, velocity in sorted(events):
            kind = "note_on" if is_on else "note_off"
            track.append(
                mido.Message(
                    kind, channel=int(source), note=pitch, velocity=velocity, time=time - at
                )
            )
            at = time
        file.tracks.append(track)
    content = io.BytesIO()
    file.save(file=content)
    return content.getvalue()


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
