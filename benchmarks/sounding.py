"""How exactly notes sound: the embedded synth, and a synth at the far end of a MIDI cable.

The real scheduler plays a list of notes; the sound is captured, and onsets and pitches are found in
it again. A stage draws beside it in another process.
"""

from __future__ import annotations

import multiprocessing
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from threading import Event, Thread

import mido
import numpy as np
from handover import draw
from jack import QUIET, SAMPLE_RATE_HZ, TIMEOUT_S, captured, wait_for_port, why_not
from onsets import click_onsets, matched, read_wav, steadiness
from transcription import Struck, transcribed

from installation.engine.scheduler import Scheduler
from installation.io.audio import sinks as audio
from installation.io.audio.synth import open_synth
from installation.io.midi.backend import match_port
from installation.io.midi.outputs import MidiOutput, TimedOutput
from messages.clock import SECOND, MonotonicClock
from messages.cues import NoteSource
from messages.timed_note import TimedNote

SOUND_FONTS = (
    "/usr/share/sounds/sf2/TimGM6mb.sf2",
    "/usr/share/sounds/sf2/default-GM.sf2",
    "/usr/share/sounds/sf2/FluidR3_GM.sf2",
)
"""Instruments for the far end: whichever is installed."""
CLICK = (
    "<region> sample=*sine pitch_keycenter=60 ampeg_attack=0 ampeg_release=0.005 "
    "amp_veltrack=0 volume=-6\n"
)
"""An instrument that begins at once, so that an onset can be told to the sample."""
LATEST_START = 0.7
"""Seconds before the first note."""
DELAY_TOLERANCE_S = 0.04
"""Seconds by which the delay may differ from one note to the next."""

FAR_GAP, FAR_LENGTH = 0.25, 0.4
"""Seconds from note to note at the far end, about, and of a note: each sounds into the next."""

Notes = list[tuple[float, int]]


@contextmanager
def drawing() -> Iterator[None]:
    """A stage that draws in another process."""
    context = multiprocessing.get_context("spawn")
    stop = context.Event()
    stage = context.Process(target=_draw, args=(stop,), daemon=True)
    stage.start()
    time.sleep(2.0)
    try:
        yield
    finally:
        stop.set()
        stage.join(TIMEOUT_S)


def _draw(stop: Event) -> None:
    draw(stop, list)


def notes_for(seconds: float, gap: float, pitches: Sequence[int]) -> Notes:
    """Onsets (seconds, from 0) and pitches: uneven gaps, so that no period hides a slip."""
    generator = np.random.default_rng(7)
    onsets = np.cumsum(gap * generator.uniform(0.8, 1.6, round(seconds / (1.2 * gap))))
    return [(float(at), int(generator.choice(pitches))) for at in onsets if at < seconds]


def play(port: TimedOutput, notes: Notes, length: float) -> int:
    """Play notes of `length` seconds by the real scheduler; returns when onset 0 was, ns."""
    scheduler, clock, stop = Scheduler([port]), MonotonicClock(), Event()
    thread = Thread(target=scheduler.run, args=(clock, stop), daemon=True)
    thread.start()
    start = clock.now() + round(LATEST_START * SECOND)
    for at, pitch in notes:
        due = start + round(at * SECOND)
        scheduler.schedule_note(
            TimedNote(pitch, 100, due, due + round(length * SECOND), source=NoteSource.NETWORK)
        )
    time.sleep(LATEST_START + notes[-1][0] + length + 0.2)
    stop.set()
    thread.join()
    return start


def embedded(seconds: float, jack: bool) -> dict[str, object]:
    """The embedded synth, by a sound card's calls where JACK plays one, and by the clock alone."""
    if find_spec("pysfizz") is None:
        return {"skipped": "pysfizz is not installed: the synth is silent"}
    found: dict[str, object] = {"by the clock": _embedded(seconds, None)}
    if jack:
        audio.AUDIO_BACKENDS["linux"] = ("JACK",)
        card = partial(_embedded, seconds, "Hidden State:")
        found["by a sound card (JACK)"] = _attempted(card)
    return found


