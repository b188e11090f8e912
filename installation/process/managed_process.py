"""A child of the supervisor: a role, the process that plays it, and one that stands by.

Silence is counted in the supervisor's own looks, each worth no more than `LOOK`: a machine that was
asleep or starved, the supervisor with it, finds no child guilty. Nor does one that lets the
supervisor run and the child not.
"""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from threading import Thread

from installation.ops.metrics import Vitals, processor_seconds, wants_to_run
from installation.ops.status_file import Health
from installation.process.control_pipe import Begin, Heartbeat, Letter
from installation.process.process_lifetime import deaf_to_interrupts, die_with_parent, main_left_out
from installation.process.thread_limits import one_thread_each
from messages.clock import SECOND, Clock

SILENT_FOR = 3 * SECOND // 2
"""A child without a sign of life for so long is taken for hung, ns, unless its role says else."""
STARTING_FOR = 20 * SECOND
"""It has so long for the first one, ns..."""
PREPARING_FOR = 4 * SECOND
"""...and so long between two while it is not ready yet, ns."""
FIRST_HOLD, LONGEST_HOLD = SECOND // 2, 30 * SECOND
"""How long a restart is held back, ns: doubled each time a child dies young."""
YOUNG = 10 * SECOND
"""A child that lived longer than this is restarted without delay, ns."""
LOOK = SECOND // 4
"""A child's silence grows by no more than this from one look to the next, ns."""
MOURNING = 0.5
"""Seconds a role's `mourn` may take before the next child is started anyway."""
STARVED_SHARE = 0.5
"""A silent child that wants to run and has had less than this share of a core is but starved..."""
STARVED_PATIENCE = 4
"""...and has so many times as long."""
SETTLED_AFTER = 5 * SECOND
"""A child that is ready and lived for so long gets a spare, ns."""

log = logging.getLogger(__name__)

Target = Callable[[Connection, int], None]


@dataclass(frozen=True, slots=True)
class Role:
    """What a child is to do.

    Parameters
    ----------
    name : str
    target : callable
        Run in the child with its end of the pipe and the number of children this role had
        before; must be picklable.
    vital : bool
        Whether the piece ends when this child finishes or cannot work.
    mourn : callable or None
        Called when it died unasked, before it is started again; on a thread of its own.
    silent_for : int
        Without a sign of life for so long it is taken for hung, ns.
    prepare : callable or None
        Run in the child before it is its turn, to import what takes time; must be picklable.
    """

    name: str
    target: Target
    vital: bool
    mourn: Callable[[], None] | None = None
    silent_for: int = SILENT_FOR
    prepare: Callable[[], None] | None = None


def live(target: Target, prepare: Callable[[], None] | None, pipe: Connection) -> None:
    """What the process of a child runs: it prepares, waits until it is its turn, and works."""
    die_with_parent()
    if prepare is not None:
        prepare()
    try:
        letter = pipe.recv()
    except (EOFError, OSError):  # the supervisor is gone
        return
    if isinstance(letter, Begin):
        target(pipe, letter.life)


@dataclass(frozen=True, slots=True)
class _Hand:
    """A process and our end of the pipe to it."""

    process: BaseProcess
    pipe: Connection

    @classmethod
    def hire(cls, role: Role) -> _Hand:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(
            target=live, args=(role.target, role.prepare, theirs), name=role.name, daemon=True
        )
        with deaf_to_interrupts(), main_left_out(), one_thread_each():
            process.start()
        theirs.close()
        return cls(process, ours)

    def dismiss(self) -> None:
        self.process.kill()
        self.process.join(1.0)
        self.pipe.close()


