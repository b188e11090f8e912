"""Music and picture beside thousands of phones: `python benchmarks/phones_load.py [--phones N]`.

The piece plays in a window on Xvfb with a visitor from a file; first alone, then while N phones on
loopback, each at an address of its own, join, listen, send wishes, vote and fetch duets at random.
Ends with status 1 if a phone is served another's duet, if a request fails, if the load makes notes
more than a millisecond later at p99, or if it takes more than three frames a second.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import random
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter, defaultdict
from datetime import datetime
from pathlib import Path

import mido
from web_load import (
    MAX_ADDED_LATENESS_MS,
    MAX_LOST_FRAMES,
    SETTLE_S,
    START_TIMEOUT_S,
    free_port,
    measure,
    playing,
    read_status,
)

DUETS = 300  # duets in the database, each with notes of its own
WISH_INTERVAL_S = (15.0, 45.0)  # between two wishes of a phone, seconds
FETCH_INTERVAL_S = (20.0, 60.0)  # between two duets that a phone asks for, seconds
MAX_VOTE_DELAY_S = 5.0
JOIN_TIME_S = 20.0  # time in which all phones come, seconds
MEMORY_SETTLE_SHARE = 0.3  # part of the time after which memory has to stay flat
AUDIENCE_SETTINGS = """
audience = true
audience_port = {port}
[recording]
folder = "recordings"
"""


def write_visitor(path: Path, seconds: float) -> None:
    """A visitor that plays a phrase of eight notes and waits for the answer, again and again."""
    track, rest = mido.MidiTrack(), 0
    for _ in range(int(seconds / 14)):
        for pitch in random.sample(range(57, 77), 8):
            track.append(mido.Message("note_on", note=pitch, velocity=80, time=rest))
            track.append(mido.Message("note_off", note=pitch, time=300))
            rest = 60
        rest = 960 * 11
    mido.MidiFile(tracks=[track], ticks_per_beat=480).save(path)


def write_duets(folder: Path) -> dict[str, int]:
    """Duets in the database; returns the first pitch of each, times its length, by address."""
    from installation.visits.database import Visit, VisitDatabase
    from installation.visits.duet import Duet, DuetMusic, DuetNote, create_duet_address
    from messages.cues import NoteSource

    now = datetime.now().astimezone()
    database, marks = VisitDatabase(folder, now), {}
    began = now.isoformat(timespec="seconds")
    for number in range(DUETS):
        notes = [DuetNote(60, 80, number, 200, NoteSource.VISITOR)]
        notes += [DuetNote(64, 80, 500 + 250 * k, 200, NoteSource.NETWORK) for k in range(30)]
        address, visit = create_duet_address(), database.add(Visit(began, began))
        database.add_duet(Duet(address, began, "irish", 0, DuetMusic(tuple(notes)), visit=visit))
        marks[address] = number
    database.close()
    return marks


class Crowd:
    """Phones on loopback, and what they count."""

    def __init__(self, port: int, phones: int, marks: dict[str, int], end: float) -> None:
        self.port, self.phones, self.marks, self.end = port, phones, marks, end
        self.counts: Counter[str] = Counter()
        self.delays: dict[str, list[float]] = defaultdict(list)  # ms
        self.arrivals: dict[int, list[float]] = defaultdict(list)  # s, by event
        self.faults: Counter[str] = Counter()
        self._voting: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Let all phones come and stay until the end."""
        tasks = [asyncio.create_task(self._live(number)) for number in range(self.phones)]
        await asyncio.sleep(self.end - time.monotonic())
        tasks += self._voting
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def report(self) -> dict[str, object]:
        """All that was counted."""
        listeners = max((len(times) for times in self.arrivals.values()), default=0)
        spreads = [
            1e3 * (times[round(0.99 * len(times)) - 1] - times[0])
            for times in map(sorted, self.arrivals.values())
            if len(times) > 0.9 * self.phones
        ]
        figures: dict[str, object] = {"listening": listeners, **self.counts}
        if spreads:
            figures["event_spread_p99_of_phones_ms"] = statistics.median(spreads)
        for kind, delays in self.delays.items():
            ordered = sorted(delays)
            figures[f"{kind}_ms_p50"] = ordered[len(ordered) // 2]
            figures[f"{kind}_ms_p99"] = ordered[int(0.99 * (len(ordered) - 1))]
        figures["faults"] = sum(self.faults.values())
        return figures | {f"fault {kind}": count for kind, count in self.faults.items()}

    async def _live(self, number: int) -> None:
        address = f"127.1.{number // 250}.{number % 250 + 1}"
        await asyncio.sleep(random.uniform(0.0, JOIN_TIME_S))
        joined = await self._ask(address, "join", "POST", "/join", {})
        voice = json.loads(joined)["voice"] if joined else ""
        await asyncio.gather(
            self._listen(address, voice), self._wish(address, voice), self._fetch(address)
        )

    async def _listen(self, address: str, voice: str) -> None:
        while True:
            try:
                reader, writer = await self._connect(address)
                writer.write(self._head("GET", "/events"))
                await reader.readuntil(b"\r\n\r\n")
                self.counts["streams"] += 1
                while line := await reader.readline():
                    if line.startswith(b"data: "):
                        self._take(json.loads(line[6:]), address, voice)
                raise ConnectionError("the stream ended")
            except (OSError, ValueError, asyncio.IncompleteReadError) as error:
                self.faults[f"stream {type(error).__name__}"] += 1
                await asyncio.sleep(1.0)

    def _take(self, event: dict, address: str, voice: str) -> None:
        self.counts["events"] += 1
        self.arrivals[event["t"]].append(time.monotonic())
        if event.get("duet") is not None:
            task = asyncio.create_task(self._vote(address, voice, event["duet"]))
            self._voting.add(task)
            task.add_done_callback(self._voting.discard)

    async def _vote(self, address: str, voice: str, duet: int) -> None:
        await asyncio.sleep(random.uniform(0.0, MAX_VOTE_DELAY_S))
        vote = {"voice": voice, "duet": duet, "liked": random.random() < 0.6}
        answer = await self._ask(address, "vote", "POST", "/vote", vote)
        self.counts["votes_counted"] += bool(answer) and json.loads(answer)["counted"]

    async def _wish(self, address: str, voice: str) -> None:
        while True:
            await asyncio.sleep(random.uniform(*WISH_INTERVAL_S))
            wish = {name: random.uniform(-1, 1) for name in ("wildness", "surprise", "brightness")}
            wish |= {"voice": voice, "styles": [random.random() for _ in range(3)]}
            await self._ask(address, "wish", "POST", "/opinion", wish)

    async def _fetch(self, address: str) -> None:
        while True:
            await asyncio.sleep(random.uniform(*FETCH_INTERVAL_S))
            duet = random.choice(list(self.marks))
            page = await self._ask(address, "duet", "GET", f"/d/{duet}")
            if page:
                data = page.partition(b'id="data">')[2].partition(b"</script>")[0]
                if json.loads(data)["notes"][0][0] != self.marks[duet]:
                    self.faults["another's duet"] += 1

    async def _ask(
        self, address: str, kind: str, method: str, path: str, body: dict | None = None
    ) -> bytes:
        begun = time.monotonic()
        try:
            reader, writer = await self._connect(address)
            with contextlib.closing(writer):
                content = b"" if body is None else json.dumps(body).encode()
                lines = [] if body is None else ["Content-Type: application/json"]
                lines += [f"Content-Length: {len(content)}", "Connection: close"]
                writer.write(self._head(method, path, *lines) + content)
                answer = await reader.read()
        except (OSError, asyncio.IncompleteReadError) as error:
            self.faults[f"{kind} {type(error).__name__}"] += 1
            return b""
        head, _, found = answer.partition(b"\r\n\r\n")
        if b" 200 " not in head[:16]:
            self.faults[f"{kind} {head[:12].decode(errors='replace')}"] += 1
            return b""
        self.delays[kind].append(1e3 * (time.monotonic() - begun))
        self.counts[f"{kind}s"] += 1
        return found

    async def _connect(self, address: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.port, local_addr=(address, 0))

    def _head(self, method: str, path: str, *lines: str) -> bytes:
        own = f"127.0.0.1:{self.port}"
        named = (f"{method} {path} HTTP/1.1", f"Host: {own}", f"Origin: http://{own}", *lines)
        return "\r\n".join((*named, "", "")).encode()


def read_memory(staff_port: int) -> float:
    """Memory of the process of the pages, MB."""
    with urllib.request.urlopen(f"http://127.0.0.1:{staff_port}/metrics.json", timeout=20) as page:
        return json.load(page)["web"]["memory"] / 1e6


def await_start(folder: Path, port: int) -> None:
    """Wait until the page is served and the picture shown."""
    end = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < end:
        with contextlib.suppress(OSError, ValueError, KeyError):
            socket.create_connection(("127.0.0.1", port), 1).close()
            if "frame_rate" in read_status(folder)["stage"]:
                return
        time.sleep(0.5)
    sys.exit((folder / "out.txt").read_text())


def compare(phones: int, seconds: float) -> dict[str, dict[str, object]]:
    """The figures without and with the phones, in one run."""
    with tempfile.TemporaryDirectory() as name:
        folder, staff_port, port = Path(name), free_port(), free_port()
        marks = write_duets(folder / "recordings")
        (folder / "marks.json").write_text(json.dumps(marks))
        write_visitor(folder / "visitor.mid", START_TIMEOUT_S + SETTLE_S + 2 * seconds + 60)
        extra = AUDIENCE_SETTINGS.format(port=port)
        with playing(folder, staff_port, extra, "--play-along", str(folder / "visitor.mid")):
            await_start(folder, port)
            time.sleep(SETTLE_S)
            alone: dict[str, object] = {**measure(folder, seconds)}
            alone["web_memory_mb"] = read_memory(staff_port)
            command = [sys.executable, __file__, "--clients", str(port), "--phones", str(phones)]
            command += ["--marks", str(folder / "marks.json")]
            command += ["--seconds", str(seconds + JOIN_TIME_S + 5)]
            clients = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
            time.sleep(JOIN_TIME_S)
            settled = MEMORY_SETTLE_SHARE * seconds
            loaded: dict[str, object] = {}
            first = measure(folder, settled)
            loaded["web_memory_begin_mb"] = read_memory(staff_port)
            rest = measure(folder, seconds - settled)
            loaded["web_memory_end_mb"] = read_memory(staff_port)
            for key in first:
                loaded[key] = (settled * first[key] + (seconds - settled) * rest[key]) / seconds
            counted, _ = clients.communicate(timeout=120)
            loaded |= json.loads(counted)
    return {"alone": alone, "loaded": loaded}


def be_clients(port: int, phones: int, seconds: float, marks: Path) -> None:
    """Be the phones: at the lowest priority, since real ones take nothing from this machine."""
    os.nice(19)
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(limit, 20_000), limit))
    crowd = Crowd(port, phones, json.loads(marks.read_text()), time.monotonic() + seconds)
    asyncio.run(crowd.run())
    sys.stdout.write(json.dumps(crowd.report()))


def main() -> None:
    """Measure, print, and judge."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--phones", type=int, default=2000)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--clients", type=int, help="only be the phones, of this port")
    parser.add_argument("--marks", type=Path, help="what each duet begins with, for --clients")
    given = parser.parse_args()
    if given.clients:
        be_clients(given.clients, given.phones, given.seconds, given.marks)
        return
    if shutil.which("xvfb-run") is None:
        sys.exit("this needs xvfb-run")
    found = compare(given.phones, given.seconds)
    for phase, figures in found.items():
        for key, value in figures.items():
            sys.stdout.write(f"{phase:8}{key:34}{value:10.2f}\n")
    alone, loaded = found["alone"], found["loaded"]
    later = float(loaded["note_late_p99_ms"]) - float(alone["note_late_p99_ms"])  # type: ignore[arg-type]
    lost = float(alone["frames_per_second"]) - float(loaded["frames_per_second"])  # type: ignore[arg-type]
    is_late = later > MAX_ADDED_LATENESS_MS or lost > MAX_LOST_FRAMES
    sys.exit(int(is_late or bool(loaded["faults"])))


if __name__ == "__main__":
    main()
