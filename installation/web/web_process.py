"""The process of the web pages: it reads and asks, and the music never waits for it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from installation.config import Config, WebSettings
from installation.kiosk.hours_file import HoursFile
from installation.ops.machine_status import MachineProbe
from installation.ops.metrics import ProcessMetrics, resident_memory_bytes
from installation.ops.service_folder import find_log_path
from installation.process.control_pipe import ControlPipe, UnrecoverableFailure
from installation.process.managed_process import ProcessRole
from installation.process.shared_ring import SharedRing, make_ring_reader
from installation.process.workers import ProcessWorker
from installation.session.options import PlayOptions
from installation.staff_pin import PinError, load_pin_hash
from installation.thread_priority import use_batch_scheduling
from installation.web.repeated_work import repeat
from messages.clock import SECOND, MonotonicClock

if TYPE_CHECKING:
    from installation.web.access.request_guard import AsgiApp, RequestGuard
    from installation.web.audience.desk import AudienceDesk
    from installation.web.audience.duet_store import DuetStore
    from installation.web.audience.question import QuestionOfTheDay
    from installation.web.server import WebServer
    from installation.web.staff.routes import StaffServices
    from rnn.evolution.generation_store import GenerationStore

__all__ = ["create_web_role"]

SILENCE_TIMEOUT_NS = 20 * SECOND  # silence after which the process counts as hung, ns
START_NICENESS, LOWEST_NICENESS = 10, 19  # while it imports its modules, and from then on
EVENT_INTERVAL_S = 0.5  # time between two events of the state, seconds
PROBE_INTERVAL_S = 5.0  # time between two readings of the machine, seconds
MAX_CONNECTIONS, MAX_AUDIENCE_CONNECTIONS = 256, 8192  # at once, of each page
DUET_INTERVAL_S = 1.0  # time between two looks for a duet, seconds
QUESTION_FILE_NAME = "question.json"  # in the folder of the recordings
DELETION_INTERVAL_S = 3600.0  # time between two deletions of old duets, seconds
RETRY_INTERVAL_S = 5.0  # time between two attempts to open a port that is taken, seconds
MISSING_EXTRA = 'no staff page: pip install "hidden-state[web]" brings it'

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class WebWorker(ProcessWorker):
    """Serves the pages."""

    picture_ring_name: str = ""  # shared ring for small copies of the picture
    name: ClassVar[str] = "web"

    def run(self, control_pipe: ControlPipe, options: PlayOptions, restart_count: int) -> None:
        run_web(control_pipe, options, self.ring_name, self.picture_ring_name)


def create_web_role(
    options: PlayOptions, ring_name: str, picture_ring_name: str, started_at: int
) -> ProcessRole:
    """The role of the process that serves the pages.

    Parameters
    ----------
    options : PlayOptions
    ring_name : str
        Name of the shared ring for the stage's messages, which the audience's page follows, too.
    picture_ring_name : str
        Name of the shared ring for small copies of the picture.
    started_at : int
        Time now, ns.

    Returns
    -------
    ProcessRole
    """
    return ProcessRole(
        "web",
        WebWorker(options, ring_name, started_at, picture_ring_name),
        vital=False,
        silence_timeout_ns=SILENCE_TIMEOUT_NS,
        has_spare=False,
        is_watcher=True,
    )


def run_web(
    control_pipe: ControlPipe, options: PlayOptions, ring_name: str, picture_ring_name: str
) -> None:
    """Serve the pages until told to stop."""
    use_batch_scheduling()  # not idle: on a starved machine the page is needed most
    lower_priority(START_NICENESS)  # the imports would take minutes at the lowest priority
    try:
        pin_hash = load_pin_hash(options.config.web)
        server = _PageServer(control_pipe, options, ring_name, picture_ring_name, pin_hash)
        _allow_many_connections()
        lower_priority(LOWEST_NICENESS)
        asyncio.run(server.run())
    except ImportError as error:
        log.debug("%s", error)
        control_pipe.send(UnrecoverableFailure(MISSING_EXTRA))
    except PinError as error:
        control_pipe.send(UnrecoverableFailure(f"no staff page: {error}"))
    finally:
        control_pipe.close()


def lower_priority(niceness: int) -> None:
    """Lower the priority of this process, where the system knows one."""
    if hasattr(os, "nice"):
        os.nice(max(0, niceness - os.nice(0)))  # it may have stood back further from the start


def machine_names(settings: WebSettings) -> set[str]:
    """Names by which the machine may be asked for its pages."""
    host = socket.gethostname()
    names = {"localhost", host, f"{host}.local"}
    return names | ({settings.name, f"{settings.name}.local"} if settings.name else set())


def create_app(services: StaffServices, names: set[str]) -> RequestGuard:
    """The application: pages behind the guard."""
    from starlette.routing import Router

    from installation.web.access.request_guard import RequestGuard
    from installation.web.staff.routes import StaffRoutes
    from installation.web.static_files import load_static_files, static_route

    files = load_static_files()
    routes = [*StaffRoutes(services, files["staff.html"]).routes(), static_route(files)]
    return RequestGuard(Router(routes, redirect_slashes=False), names)


def create_audience_app(desk: AudienceDesk, names: set[str]) -> RequestGuard:
    """The application of the audience's page: nothing of the staff's is in it."""
    from starlette.routing import Router

    from installation.web.access.request_guard import RequestGuard
    from installation.web.audience.routes import AudienceRoutes
    from installation.web.static_files import load_static_files, static_route

    files = load_static_files("installation.web.audience")
    routes = [*AudienceRoutes(desk, files).routes(), static_route(files)]
    return RequestGuard(Router(routes, redirect_slashes=False), names)


def _allow_many_connections() -> None:
    """Let this process have a file for each phone, where the system has such a limit."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        least, most = MAX_AUDIENCE_CONNECTIONS + 256, resource.RLIM_INFINITY
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = least if hard == most else min(least, hard)
        if soft != most and soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _collect_metrics() -> ProcessMetrics:
    return ProcessMetrics(resident_memory_bytes())


