"""State out as it arrives: packets a second at a listener, and the time between two of them.

    python benchmarks/state_rate.py [--seconds 30] [--set sonar]

The piece plays without a window, with the band of its set, and sends the place in the beat, which
changes at every moment, as Art-Net and as OSC to two sockets of this process.
"""

from __future__ import annotations

import argparse
import os
import select
import socket
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

CONFIG = """
[recording]
enabled = false

[log]
level = "warning"

[[out]]
from = "beat"
artnet = "127.0.0.1:{lights}"
dmx = 1
fine = true

[[out]]
from = "beat"
osc = "127.0.0.1:{osc}/beat"
"""
PROGRAM = "from installation.cli.main import main; main()"
WARM_UP_S = 3.0  # after the first packet: the model loads and the first tune begins
POLL_S, MAX_PACKET_BYTES = 0.2, 2048


def listen(piece: subprocess.Popen, sockets: dict[str, socket.socket]) -> dict[str, list[float]]:
    """When each packet arrived at each socket while the piece runs, seconds."""
    names = {each: name for name, each in sockets.items()}
    arrived: dict[str, list[float]] = {name: [] for name in sockets}
    while piece.poll() is None:
        for ready in select.select(list(names), [], [], POLL_S)[0]:
            ready.recv(MAX_PACKET_BYTES)
            arrived[names[ready]].append(time.monotonic())
    return arrived


def measure(set_name: str, seconds: float) -> dict[str, list[float]]:
    """When the packets of each protocol arrived, seconds."""
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as lights,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as osc,
        TemporaryDirectory() as folder,
    ):
        for each in (lights, osc):
            each.bind(("127.0.0.1", 0))
        ports = {"lights": lights.getsockname()[1], "osc": osc.getsockname()[1]}
        config = Path(folder) / "config.toml"
        config.write_text(CONFIG.format(**ports), encoding="utf-8")
        command = [sys.executable, "-c", PROGRAM, "play", "--headless", "--set", set_name]
        command += ["--config", str(config), "--seconds", str(seconds), "--seed", "3"]
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, env=dict(os.environ)) as piece:
            return listen(piece, {"Art-Net": lights, "OSC": osc})


def describe(arrived: list[float]) -> str:
    """Packets a second, and the time between two of them, after the warm-up."""
    kept = np.array([at for at in arrived if at > arrived[0] + WARM_UP_S])
    if len(kept) < 2:
        return "no packets"
    p50, p99, most = np.percentile(1000 * np.diff(kept), [50, 99, 100])
    rate = (len(kept) - 1) / (kept[-1] - kept[0])
    return (
        f"{rate:.2f} packets a second; between two p50 {p50:.2f}, p99 {p99:.2f}, at most "
        f"{most:.2f} ms of {len(kept)}"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--set", default="sonar")
    given = parser.parse_args()
    for name, arrived in measure(given.set, given.seconds).items():
        sys.stdout.write(f"{name}: {describe(arrived) if arrived else 'no packets'}\n")


if __name__ == "__main__":
    main()
