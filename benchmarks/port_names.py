"""What a look at the port names costs on JACK: through clients that stay, and through mido's own.

python benchmarks/port_names.py
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable

from mido.backends.backend import Backend

from installation.io.midi.backend import load_backend
from installation.io.midi.port_lister import BackendPortLister, port_lister_for

LOOKS = 40


def measure(names: BackendPortLister, xruns: Callable[[], int]) -> str:
    """Wall time (median and worst) and processor time of a look, ms, and xruns for all looks."""
    before, cpu, walls = xruns(), time.process_time(), []
    for _ in range(LOOKS):
        began = time.perf_counter()
        names.input_names(), names.output_names()
        walls.append(1e3 * (time.perf_counter() - began))
    cpu = 1e3 * (time.process_time() - cpu) / LOOKS
    median = sorted(walls)[LOOKS // 2]
    lost = xruns() - before
    return f"p50 {median:.2f} ms, worst {max(walls):.2f} ms, processor {cpu:.2f} ms, {lost} xruns"


def main() -> None:
    """Start a JACK server of our own, look, and stop it."""
    name = f"bench-{uuid.uuid4().hex[:8]}"
    os.environ |= {"JACK_DEFAULT_SERVER": name, "JACK_NO_START_SERVER": "1"}
    command = ["jackd", "-n", name, "--no-realtime", "--no-mlock", "-d", "dummy", "-p", "256"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    os.set_blocking(server.stdout.fileno(), False)
    told = bytearray()

    def xruns() -> int:
        time.sleep(0.3)
        told.extend(server.stdout.read() or b"")
        return told.count(b"Process XRun")

    try:
        time.sleep(2.0)
        backend = load_backend(
            lambda system: Backend("mido.backends.rtmidi/UNIX_JACK", load=True, use_environ=False)
        )
        for label, names in (
            ("clients that stay", port_lister_for(backend)),
            ("mido", BackendPortLister(backend)),
        ):
            sys.stdout.write(f"{label}: {LOOKS} looks, {measure(names, xruns)}\n")
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(10)


if __name__ == "__main__":
    main()