def _embedded(seconds: float, card: str | None) -> dict[str, object]:
    notes = notes_for(seconds, 0.12, [72])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "click.sfz").write_text(CLICK)
        synth = open_synth(
            {int(NoteSource.NETWORK): folder / "click.sfz"}, audible=card is not None
        )
        path = folder / "heard.wav"
        if card is None:
            start, offset = time.monotonic_ns(), 0.0
            synth.record_wav(path, start)
            began = play(synth, notes, 0.05)
            offset = (began - start) / SECOND
        else:
            outputs = [wait_for_port(f"{card}playback{k}") for k in (0, 1)]
            with captured(path, outputs, round(seconds) + 3):
                play(synth, notes, 0.05)
            offset = None
        synth.close()
        sound, rate = read_wav(path)
    heard = click_onsets(sound, rate)
    sent = [at for at, _ in notes]
    pairs = matched(sent, heard, DELAY_TOLERANCE_S)
    ours, theirs = [sent[i] for i, _ in pairs], [heard[j] for _, j in pairs]
    delay = {}
    if offset is not None and pairs:
        late = np.median(np.array(theirs) - np.array(ours)) - offset
        delay = {"delay_ms": round(1000 * float(late), 3)}
    return (
        {"sent": len(sent), "found": len(pairs), "heard": len(heard)}
        | delay
        | (steadiness(ours, theirs) if pairs else {})
    )


def far_end(seconds: float) -> dict[str, object]:
    """Notes through JACK into FluidSynth; what was sent, and what was heard of it."""
    font = next((one for one in SOUND_FONTS if Path(one).exists()), None)
    missing = [name for name in ("fluidsynth", "jack_rec") if shutil.which(name) is None]
    if missing or font is None:
        return {"skipped": f"not installed: {', '.join(missing) or 'a sound font'}"}
    notes = notes_for(seconds, FAR_GAP, range(48, 84))
    with _fluidsynth(font), tempfile.TemporaryDirectory() as name:
        path = Path(name) / "heard.wav"
        wait_for_port("far:midi")
        jack = mido.Backend("mido.backends.rtmidi/UNIX_JACK")
        output_name = match_port("far", jack.get_output_names(), "output")
        port = MidiOutput(jack.open_output(output_name))
        with captured(path, ["far:left", "far:right"], round(seconds) + 3):
            play(port, notes, FAR_LENGTH)
        port.close()
        sound, rate = read_wav(path)
    return compared(notes, transcribed(sound, rate))


def compared(notes: Notes, heard: Sequence[Struck]) -> dict[str, object]:
    """How much of what was sent was heard; `heard` was found without knowing what was sent."""
    pairs = matched([at for at, _ in notes], [struck.onset for struck in heard], DELAY_TOLERANCE_S)
    right = [(i, j) for i, j in pairs if notes[i][1] in heard[j].pitches]
    report: dict[str, object] = {
        "sent": len(notes),
        "onsets_found": len(pairs),
        "found_at_their_pitch": len(right),
        "heard_but_not_sent": sum(len(struck.pitches) for struck in heard) - len(right),
    }
    if right:
        report |= steadiness([notes[i][0] for i, _ in right], [heard[j].onset for _, j in right])
    return report


@contextmanager
def _fluidsynth(font: str) -> Iterator[None]:
    """FluidSynth, dry, as the client `far` of the JACK server."""
    command = f"fluidsynth -a jack -m jack -r {SAMPLE_RATE_HZ} -R 0 -C 0 -i -s"
    options = ("audio.jack.id=far", "midi.jack.id=far", f"shell.port={_free_port()}")
    words = [*command.split(), *(w for option in options for w in ("-o", option)), font]
    synth = subprocess.Popen(words, stdin=subprocess.DEVNULL, **QUIET)
    try:
        yield
    finally:
        synth.terminate()
        try:
            synth.wait(TIMEOUT_S)
        except subprocess.TimeoutExpired:
            synth.kill()
            synth.wait(TIMEOUT_S)


def _free_port() -> int:
    """A TCP port nobody listens at: without its shell FluidSynth ends at once."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def _attempted(part: Callable[[], dict[str, object]]) -> dict[str, object]:
    """What a part finds, at the second attempt if need be, or why it finds nothing."""
    try:
        return part()
    except TimeoutError:
        try:
            return part()
        except TimeoutError as error:
            return {"failed": str(error)}


def measure(seconds: float, jack: bool) -> dict[str, object]:
    """All of it beside a drawing stage, a third of the time each."""
    each = max(3.0, seconds / 3)
    parts: dict[str, Callable[[], object]] = {"embedded synth": partial(embedded, each, jack)}
    if jack:
        parts["far end (FluidSynth)"] = partial(far_end, each)
    reason = why_not() or "no JACK server starts here"
    with drawing():
        found = {name: _attempted(part) for name, part in parts.items()}
    return found | ({} if jack else {"far end (FluidSynth)": {"skipped": reason}})
