"""Music and picture beside thousands of phones: `python benchmarks/phones_load.py [--phones N]`.

The piece plays in a window on Xvfb with a visitor from a file; first alone, then while N phones on
loopback, each at an address of its own, join, listen, send wishes, vote and fetch duets at random.
With `--pages-alone` there is no music and no picture, and the pages have the usual priority.
Ends with status 1 if a phone is served another's duet, if a request fails, if the load makes notes
more than a millisecond later at p99, or if it takes more than three frames a second.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import random
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from datetime import datetime
from pathlib import Path

import mido
import psutil
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
JOIN_TIME_S = 12.0  # time in which all phones come, seconds: 10,000 joins a minute
SETTLE_SHARE = 0.3  # of the time, before which nothing is measured with all phones there
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
        while not (joined := await self._ask(address, "join", "POST", "/join", {})):
            await asyncio.sleep(1.0)  # as the page does
        voice = json.loads(joined)["voice"]
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
                self.counts[f"lost stream {type(error).__name__}"] += 1
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
            self.counts[f"lost {kind} {type(error).__name__}"] += 1
            return b""
        if not answer:  # this side has taken longer than the server waits for a request
            self.counts[f"lost {kind}"] += 1
            return b""
        head, _, found = answer.partition(b"\r\n\r\n")
        if b" 503 " in head[:16]:  # the page asks its phone to try again
            self.counts[f"refused {kind}"] += 1
            return b""
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


def find_web_process(folder: Path) -> psutil.Process:
    """The process of the pages: the one that has the lowest priority."""
    children = psutil.Process(read_status(folder)["pid"]).children(recursive=True)
    return max(children, key=lambda child: child.nice())


def measure_with_pages(folder: Path, seconds: float) -> dict[str, object]:
    """Figures of music, picture and the process of the pages over some seconds."""
    web = find_web_process(folder)
    used, begun = sum(web.cpu_times()[:2]), time.monotonic()
    figures: dict[str, object] = {**measure(folder, seconds)}
    passed = time.monotonic() - begun
    figures["web_core_share"] = (sum(web.cpu_times()[:2]) - used) / passed
    figures["web_memory_mb"] = web.memory_info().rss / 1e6
    return figures


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
            alone = measure_with_pages(folder, seconds)
            # at the lowest priority, since real phones take nothing from this machine
            command = [
                "nice",
                "-n",
                "19",
                sys.executable,
                __file__,
                "--role",
                "phones",
                "--phones",
                str(phones),
            ]
            command += ["--port", str(port), "--marks", str(folder / "marks.json")]
            command += ["--seconds", str((1 + SETTLE_SHARE) * seconds + JOIN_TIME_S + 5)]
            clients = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
            time.sleep(JOIN_TIME_S)
            settling = measure_with_pages(folder, SETTLE_SHARE * seconds)
            loaded = measure_with_pages(folder, seconds)
            loaded["web_memory_before_mb"] = settling["web_memory_mb"]
            counted, _ = clients.communicate(timeout=120)
            loaded |= json.loads(counted)
    return {"alone": alone, "loaded": loaded}


def be_server(port: int, folder: Path, seconds: float) -> None:
    """Serve the audience's page alone: a note four times a second, and a duet every ten."""
    import numpy as np

    from installation.config import CrowdSettings, WebSettings
    from installation.visits.database import Visit, VisitDatabase
    from installation.visits.duet import Duet, DuetMusic, DuetNote, create_duet_address
    from installation.web.audience.desk import TICK_S, AudienceDesk
    from installation.web.audience.duet_store import DuetStore
    from installation.web.audience.note_feed import NoteFeed
    from installation.web.audience.question import QuestionOfTheDay
    from installation.web.server import WebServer, open_socket
    from installation.web.web_process import MAX_AUDIENCE_CONNECTIONS, create_audience_app
    from messages.clock import SECOND, MonotonicClock
    from messages.cues import NoteCue, NoteSource, Turn, TurnChange

    clock, state, keys = MonotonicClock(), np.zeros((1, 6, 1), np.float32), np.zeros(88, np.float32)
    told: list[NoteCue | TurnChange] = [TurnChange(clock.now(), Turn.LISTEN)]

    def read() -> list[NoteCue | TurnChange]:
        told.append(
            NoteCue(
                time.monotonic_ns() // (SECOND // 4),
                clock.now() + SECOND,
                SECOND // 5,
                60,
                80,
                NoteSource.NETWORK,
                1.0,
                state,
                keys,
            )
        )
        found = told.copy()
        told.clear()
        return found

    def write_duet() -> None:
        now = datetime.now().astimezone()
        database, began = VisitDatabase(folder, now), now.isoformat()
        notes = (DuetNote(60, 80, 0, 200, NoteSource.VISITOR),)
        visit = database.add(Visit(began))
        database.add_duet(
            Duet(create_duet_address(), began, "irish", 0, DuetMusic(notes), visit=visit)
        )
        database.close()

    async def serve() -> None:
        duets = DuetStore(folder, 14)
        desk = AudienceDesk(
            WebSettings(),
            CrowdSettings(),
            NoteFeed(read),
            lambda message: None,
            clock.now,
            duets,
            QuestionOfTheDay(folder / "question.json"),
        )
        app = create_audience_app(desk, {"localhost"})
        server = WebServer(app, MAX_AUDIENCE_CONNECTIONS)
        serving = asyncio.create_task(server.serve([open_socket("127.0.0.1", port)]))
        end, ticks = time.monotonic() + seconds, 0
        while time.monotonic() < end:
            desk.tick(("irish", "chorales", "fife"))
            if ticks % round(10 / TICK_S) == 0:
                await asyncio.to_thread(write_duet)
            if ticks % round(1 / TICK_S) == 0:
                await desk.offers.look()
            ticks += 1
            await asyncio.sleep(TICK_S)
        server.should_exit = True
        await serving
        duets.close()

    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(limit, 20_000), limit))
    asyncio.run(serve())