class Child:
    """A role, the process that plays it now, and a spare one.

    The spare has all imported and only waits: it takes over sooner than one that is yet to start.
    """

    def __init__(self, role: Role, clock: Clock) -> None:
        self.role = role
        self.process: BaseProcess | None = None
        self.pipe: Connection | None = None
        self._spare: _Hand | None = None
        self._lost_at: int | None = None
        self.restarts = 0
        self.retired = False
        self.vitals: Vitals | None = None
        self._clock = clock
        self._started = 0
        self._silent = self._looked = 0
        self._used = 0.0  # processor time as of the last sign of life, s
        self._ready = False
        self._hold = FIRST_HOLD
        self.start_at = clock.now()

    def start(self) -> None:
        """Start a process, or let the spare one take over."""
        hand, self._spare = self._spare, None
        if hand is not None and not hand.process.is_alive():
            hand.dismiss()
            hand = None
        hand = hand or _Hand.hire(self.role)
        self.process, self.pipe = hand.process, hand.pipe
        self.tell(Begin(self.restarts))
        self._started = self._looked = self._clock.now()
        self._silent, self.vitals, self._ready = 0, None, False
        self._note_use()

    def keep_spare(self) -> None:
        """Have a spare process, once the one at work is settled."""
        settled = self._ready and self._clock.now() - self._started > SETTLED_AFTER
        if settled and self._spare is None:
            self._spare = _Hand.hire(self.role)

    def dismiss_spare(self) -> None:
        """Have none any more."""
        if self._spare is not None:
            self._spare.dismiss()
            self._spare = None

    def hear(self, letter: Heartbeat) -> None:
        """A sign of life came."""
        if self._lost_at is not None:
            away = (self._clock.now() - self._lost_at) / SECOND
            log.info("the %s is back after %.2f s", self.role.name, away)
            self._lost_at = None
        self._silent, self.vitals, self._ready = 0, letter.vitals, letter.ready
        self._note_use()

    def hangs(self) -> bool:
        """Look at it: whether it lives but has given no sign of life for too long."""
        now = self._clock.now()
        self._silent += min(now - self._looked, LOOK)
        self._looked = now
        limit = STARTING_FOR if self.vitals is None else PREPARING_FOR
        if self._ready:
            limit = self.role.silent_for
        if self._silent <= limit:
            return False
        return self._silent > STARVED_PATIENCE * limit or not self._starves()

    def _starves(self) -> bool:
        """Whether it is silent only because the machine does not let it run."""
        if self.process is None or self.process.pid is None:
            return False
        used = processor_seconds(self.process.pid)
        if used is None or not wants_to_run(self.process.pid):
            return False
        return used - self._used < STARVED_SHARE * self._silent / SECOND

    def _note_use(self) -> None:
        pid = None if self.process is None else self.process.pid
        self._used = (processor_seconds(pid) if pid else None) or 0.0

    @property
    def health(self) -> Health:
        """How it is."""
        if self.retired:
            return Health("done", self.restarts)
        if self.process is None:
            return Health("held", self.restarts)
        state = "well" if self.vitals else "starting"
        return Health(state, self.restarts, self.vitals, self.process.pid or 0)

    def tell(self, letter: Letter) -> None:
        """Send to the child, if it can hear."""
        if self.pipe is not None:
            with contextlib.suppress(OSError):
                self.pipe.send(letter)

    def bury(self) -> None:
        """The process is gone, or must go; plan the next one."""
        self.end()
        self._lost_at = now = self._clock.now()
        young = now - self._started < YOUNG
        self.start_at = now + (self._hold if young and self.restarts else 0)
        self._hold = min(2 * self._hold, LONGEST_HOLD) if young else FIRST_HOLD
        self.restarts += 1

    def end(self) -> bool:
        """Kill whatever is left of the process; whether there was anything to kill."""
        alive = self.process is not None and self.process.is_alive()
        if self.process is not None:
            self.process.kill()
            self.process.join(1.0)
        if self.pipe is not None:
            self.pipe.close()
        self.process = self.pipe = None
        return alive

    def mourn(self) -> None:
        """Do what the role has to be done for a dead child, without being held up by it."""
        if self.role.mourn is None:
            return
        thread = Thread(target=self.role.mourn, name=f"mourn {self.role.name}", daemon=True)
        thread.start()
        thread.join(MOURNING)
        if thread.is_alive():
            log.warning("cannot clear up after the %s: it takes too long", self.role.name)
