"""Routes of the audience's page."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import asdict

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from installation.visits.vote import PLAYERS
from installation.web.access.request_guard import RefusedRequestError
from installation.web.audience.ballots import MAX_VOICES_PER_DAY, MAX_VOICES_PER_DUET
from installation.web.audience.desk import AudienceDesk
from installation.web.audience.duet_page import DuetPage
from installation.web.audience.opinions import OpinionError, check_opinion
from installation.web.audience.question import QuestionError
from installation.web.request_body import client_address, read_json
from installation.web.static_files import StaticFile, serve_file
from visuals.words import languages, load_words

ADDRESS = re.compile(r"[\w-]{16,64}", re.ASCII)  # what may be the address of a duet
WORD_TABLES = ("phone.", "style.", "language.")
"""Tables of `visuals.words` that the page has."""


class AudienceRoutes:
    """The routes; anybody may use them.

    Parameters
    ----------
    desk : AudienceDesk
    files : mapping of str to StaticFile
        Those of the pages.
    """

    def __init__(self, desk: AudienceDesk, files: Mapping[str, StaticFile]) -> None:
        self._desk, self._page, words = desk, files["audience.html"], page_words()
        self._no_duet = [each["phone.no_duet"] for each in words.values()]
        self._words, self._duet_page = json.dumps(words), DuetPage(files, words)

    def routes(self) -> list[Route]:
        """All routes."""
        return [
            Route("/", self._serve_page, methods=["GET"]),
            Route("/words.json", self._read_words, methods=["GET"]),
            Route("/events", self._desk.broadcast),
            Route("/join", self._join, methods=["POST"]),
            Route("/opinion", self._take_opinion, methods=["POST"]),
            Route("/vote", self._take_vote, methods=["POST"]),
            Route("/round", self._draw_round, methods=["GET"]),
            Route("/guess", self._take_guess, methods=["POST"]),
            Route("/answer", self._take_answer, methods=["POST"]),
            Route("/d/{address}", self._read_duet, methods=["GET"]),
            Route("/d/{address}", self._delete_duet, methods=["DELETE"]),
            Route("/d/{address}/play", self._play_duet, methods=["POST"]),
        ]

    async def _serve_page(self, request: Request) -> Response:
        return serve_file(request, self._page)

    async def _read_words(self, request: Request) -> Response:
        return Response(self._words, media_type="application/json")

    async def _join(self, request: Request) -> Response:
        self._spend(request)
        return JSONResponse({"voice": self._desk.voices.create()})

    async def _take_opinion(self, request: Request) -> Response:
        voice, values = await self._read_voice(request)
        address = client_address(request)
        try:
            opinion = check_opinion(values, address, self._desk.now())
        except OpinionError as error:
            raise RefusedRequestError(400, str(error)) from error
        self._desk.crowd.put(voice, opinion)
        return JSONResponse({"ok": True})

    async def _take_vote(self, request: Request) -> Response:
        voice, values = await self._read_voice(request)
        address, is_liked = self._desk.offers.address_of(values.get("duet")), values.get("liked")
        if address is None:
            raise RefusedRequestError(404, "this duet is not there any more")
        if not isinstance(is_liked, bool):
            raise RefusedRequestError(400, "liked must be true or false")
        if not self._admit(request, voice, f"duet {address}", MAX_VOICES_PER_DUET):
            raise RefusedRequestError(429, "too many votes on this duet come from this address")
        return JSONResponse({"counted": await self._desk.duets.vote(address, voice, is_liked)})

    async def _draw_round(self, request: Request) -> Response:
        self._spend(request)
        rounds = self._desk.rounds
        if not rounds:
            raise RefusedRequestError(404, "there are no rounds")
        number = secrets.randbelow(len(rounds))
        return JSONResponse({"round": number} | rounds[number].describe())

    async def _take_guess(self, request: Request) -> Response:
        voice, values = await self._read_voice(request)
        number, choice, rounds = values.get("round"), values.get("choice"), self._desk.rounds
        if not isinstance(number, int) or not 0 <= number < len(rounds):
            raise RefusedRequestError(404, "there is no such round")
        if choice not in PLAYERS:
            raise RefusedRequestError(400, "a choice is person or network")
        duets, played = self._desk.duets, rounds[number]
        is_admitted = self._admit(request, voice, f"round {played.name}", MAX_VOICES_PER_DAY)
        counted = is_admitted and await duets.guess(played, voice, str(choice))
        answer = {"truth": played.truth, "counted": counted}
        return JSONResponse(answer | asdict(await duets.score()))

    async def _take_answer(self, request: Request) -> Response:
        voice, values = await self._read_voice(request)
        question = self._desk.question
        subject = f"question {question.serial}"  # the one asked now, whichever a phone names
        if not self._admit(request, voice, subject, MAX_VOICES_PER_DAY):
            raise RefusedRequestError(429, "too many answers come from this address")
        try:
            question.answer(voice, values.get("question"), values.get("answer"))
        except QuestionError as error:
            raise RefusedRequestError(400, str(error)) from error
        return JSONResponse({"ok": True})

    async def _read_duet(self, request: Request) -> Response:
        self._spend(request)
        duets, address = self._desk.duets, request.path_params["address"]
        duet = await duets.read(address) if ADDRESS.fullmatch(address) else None
        if duet is None:
            return PlainTextResponse("\n\n".join(self._no_duet), 404)
        page = self._duet_page.render(duet, duets.expires_at(duet))
        return HTMLResponse(page, headers={"Content-Security-Policy": self._duet_page.policy})

    async def _play_duet(self, request: Request) -> Response:
        self._spend(request)
        address = request.path_params["address"]
        duet = await self._desk.duets.read(address) if ADDRESS.fullmatch(address) else None
        if duet is None:
            raise RefusedRequestError(404, "no such duet")
        if not self._desk.play_again(duet):
            raise RefusedRequestError(429, "somebody plays, or listens; try again in a minute")
        return JSONResponse({"ok": True})

    async def _delete_duet(self, request: Request) -> Response:
        self._spend(request)
        address = request.path_params["address"]
        if not (ADDRESS.fullmatch(address) and await self._desk.duets.delete(address)):
            raise RefusedRequestError(404, "no such duet")
        self._desk.offers.withdraw(address)
        return JSONResponse({"ok": True})

    async def _read_voice(self, request: Request) -> tuple[str, dict[str, object]]:
        """The voice that asks, and what it sends."""
        self._spend(request)
        values = await read_json(request)
        voice = self._desk.voices.identify(values.get("voice"))
        if voice is None:
            raise RefusedRequestError(401, "join first")
        return voice, values

    def _admit(self, request: Request, voice: str, subject: str, most: int) -> bool:
        """Count a voice among those of its address; whether it may vote."""
        return self._desk.ballots.admit(client_address(request), voice, subject, most)

    def _spend(self, request: Request) -> None:
        if not self._desk.budget.spend(client_address(request)):
            raise RefusedRequestError(429, "too many requests; wait a little")


def page_words() -> Mapping[str, Mapping[str, str]]:
    """The words of the page in every language, by code and key."""
    return {
        language: {key: words[key] for key in sorted(words.keys) if key.startswith(WORD_TABLES)}
        for language in languages()
        for words in (load_words(language),)
    }
