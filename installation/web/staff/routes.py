"""Routes of the staff page: log in, read and steer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from installation.io.control.control_messages import ControlError
from installation.kiosk.hours_file import HoursFile
from installation.opening_hours import OpeningHoursError
from installation.ops.open_metrics import OPEN_METRICS_MEDIA_TYPE, format_open_metrics
from installation.ops.status_file import status_as_json
from installation.staff_pin import MAX_PIN_LENGTH, verify_pin
from installation.visits.database import VisitDatabaseError
from installation.web.access.login_guard import LoginGuard
from installation.web.access.request_guard import RefusedRequestError
from installation.web.access.sessions import COOKIE_NAME, SESSION_LIFE_NS, SessionStore
from installation.web.audience.question import QuestionError, QuestionOfTheDay
from installation.web.event_stream import EventStream
from installation.web.request_body import client_address, read_json
from installation.web.staff.family_tree import FamilyTree
from installation.web.staff.live_picture import LivePicture
from installation.web.staff.log_tail import read_log_tail
from installation.web.staff.piece_link import PieceLink, TooManyControlsError
from installation.web.staff.recordings import MAX_LISTED, RecordingFolder
from installation.web.staff.visit_plots import read_visit_plots
from installation.web.static_files import StaticFile, serve_file
from messages.clock import SECOND
from rnn.evolution.generation import GenerationError

LOCAL_CLIENTS = ("127.0.0.1", "::1")
MIDI_TYPE = "audio/midi"
Handler = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class StaffServices:
    """All that the routes use.

    Parameters
    ----------
    link : PieceLink
    events : EventStream
        Of the state of the piece.
    picture : LivePicture
    recordings : RecordingFolder
    sessions : SessionStore
    login_guard : LoginGuard
    pin_hash : str or None
        None if there is no PIN yet: nobody can log in.
    log_file : Path or None
        None if the log goes to the terminal alone.
    recordings_folder : Path
        Folder of the recordings, which holds the database of visits.
    hours : HoursFile
    question : QuestionOfTheDay or None
        None if the audience has no page.
    family : FamilyTree or None
        None if the style does not evolve.
    """

    link: PieceLink
    events: EventStream
    picture: LivePicture
    recordings: RecordingFolder
    sessions: SessionStore
    login_guard: LoginGuard
    pin_hash: str | None
    log_file: Path | None
    recordings_folder: Path
    hours: HoursFile
    question: QuestionOfTheDay | None = None
    family: FamilyTree | None = None


class StaffRoutes:
    """The routes; all but the page itself and the login need a session.

    Parameters
    ----------
    services : StaffServices
    page : StaticFile
        The page itself.
    """

    def __init__(self, services: StaffServices, page: StaticFile) -> None:
        self._services, self._page = services, page
        self._pin_lock = asyncio.Lock()  # one PIN at a time: each try takes memory and time

    def routes(self) -> list[Route]:
        """All routes."""
        reading, needs = "GET", self._needs_session
        return [
            Route("/", self._redirect, methods=[reading]),
            Route("/staff", self._serve_page, methods=[reading]),
            Route("/staff/login", self._log_in, methods=["POST"]),
            Route("/staff/logout", needs(self._log_out), methods=["POST"]),
            Route("/staff/status", needs(self._read_status), methods=[reading]),
            Route("/staff/events", needs(self._stream_events), methods=[reading]),
            Route("/staff/picture.jpg", needs(self._read_picture), methods=[reading]),
            Route("/staff/control", needs(self._steer), methods=["POST"]),
            Route("/staff/log", needs(self._read_log), methods=[reading]),
            Route("/staff/visits", needs(self._read_visits), methods=[reading]),
            Route("/staff/recordings", needs(self._list_recordings), methods=[reading]),
            Route("/staff/recordings/{day}/{name}", needs(self._read_recording), methods=[reading]),
            Route(
                "/staff/recordings/{day}/{name}", needs(self._delete_recording), methods=["DELETE"]
            ),
            Route("/staff/hours", needs(self._read_hours), methods=[reading]),
            Route("/staff/hours", needs(self._set_hours), methods=["POST"]),
            Route("/staff/question", needs(self._read_question), methods=[reading]),
            Route("/staff/question", needs(self._ask_question), methods=["POST"]),
            Route("/staff/generations", needs(self._read_generations), methods=[reading]),
            Route("/staff/generations", needs(self._choose_generation), methods=["POST"]),
            Route("/metrics", self._read_metrics, methods=[reading]),
            Route("/metrics.json", self._read_metrics, methods=[reading]),
        ]

    def _has_session(self, request: Request) -> bool:
        return self._services.sessions.is_valid(request.cookies.get(COOKIE_NAME, ""))

    def _needs_session(self, handler: Handler) -> Handler:
        async def checked(request: Request) -> Response:
            if not self._has_session(request):
                raise RefusedRequestError(401, "log in first")
            return await handler(request)

        return checked

    async def _redirect(self, request: Request) -> Response:
        return RedirectResponse("/staff")

    async def _serve_page(self, request: Request) -> Response:
        return serve_file(request, self._page)

    async def _log_in(self, request: Request) -> Response:
        guard, client = self._services.login_guard, client_address(request)
        if self._services.pin_hash is None:
            raise RefusedRequestError(403, "no PIN is set: run hidden-state web pin")
        pin = (await read_json(request)).get("pin")
        if not isinstance(pin, str) or not 0 < len(pin) <= MAX_PIN_LENGTH:
            raise RefusedRequestError(400, "a PIN is expected")
        if self._pin_lock.locked():
            raise RefusedRequestError(429, "somebody else logs in just now; try again")
        async with self._pin_lock:
            if (wait := guard.locked_for_s(client)) > 0:
                raise RefusedRequestError(429, f"too many wrong PINs: wait {wait:.0f} s")
            is_right = await asyncio.to_thread(verify_pin, pin, self._services.pin_hash)
            if not is_right:
                guard.record_failure(client)
                raise RefusedRequestError(403, "this PIN is wrong")
            guard.record_success(client)
        self._services.sessions.end(request.cookies.get(COOKIE_NAME, ""))
        response = JSONResponse({"ok": True})
        response.set_cookie(
            COOKIE_NAME,
            self._services.sessions.create(),
            max_age=SESSION_LIFE_NS // SECOND,
            httponly=True,
            samesite="strict",
        )
        return response

    async def _log_out(self, request: Request) -> Response:
        self._services.sessions.end(request.cookies.get(COOKIE_NAME, ""))
        response = JSONResponse({"ok": True})
        response.delete_cookie(COOKIE_NAME, httponly=True, samesite="strict")
        return response

    async def _read_status(self, request: Request) -> Response:
        return JSONResponse(self._services.link.describe())

    async def _stream_events(self, request: Request) -> Response:
        return self._services.events.respond(lambda: self._has_session(request))

    async def _read_picture(self, request: Request) -> Response:
        jpeg = self._services.picture.jpeg
        if not jpeg:
            raise RefusedRequestError(404, "there is no picture yet")
        return Response(jpeg, media_type="image/jpeg")

    async def _steer(self, request: Request) -> Response:
        wanted = await read_json(request)
        name, values = wanted.get("name"), wanted.get("values")
        if not isinstance(name, str) or not isinstance(values, list):
            raise RefusedRequestError(400, "a name and a list of values are expected")
        try:
            self._services.link.steer(name, values)
        except TooManyControlsError as error:
            raise RefusedRequestError(429, str(error)) from error
        except ControlError as error:
            raise RefusedRequestError(400, str(error)) from error
        return JSONResponse({"ok": True})

    async def _read_log(self, request: Request) -> Response:
        lines = await asyncio.to_thread(read_log_tail, self._services.log_file)
        return JSONResponse({"lines": lines})

    async def _read_visits(self, request: Request) -> Response:
        plots = await asyncio.to_thread(read_visit_plots, self._services.recordings_folder)
        return JSONResponse(plots)

    async def _list_recordings(self, request: Request) -> Response:
        found = await asyncio.to_thread(self._services.recordings.list_files)
        listed = [asdict(file) for file in found[:MAX_LISTED]]
        return JSONResponse({"count": len(found), "recordings": listed})

    async def _read_recording(self, request: Request) -> Response:
        day, name = request.path_params["day"], request.path_params["name"]
        content = await _on_disk(self._services.recordings.read, day, name)
        if content is None:
            raise RefusedRequestError(404, "no such recording")
        quoted = quote(f"{day} {name}", safe="")
        headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quoted}"}
        return Response(content, media_type=MIDI_TYPE, headers=headers)

    async def _delete_recording(self, request: Request) -> Response:
        day, name = request.path_params["day"], request.path_params["name"]
        if not await _on_disk(self._services.recordings.delete, day, name):
            raise RefusedRequestError(404, "no such recording")
        return JSONResponse({"ok": True})

    async def _read_hours(self, request: Request) -> Response:
        return JSONResponse({"rules": self._services.hours.rules()})

    async def _set_hours(self, request: Request) -> Response:
        rules = (await read_json(request)).get("rules", "")
        is_list = isinstance(rules, list) and all(isinstance(rule, str) for rule in rules)
        if not (is_list or rules is None):
            raise RefusedRequestError(400, "a list of rules is expected, or null")
        try:
            await asyncio.to_thread(self._services.hours.write, rules)
        except OpeningHoursError as error:
            raise RefusedRequestError(400, str(error)) from error
        except (OSError, ValueError) as error:
            raise RefusedRequestError(503, "the disk does not take it") from error
        return await self._read_hours(request)

    async def _read_question(self, request: Request) -> Response:
        if self._services.question is None:
            raise RefusedRequestError(404, "the audience has no page: set web.audience")
        return JSONResponse(self._services.question.describe())

    async def _ask_question(self, request: Request) -> Response:
        values = await read_json(request)
        try:
            if self._services.question is not None:
                self._services.question.ask(values.get("text"), values.get("answers"))
        except QuestionError as error:
            raise RefusedRequestError(400, str(error)) from error
        return await self._read_question(request)

    async def _read_generations(self, request: Request) -> Response:
        return JSONResponse(await _on_disk(self._family.describe))

    async def _choose_generation(self, request: Request) -> Response:
        values = await read_json(request)
        style, number = str(values.get("style")), values.get("number")
        if not isinstance(number, int) or isinstance(number, bool) or number < 0:
            raise RefusedRequestError(400, "the number of a generation is expected")
        try:
            return JSONResponse(await _on_disk(self._family.go_back, style, number))
        except GenerationError as error:
            raise RefusedRequestError(409, str(error)) from error

    @property
    def _family(self) -> FamilyTree:
        if self._services.family is None:
            raise RefusedRequestError(404, "the style does not evolve: set evolution.enabled")
        return self._services.family

    async def _read_metrics(self, request: Request) -> Response:
        if client_address(request) not in LOCAL_CLIENTS and not self._has_session(request):
            raise RefusedRequestError(401, "log in first, or ask from this machine")
        status = self._services.link.status
        if request.url.path.endswith(".json"):
            return JSONResponse(status_as_json(status))
        content = format_open_metrics(status)
        return Response(content, headers={"Content-Type": OPEN_METRICS_MEDIA_TYPE})


async def _on_disk(work: Callable[..., Any], *arguments: object) -> Any:
    try:
        return await asyncio.to_thread(work, *arguments)
    except GenerationError:
        raise
    except (OSError, ValueError, VisitDatabaseError) as error:
        raise RefusedRequestError(503, "the disk does not give it") from error
