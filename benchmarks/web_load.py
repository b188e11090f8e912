"""Music and picture beside a busy staff page: `python benchmarks/web_load.py [--seconds N]`.

The piece plays in a window on Xvfb; first alone, then while 50 staff pages are open and requests
flood the server on loopback, at a rate that waits for no answer. Lateness of note-ons and frames
come from the status file, second by second. Ends with status 1 if the load makes notes more than a
millisecond later at p99, or takes more than three frames a second.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import json
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from installation.engine.scheduler import LATENESS_WINDOW_NS

PIN = "2468"
PAGES = 50  # staff pages that are open
FLOOD_CONNECTIONS = 40
RECONNECT_S = 0.05  # pause before a lost connection is opened again, seconds
COPIED_FRAMES = 1800
START_TIMEOUT_S = 90.0
SETTLE_S = 15.0
"""Seconds of music before anything is measured: all scenes are built."""
MAX_ADDED_LATENESS_MS, MAX_LOST_FRAMES = 1.0, 3.0
SETTINGS = """
[log]
status = "status.json"
file = "piece.log"
[live]
attract_rest = 0.0
[stage]
rotate = 0.0
[web]
enabled = true
host = "127.0.0.1"
name = ""
pin = "{pin}"
port = {port}
"""


def free_port() -> int:
    """A port of this machine that nobody uses."""
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as listening:
        return listening.getsockname()[1]


@contextmanager
def playing(folder: Path, port: int, settings: str = "", *options: str) -> Iterator[None]:
    """The piece with its page, until the end; further settings go on with the table `web`."""
    (folder / "config.toml").write_text(SETTINGS.format(pin=PIN, port=port) + settings)
    command = ["xvfb-run", "-a", "-s", "-screen 0 1280x720x24"]
    command += [sys.executable, "-m", "installation", "play", "--seed", "3", *options]
    with (folder / "out.txt").open("w") as out:
        process = subprocess.Popen(command, cwd=folder, stdout=out, stderr=out)
        try:
            yield
        finally:
            with contextlib.suppress(OSError, ValueError, KeyError):
                subprocess.run(["kill", str(read_status(folder)["pid"])], check=False)
            process.wait(20)


def read_status(folder: Path) -> dict:
    """The status file as it is now."""
    return json.loads((folder / "status.json").read_text())


class FloodConnection:
    """A connection of the flood: requests leave at their times, whatever is answered."""

    def __init__(self, port: int) -> None:
        self.answered = self.refused = 0
        self._port, self._waiting = port, 0  # requests without an answer yet
        self._writer: asyncio.StreamWriter | None = None

    def offer(self, request: bytes) -> None:
        """Send a request; without a connection it counts as refused."""
        if self._writer is None:
            self.refused += 1
        else:
            self._waiting += 1
            self._writer.write(request)

    async def read_answers(self) -> None:
        """Count answers, and connect again whenever the server hangs up."""
        while True:
            with contextlib.suppress(
                OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError
            ):
                reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
                while True:
                    head = (await reader.readuntil(b"\r\n\r\n")).lower()
                    _, _, length = head.partition(b"content-length: ")
                    await reader.readexactly(int(length.partition(b"\r")[0]))
                    self.answered, self._waiting = self.answered + 1, self._waiting - 1
            self._hang_up()
            await asyncio.sleep(RECONNECT_S)

    def _hang_up(self) -> None:
        self.refused, self._waiting = self.refused + self._waiting, 0
        if self._writer is not None:
            self._writer.close()
            self._writer = None


class Load:
    """Clients on loopback.

    Parameters
    ----------
    port : int
    rate : float
        Requests of the flood, a second.

    Attributes
    ----------
    offered, answered, refused : int
        Requests of the flood that were due, that were answered, and that a lost connection took.
    events : int
        Lines of events that the open pages received.
    """

    def __init__(self, port: int, rate: float) -> None:
        self.port, self.rate, self.offered, self.events = port, rate, 0, 0
        self._connections = [FloodConnection(port) for _ in range(FLOOD_CONNECTIONS)]

    @property
    def answered(self) -> int:
        return sum(each.answered for each in self._connections)

    @property
    def refused(self) -> int:
        return sum(each.refused for each in self._connections)

    async def run(self, seconds: float) -> dict[str, float]:
        """Open the pages and flood the server; the counts a second."""
        cookie = await self._log_in()
        work = [self._watch(cookie) for _ in range(PAGES)]
        tasks = [asyncio.create_task(each) for each in (*work, self.flood())]
        begun = time.monotonic()
        await asyncio.sleep(seconds)
        took = time.monotonic() - begun
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        names = ("offered", "answered", "refused", "events")
        return {name: getattr(self, name) / took for name in names}

    async def flood(self) -> None:
        """Offer requests at the rate, in turn on all connections, whatever is answered."""
        readers = [asyncio.create_task(each.read_answers()) for each in self._connections]
        request = self._head("GET", "/static/icon.svg")
        try:
            await asyncio.sleep(RECONNECT_S)  # for the connections
            due = time.monotonic()
            for connection in itertools.cycle(self._connections):
                await asyncio.sleep(max(0.0, due - time.monotonic()))
                due += 1 / self.rate
                connection.offer(request)
                self.offered += 1
        finally:
            for reader in readers:
                reader.cancel()

    def _head(self, method: str, path: str, *lines: str) -> bytes:
        host = f"Host: 127.0.0.1:{self.port}"
        return "\r\n".join((f"{method} {path} HTTP/1.1", host, *lines, "", "")).encode()

    async def _log_in(self) -> str:
        body = json.dumps({"pin": PIN}).encode()
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        lines = (
            f"Origin: http://127.0.0.1:{self.port}",
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
        )
        writer.write(self._head("POST", "/staff/login", *lines) + body)
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        writer.close()
        return next(
            line.partition(": ")[2].partition(";")[0]
            for line in head.splitlines()
            if line.lower().startswith("set-cookie")
        )

    async def _watch(self, cookie: str) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        with contextlib.closing(writer):
            writer.write(self._head("GET", "/staff/events", f"Cookie: {cookie}"))
            while await reader.readline():
                self.events += 1


def measure(folder: Path, seconds: float) -> dict[str, float]:
    """Medians over `seconds`, one reading a second, once no reading holds notes from before."""
    late, frames, work = [], [], []
    time.sleep(LATENESS_WINDOW_NS / 1e9)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(1.0)
        status = read_status(folder)
        late.append(status["performer"].get("lateness", {}).get("p99", float("nan")))
        frames.append(status["stage"].get("frame_rate", 0.0))
        work.append(status["stage"].get("sync", {}).get("work_p99") or float("nan"))
    return {
        "note_late_p99_ms": statistics.median(late),
        "frames_per_second": statistics.median(frames),
        "frame_work_p99_ms": statistics.median(work),
    }


def measure_copying() -> dict[str, float]:
    """Processor time that the live picture takes from a frame: a band of it, or sending it, ms."""
    import pygame

    from installation.process.picture_channel import (
        COPY_INTERVAL_NS,
        PictureCopier,
        create_picture_ring,
    )

    picture = pygame.Surface((1920, 1080), 0, 32)
    took = []
    with contextlib.closing(create_picture_ring()) as ring:
        copier = PictureCopier(ring.name)
        for frame in range(COPIED_FRAMES):
            begun = time.thread_time()
            copier.copy_next_band(picture, frame * COPY_INTERVAL_NS)
            took.append((time.thread_time() - begun) * 1e3)
        copier.close()
    cuts = statistics.quantiles(took, n=100)
    return {"p50_ms": cuts[49], "p90_ms": cuts[89], "p99_ms": cuts[98]}


def compare(seconds: float, rate: float) -> dict[str, dict[str, float]]:
    """The figures without and with the load, in one run."""
    with tempfile.TemporaryDirectory() as name:
        folder, port = Path(name), free_port()
        with playing(folder, port):
            end = time.monotonic() + START_TIMEOUT_S
            while time.monotonic() < end:
                with contextlib.suppress(OSError, ValueError, KeyError):
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    if "frame_rate" in read_status(folder)["stage"]:
                        break
                time.sleep(0.5)
            time.sleep(SETTLE_S)
            alone = measure(folder, seconds)
            arguments = [sys.executable, __file__, "--clients", str(port), "--rate", str(rate)]
            arguments += ["--seconds", str(seconds + 3)]
            clients = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
            time.sleep(2.0)
            loaded = measure(folder, seconds)
            counted, _ = clients.communicate(timeout=60)
            loaded |= json.loads(counted)
    return {"alone": alone, "loaded": loaded}


def main() -> None:
    """Measure, print, and judge."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--rate", type=float, default=2000.0, help="requests a second")
    parser.add_argument("--clients", type=int, help="only be the clients of this port")
    given = parser.parse_args()
    if given.clients:
        load = Load(given.clients, given.rate)
        sys.stdout.write(json.dumps(asyncio.run(load.run(given.seconds))))
        return
    if shutil.which("xvfb-run") is None:
        sys.exit("this needs xvfb-run")
    found = {"copy": measure_copying()} | compare(given.seconds, given.rate)
    for phase, figures in found.items():
        for key, value in figures.items():
            sys.stdout.write(f"{phase:8}{key:24}{value:10.2f}\n")
    alone, loaded = found["alone"], found["loaded"]
    later = loaded["note_late_p99_ms"] - alone["note_late_p99_ms"]
    lost = alone["frames_per_second"] - loaded["frames_per_second"]
    sys.exit(int(later > MAX_ADDED_LATENESS_MS or lost > MAX_LOST_FRAMES))


if __name__ == "__main__":
    main()
