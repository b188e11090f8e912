"""Ends of the processes: `python benchmarks/kills.py [--rounds N] [--parallel N] [--json]`.

Each round starts the piece with a window on Xvfb and a MIDI output over JACK, sends one signal to
the supervisor, the performer or the stage at a random moment, and ends the piece. No process may
be left 2 s after the end of the supervisor, and no note may be left sounding. Needs Linux, Xvfb,
jackd and python-rtmidi; a round takes about 10 s. Ends with status 1 if a round fails.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path

import psutil
from faults import Ear, is_running, seconds_until, servers
from machine import Watch

ROUND_VARIABLE = "HIDDEN_STATE_KILLS_ROUND"
"""Environment variable that marks all processes of a round."""
MAX_SURVIVAL_S = 2.0
"""Longest life of a process after the end of its supervisor, seconds."""
SILENCE_TIMEOUT_S = 2.0
"""Longest time in which notes of a dead performer may sound, seconds."""
MAX_DELAY_S = 9.0
"""Latest moment of the signal after the start or the first status, seconds."""
START_TIMEOUT_S = 30.0
END_TIMEOUT_S = 20.0
"""Longest waits for the first status, and for the end of a supervisor, seconds."""
KINDS = (
    ("supervisor", signal.SIGKILL),
    ("supervisor", signal.SIGTERM),
    ("supervisor", signal.SIGINT),
    ("performer", signal.SIGKILL),
    ("performer", signal.SIGTERM),
    ("stage", signal.SIGKILL),
    ("stage", signal.SIGTERM),
)
CONFIG = '[log]\nstatus = "status.json"\nfile = "piece.log"\n[live]\nattract_rest = 0.0\n'


@dataclass(slots=True)
class Round:
    """Outcome of a round; `faults` is empty if all was well."""

    number: int
    kind: str
    delay_s: float
    gone_s: float | None = None
    silent_s: float | None = None
    faults: list[str] = field(default_factory=list)


def processes_of(mark: str) -> list[psutil.Process]:
    """All processes of a round that run; a zombie does not."""
    found = []
    for process in psutil.process_iter():
        try:
            marked = process.environ().get(ROUND_VARIABLE) == mark
            if marked and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (psutil.Error, OSError):
            continue
    return found


def pid_of(folder: Path, name: str) -> int:
    """Process number from the status file; 0 before there is one."""
    try:
        return json.loads((folder / "status.json").read_text()).get(name, {}).get("pid", 0)
    except OSError:
        return 0


def _last_log_lines(folder: Path) -> list[str]:
    return (folder / "piece.log").read_text(errors="replace").splitlines()[-4:]


def run_round(environment: dict[str, str], seed: int, number: int) -> Round:
    """Start the piece, send the signal, end the piece, and look for what is left."""
    generator = random.Random(seed * 100_003 + number)
    name, signal_number = KINDS[number % len(KINDS)]
    kind = f"{name} {signal_number.name}"
    outcome = Round(number, kind, round(generator.uniform(0.0, MAX_DELAY_S), 2))
    mark = uuid.uuid4().hex
    with tempfile.TemporaryDirectory() as folder_name:
        folder = Path(folder_name)
        (folder / "config.toml").write_text(CONFIG)
        ear = Ear(f"ear-{mark[:8]}")
        piece = subprocess.Popen(
            [
                *(sys.executable, "-c", "from installation.cli.main import main; main()"),
                *("play", "--midi-out", f"ear-{mark[:8]}"),
            ],
            cwd=folder,
            env=environment | {ROUND_VARIABLE: mark},
            stderr=subprocess.DEVNULL,
        )
        try:
            if name != "supervisor":
                seconds_until(lambda: pid_of(folder, name), START_TIMEOUT_S)
            time.sleep(outcome.delay_s)
            victim = piece.pid if name == "supervisor" else pid_of(folder, name)
            if victim:
                os.kill(victim, signal_number)
            else:
                outcome.faults.append(f"no {name} to kill: {_last_log_lines(folder)}")
            if name != "supervisor":
                _check_restart(outcome, name, victim, ear)
                if piece.poll() is None:
                    piece.terminate()
            _check_end(outcome, piece, mark, ear)
        finally:
            for process in processes_of(mark):
                process.kill()
            piece.wait(END_TIMEOUT_S)
            ear.close()
    return outcome


def _check_restart(outcome: Round, name: str, victim: int, ear: Ear) -> None:
    """The notes of a performer that died end, and its process is gone."""
    sounding = set(ear.sounding) if name == "performer" else set()
    outcome.silent_s = seconds_until(lambda: not sounding & ear.sounding, END_TIMEOUT_S)
    if outcome.silent_s is None or outcome.silent_s > SILENCE_TIMEOUT_S:
        outcome.faults.append(f"notes of the dead performer sounded for {outcome.silent_s} s")
    if seconds_until(lambda: not is_running(victim), MAX_SURVIVAL_S) is None:
        outcome.faults.append(f"the {name} outlives its signal")


def _check_end(outcome: Round, piece: subprocess.Popen, mark: str, ear: Ear) -> None:
    """The supervisor ends, no process outlives it for long, and no note sounds."""
    if seconds_until(lambda: piece.poll() is not None, END_TIMEOUT_S) is None:
        outcome.faults.append("the supervisor does not end")
        return
    outcome.gone_s = seconds_until(lambda: not processes_of(mark), MAX_SURVIVAL_S)
    if outcome.gone_s is None:
        left = [_describe_process(one) for one in processes_of(mark)]
        outcome.faults.append(f"left alive: {'; '.join(left)}")
    if seconds_until(lambda: not ear.sounding, 1.0) is None:
        outcome.faults.append(f"{len(ear.sounding)} notes left sounding")


def _describe_process(process: psutil.Process) -> str:
    """What a process is and where its threads wait, for the report of a fault."""
    try:
        waits = {
            f"{path.parent.joinpath('comm').read_text().strip()} in {path.read_text()}"
            for path in Path(f"/proc/{process.pid}/task").glob("*/wchan")
        }
        age_s = time.time() - process.create_time()
        command = " ".join(process.cmdline())[-120:]
        return f"{process.status()} {age_s:.1f} s old: {command} ({', '.join(sorted(waits))})"
    except (psutil.Error, OSError) as error:
        return f"ended meanwhile ({error})"


def main() -> int:
    """Run all rounds and print the outcome; returns 1 if a round failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--parallel", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    watch = Watch()
    with servers() as environment, ThreadPoolExecutor(options.parallel) as pool:
        run = partial(run_round, environment, options.seed)
        rounds = []
        for outcome in pool.map(run, range(options.rounds)):
            rounds.append(outcome)
            if outcome.faults:
                sys.stderr.write(f"{outcome}\n")
    failed = [one for one in rounds if one.faults]
    if options.json:
        report = {"machine": watch.seen(), "rounds": [asdict(one) for one in rounds]}
        sys.stdout.write(json.dumps(report, indent=2) + "\n")
    else:
        counts, faults = Counter(one.kind for one in rounds), Counter(one.kind for one in failed)
        for kind, count in sorted(counts.items()):
            worst = max((one.gone_s or 0.0 for one in rounds if one.kind == kind), default=0.0)
            line = f"{count:>4} rounds, {faults[kind]} failed, all gone within {worst:.2f} s"
            sys.stdout.write(f"{kind:<20} {line}\n")
        sys.stdout.write(f"machine: {watch.seen()}; {len(failed)} of {len(rounds)} rounds failed\n")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
