"""What the band costs beside the melody, in one run: frames, notes, embedded onsets and load.

    python benchmarks/band_cost.py [--parts frames live onsets] [--seconds 150] [--frames 300]
                                   [--jack]

Frames of one take are drawn with and without the band's cues in turn, and the same performer plays
with and without a band on a real clock, so that both meet the same load. A p99 needs a hundred
notes: of fewer the largest lateness is told instead. With --jack the notes go through rtmidi and a
JACK server without hardware, as `hidden-state bench timing` has it: they are timed once they are
handed over, and again at a listener, where a period of the server is part of the delay.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import numpy as np
import pygame
from jack import jack_server, why_not
from mido import Backend, Message
from mido.ports import BaseOutput
from onsets import click_onsets, matched, read_wav, steadiness
from sounding import CLICK, DELAY_TOLERANCE_S, notes_for

from installation.config import Config, load_config
from installation.engine.key_input import KeyInput
from installation.engine.performer import Performer
from installation.engine.publisher import DummySubscriber
from installation.engine.run import run_live
from installation.engine.scheduler import Scheduler
from installation.film.film import compose_film_take
from installation.film.offline_take import OfflineTake
from installation.io.audio.synth import open_synth
from installation.io.midi.backend import match_port
from installation.io.midi.outputs import TimedOutput
from installation.session.chosen_instruments import instrument_paths
from installation.session.live_session import create_composer, resolve_live_settings
from installation.session.model_loading import create_band, load_model
from installation.sets.set_file import apply_set
from messages.clock import SECOND, MonotonicClock
from messages.cues import BandCue, NoteCue, NoteSource
from messages.timed_note import TimedNote
from visuals.drawing.sprites import blank_surface
from visuals.drawing.theme import PICTURE_SIZE_PX
from visuals.frame_builder import FrameBuilder
from visuals.network_summary import NetworkSummary
from visuals.scene_cache import SceneKey, build_scene

SET = "sonar"
SCENES = ("cortex", "waves", "why", "circuit")
WARM_UP_S, BLOCKS = 10.0, 5
KICK_PITCH, SOFT_DB = 36, -60
PARTS = ("frames", "live", "onsets")
MIN_NOTES_FOR_P99 = 100
MAX_ONSETS_S = 30.0
JACK_PERIOD, LISTENER_NAME = 64, "kick-listener"  # frames: 1.3 ms
LISTENER_POLL_S = 0.0002


class TimedNotes(TimedOutput):
    """An output that keeps when each kick and each note of the melody was sent, ns.

    Parameters
    ----------
    port : BaseOutput, optional
        Where the notes go to, before they are timed.
    """

    def __init__(self, port: BaseOutput | None = None) -> None:
        super().__init__()
        self.kicks: list[int] = []
        self.melody: list[int] = []
        self._port = port

    def _deliver(self, message: Message) -> None:
        if self._port is not None:
            self._port.send(message)
        if message.type == "note_on" and message.channel == NoteSource.NETWORK:
            self.melody.append(time.monotonic_ns())
        elif (
            message.type == "note_on"
            and message.channel == NoteSource.DRUMS
            and message.note == KICK_PITCH
        ):
            self.kicks.append(time.monotonic_ns())


class KickListener:
    """A MIDI port at the JACK server that keeps when each kick arrived, ns.

    It asks rtmidi's queue: in a callback, messages come twice while Python waits for its lock.
    """

    def __init__(self) -> None:
        import rtmidi

        self.kicks: list[int] = []
        self._port = rtmidi.MidiIn(rtapi=rtmidi.API_UNIX_JACK, name=LISTENER_NAME)
        self._port.open_virtual_port("port")
        self._stop = Event()
        self._thread = Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        while not self._stop.wait(LISTENER_POLL_S):
            while (event := self._port.get_message()) is not None:
                status, *data = event[0]
                if status == 0x90 | NoteSource.DRUMS and data[0] == KICK_PITCH and data[1]:
                    self.kicks.append(time.monotonic_ns())

    def close(self) -> None:
        """Close the port."""
        self._stop.set()
        self._thread.join()
        self._port.delete()


@contextmanager
def far_end(jack: bool) -> Iterator[tuple[BaseOutput | None, KickListener | None]]:
    """A port to a listener at a JACK server, and the listener; none without JACK."""
    if not jack:
        yield None, None
        return
    with jack_server(JACK_PERIOD) as name:
        if not name:
            raise SystemExit(why_not() or "no JACK server starts here")
        listener = KickListener()
        backend = Backend("mido.backends.rtmidi/UNIX_JACK")
        port = backend.open_output(match_port(LISTENER_NAME, backend.get_output_names(), "output"))
        try:
            yield port, listener
        finally:
            port.close()
            listener.close()


def frame_times(take: OfflineTake, network: NetworkSummary, frames: int) -> dict[str, list[float]]:
    """Median milliseconds of processor a frame, with and without the band, of each scene."""
    bare = [each for each in take.stage_messages if not isinstance(each.message, BandCue)]
    pygame.font.init()
    surface, found = blank_surface(PICTURE_SIZE_PX), {}
    for name in SCENES:
        scenes = [build_scene(SceneKey(network, (network,), "en", name)) for _ in range(2)]
        drawn = [(FrameBuilder(network), iter(told)) for told in (take.stage_messages, bare)]
        coming = [next(told) for _, told in drawn]
        spent: list[list[float]] = [[], []]
        for number in range(frames + 60):
            now = round((WARM_UP_S + number / 60) * SECOND)
            for k in (0, 1) if number % 2 else (1, 0):
                builder, told = drawn[k]
                while coming[k] is not None and coming[k].at <= now:
                    builder.apply_message(coming[k].message)
                    coming[k] = next(told, None)
                begun = time.thread_time_ns()
                scenes[k].draw(surface, builder.build_frame(now, number))
                if number >= 60:  # sprites are made when first used
                    spent[k].append((time.thread_time_ns() - begun) / 1e6)
        found[name] = [float(np.median(each)) for each in spent]
    return found


def play_live(config: Config, seconds: float, jack: bool) -> tuple[dict[str, list[float]], float]:
    """Lateness of kicks and of the melody (ms), and the share of a processor of the performer."""
    with far_end(jack) as (cable, listener):
        late, due, share = _play_on(TimedNotes(cable), config, seconds)
        if listener is not None:
            late["kick at the listener"] = late_ms(listener.kicks, due)
    return late, share


def _play_on(
    port: TimedNotes, config: Config, seconds: float
) -> tuple[dict[str, list[float]], list[int], float]:
    """Lateness of kicks and melody (ms), when kicks were due (ns), and share of a processor."""
    model, clock = load_model(config.style), MonotonicClock()
    settings = resolve_live_settings(config, model).model_copy(update={"attract_rest": 0.0})
    told, scheduler = DummySubscriber(), Scheduler([port])
    performer = Performer(
        create_composer(config.style, model),
        KeyInput([port]),
        scheduler,
        [told],
        settings,
        1,
        clock.now(),
        band=create_band(config.live, 1),
    )
    begun, worked = time.monotonic_ns(), time.process_time_ns()
    run_live(performer, scheduler, clock, Event(), clock.now() + round(seconds * SECOND))
    share = (time.process_time_ns() - worked) / (time.monotonic_ns() - begun)
    kicks = [m.due for m in told.messages if isinstance(m, BandCue) and m.pitch == KICK_PITCH]
    melody = [m.due for m in told.messages if isinstance(m, NoteCue)]
    late = {"kick": late_ms(port.kicks, kicks), "melody": late_ms(port.melody, melody)}
    return late, kicks, share


def late_ms(sent: Sequence[int], due: Sequence[int]) -> list[float]:
    """Milliseconds of each note after the time nearest to it at which one was due."""
    known = np.array(due)
    return [float(at - known[np.abs(known - at).argmin()]) / 1e6 for at in sent]


def embedded_steadiness(config: Config, seconds: float, parts: Sequence[int]) -> dict[str, object]:
    """How steadily clicks of one part sound while other parts play, softly."""
    notes = notes_for(seconds, 0.12, [72])
    with tempfile.TemporaryDirectory() as name:
        folder, paths = Path(name), {}
        (folder / "click.sfz").write_text(CLICK)
        for channel, path in instrument_paths(config.sound, has_band=True).items():
            if channel in parts:  # they cost as much as ever, and hide no click
                paths[channel] = folder / f"{channel}.sfz"
                soft = re.sub(r"global_volume=\S+", f"global_volume={SOFT_DB}", path.read_text())
                paths[channel].write_text(soft)
        synth = open_synth({int(NoteSource.NETWORK): folder / "click.sfz"} | paths, audible=False)
        synth.record_wav(folder / "heard.wav", time.monotonic_ns())
        scheduler, clock, stop = Scheduler([synth]), MonotonicClock(), Event()
        thread = Thread(target=scheduler.run, args=(clock, stop), daemon=True)
        thread.start()
        start = clock.now() + SECOND
        for at, pitch in notes:
            due = start + round(at * SECOND)
            end = due + SECOND // 20
            scheduler.schedule_note(TimedNote(pitch, 100, due, end, NoteSource.NETWORK))
            for part in paths:
                key = KICK_PITCH if part == NoteSource.DRUMS else 48
                scheduler.schedule_note(
                    TimedNote(key, 100, due - SECOND // 50, end, NoteSource(part))
                )
        time.sleep(1.0 + notes[-1][0] + 0.3)
        stop.set()
        thread.join()
        synth.close()
        sound, rate = read_wav(folder / "heard.wav")
    sent = [at for at, _ in notes]
    pairs = matched(sent, click_onsets(sound, rate), DELAY_TOLERANCE_S)
    heard = click_onsets(sound, rate)
    found = {"sent": len(sent), "found": len(pairs)}
    return found | steadiness([sent[i] for i, _ in pairs], [heard[j] for _, j in pairs])


def show_frames(config: Config, frames: int) -> None:
    """What the band adds to a frame of each scene."""
    model = load_model(config.style)
    take = compose_film_take(config, [model], WARM_UP_S + frames / 60 + 3, seed=1)
    network = NetworkSummary.from_checkpoint(model)
    for name, (band, bare) in frame_times(take, network, frames).items():
        say(f"{name:8} {band:.2f} ms a frame with the band, {bare:.2f} without: {band / bare:.3f}")


def show_live(config: Config, seconds: float, jack: bool) -> None:
    """Lateness of kicks and melody, and the performer's load with and without a band."""
    late, share = play_live(config, seconds, jack)
    _, without = play_live(config.with_values("live", band="off"), seconds, jack)
    for name, each in late.items():
        say(f"{name} after its time: {describe_lateness(each)}")
    say(f"performer: {share:.3f} of a processor with the band, {without:.3f} without")