class _PageServer:
    def __init__(
        self,
        control_pipe: ControlPipe,
        options: PlayOptions,
        ring_name: str,
        picture_ring_name: str,
        pin_hash: str | None,
    ) -> None:
        import installation.web.server  # noqa: F401 - imported before it is urgent
        from installation.session.model_loading import open_generations
        from installation.web.access.login_guard import LoginGuard
        from installation.web.access.sessions import SessionStore
        from installation.web.announcement import Announcement
        from installation.web.audience.duet_store import DuetStore
        from installation.web.audience.question import QuestionOfTheDay
        from installation.web.event_stream import EventStream
        from installation.web.staff.family_tree import FamilyTree
        from installation.web.staff.live_picture import LivePicture
        from installation.web.staff.piece_link import PieceLink
        from installation.web.staff.recordings import RecordingFolder
        from installation.web.staff.routes import StaffServices

        config, clock = options.config, MonotonicClock()
        self._control_pipe, self._settings, self._clock = control_pipe, config.web, clock
        link = PieceLink(control_pipe.send, clock.now)

        def open_store() -> GenerationStore:
            return open_generations(options.config_of_set(link.set_name))

        folder = Path(config.recording.folder)
        has_audience, path = config.web.audience, folder / QUESTION_FILE_NAME
        question = QuestionOfTheDay(path) if has_audience else None
        self._services = StaffServices(
            link,
            EventStream(),
            LivePicture(picture_ring_name),
            RecordingFolder(folder),
            SessionStore(clock.now),
            LoginGuard(clock.now),
            pin_hash,
            find_log_path(config.log.file),
            folder,
            HoursFile(Path(config.kiosk.hours_file), config.kiosk.hours),
            question,
            FamilyTree(open_store, folder) if config.evolution.enabled else None,
        )
        self._probe = MachineProbe(folder)
        names = machine_names(config.web)
        self._app = create_app(self._services, names)
        self._cue_ring = SharedRing.attach(ring_name) if ring_name else None
        self._duets = DuetStore(folder, config.web.keep_days)
        self._desk = None if question is None else self._open_desk(config, question, self._duets)
        self._audience_app = create_audience_app(self._desk, names) if self._desk else None
        self._servers: list[WebServer] = []
        self._announcement = Announcement(config.web.name, config.web.port)
        if pin_hash is None:
            log.warning("the staff page has no PIN yet: run hidden-state web pin")

    async def run(self) -> None:
        """Serve until told to stop."""
        self._control_pipe.open(self._services.link.handle_message)
        tasks = [
            asyncio.create_task(repeat(work, interval_s, what))
            for work, interval_s, what in self._list_works()
        ]
        settings = self._settings
        serving = [self._serve(self._app, settings.port, "staff page", MAX_CONNECTIONS)]
        if self._audience_app is not None:
            what, most = "page for phones", MAX_AUDIENCE_CONNECTIONS
            serving.append(self._serve(self._audience_app, settings.audience_port, what, most))
        try:
            await asyncio.gather(*serving)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await asyncio.to_thread(self._announcement.close)
            self._services.picture.close()
            await asyncio.to_thread(self._duets.close)
            if self._cue_ring is not None:
                self._cue_ring.close()

    def _list_works(self) -> list[tuple[Callable[[], Awaitable[None]], float, str]]:
        """What is done besides answering, how often (seconds), and what it is called."""
        works: list[tuple[Callable[[], Awaitable[None]], float, str]] = [
            (self._beat, EVENT_INTERVAL_S, "telling how the piece is"),
            (self._probe_machine, PROBE_INTERVAL_S, "reading the machine"),
            (self._duets.delete_expired, DELETION_INTERVAL_S, "deleting old duets"),
        ]
        if self._desk is not None:
            from installation.web.audience.desk import TICK_S

            works.append((self._attend_audience, TICK_S, "informing the phones"))
            works.append((self._keep_duets, DUET_INTERVAL_S, "looking for duets"))
        return works

    def _open_desk(
        self, config: Config, question: QuestionOfTheDay, duets: DuetStore
    ) -> AudienceDesk:
        from installation.web.audience.desk import AudienceDesk
        from installation.web.audience.note_feed import NoteFeed
        from installation.web.audience.rounds import GuessingRound, RoundsError, load_rounds

        read = make_ring_reader(self._cue_ring) if self._cue_ring is not None else list
        send, now = self._control_pipe.send, self._clock.now
        rounds: tuple[GuessingRound, ...] = ()
        try:
            rounds = load_rounds(Path(config.web.rounds))
        except RoundsError as error:
            log.warning("no rounds of person or network: %s", error)
        return AudienceDesk(
            config.web, config.crowd, NoteFeed(read), send, now, duets, question, rounds
        )

    async def _serve(self, app: AsgiApp, port: int, what: str, max_connections: int) -> None:
        """Serve at a port, once it is free, until told to stop."""
        from installation.web.server import WebServer, open_socket

        host, was_refused = self._settings.host, False
        while not self._control_pipe.stop.is_set():
            try:
                listening = open_socket(host, port)
            except OSError as error:
                if not was_refused:
                    log.warning("no %s at %s:%d (%s): tried again", what, host, port, error)
                was_refused = True
                await asyncio.sleep(RETRY_INTERVAL_S)
                continue
            server = WebServer(app, max_connections)
            self._servers.append(server)
            with contextlib.closing(listening):
                await server.serve([listening])
            self._servers.remove(server)

    async def _beat(self) -> None:
        """Tell the supervisor that the server lives, and the pages how the piece is."""
        self._control_pipe.send_heartbeat(self._clock.now(), _collect_metrics)
        if self._control_pipe.stop.is_set():
            for server in self._servers:
                server.should_exit = True
        self._services.events.publish(json.dumps(self._state()))

    def _state(self) -> dict[str, object]:
        picture = self._services.picture
        picture.update()
        return self._services.link.describe() | {"picture_serial": picture.serial}

    async def _probe_machine(self) -> None:
        """Learn the addresses of the machine and how it is."""
        machine = await asyncio.to_thread(self._probe.read)
        self._services.link.machine = machine
        if self._desk is not None:
            self._desk.set_addresses(machine.network.addresses)
        if any(server.started for server in self._servers):
            await asyncio.to_thread(self._announcement.update, machine.network.addresses)

    async def _attend_audience(self) -> None:
        """Tell the phones what plays, and the piece what they want."""
        if self._desk is not None:
            self._desk.tick(self._services.link.styles)

    async def _keep_duets(self) -> None:
        """Find the newest duet, and keep what was answered."""
        if self._desk is not None:
            await self._desk.offers.look()
            await asyncio.to_thread(self._desk.question.save)