def measure_pages(phones: int, seconds: float) -> dict[str, object]:
    """The pages alone, at the usual priority, and what they take of a processor."""
    with tempfile.TemporaryDirectory() as name:
        folder, port = Path(name), free_port()
        marks = write_duets(folder)
        (folder / "marks.json").write_text(json.dumps(marks))
        told = ["--port", str(port), "--phones", str(phones), "--marks", str(folder / "marks.json")]
        length = JOIN_TIME_S + seconds
        own = [sys.executable, __file__, *told]
        server = subprocess.Popen([*own, "--role", "server", "--seconds", str(length + 20)])
        web, end = psutil.Process(server.pid), time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < end:
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            time.sleep(0.2)
        clients = subprocess.Popen(
            [*own, "--role", "phones", "--seconds", str(length)], stdout=subprocess.PIPE, text=True
        )
        time.sleep(JOIN_TIME_S + SETTLE_SHARE * seconds)
        used, begun, before = sum(web.cpu_times()[:2]), time.monotonic(), web.memory_info().rss
        time.sleep(0.6 * seconds)
        figures: dict[str, object] = {
            "core_share": (sum(web.cpu_times()[:2]) - used) / (time.monotonic() - begun),
            "memory_before_mb": before / 1e6,
            "memory_mb": web.memory_info().rss / 1e6,
        }
        counted, _ = clients.communicate(timeout=180)
        server.terminate()
        server.wait(30)
    return figures | json.loads(counted)


def be_clients(port: int, phones: int, seconds: float, marks: Path) -> None:
    """Be the phones."""
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
    parser.add_argument("--pages-alone", action="store_true", help="without music and picture")
    parser.add_argument("--role", choices=("phones", "server"), help="only be these")
    parser.add_argument("--port", type=int, help="for --role")
    parser.add_argument("--marks", type=Path, help="for --role: what each duet begins with")
    given = parser.parse_args()
    if given.role == "server":
        be_server(given.port, given.marks.parent, given.seconds)
        return
    if given.role == "phones":
        be_clients(given.port, given.phones, given.seconds, given.marks)
        return
    if given.pages_alone:
        pages = measure_pages(given.phones, given.seconds)
        for key, value in pages.items():
            sys.stdout.write(f"pages   {key:34}{value:10.2f}\n")
        sys.exit(int(bool(pages["faults"])))
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