def describe_lateness(late: Sequence[float]) -> str:
    """Median, p99 and largest lateness (ms) of some notes, and how many they are."""
    if not late:
        return "no notes"
    p50, p99, most = np.percentile(late, [50, 99, 100])
    tail = f"p99 {p99:.3f}, " if len(late) >= MIN_NOTES_FOR_P99 else ""
    return f"p50 {p50:.3f}, {tail}at most {most:.3f} ms of {len(late)} notes"


def show_onsets(config: Config, seconds: float) -> None:
    """How steadily the embedded synth plays one part, and all."""
    others = (NoteSource.VISITOR, NoteSource.BASS, NoteSource.DRUMS)
    for words, parts in (("one part", ()), ("all parts", others)):
        say(f"embedded onsets, {words}: {embedded_steadiness(config, seconds, parts)}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--seconds", type=float, default=150.0, help="of each live run")
    parser.add_argument("--frames", type=int, default=300, help="of each scene, with and without")
    parser.add_argument("--jack", action="store_true", help="through a JACK server")
    given = parser.parse_args()
    config = apply_set(load_config(None), SET)
    if "frames" in given.parts:
        show_frames(config, given.frames)
    if "live" in given.parts:
        show_live(config, given.seconds, given.jack)
    if "onsets" in given.parts:
        show_onsets(config, min(given.seconds, MAX_ONSETS_S))


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
