"""Routes of the audience's page."""

from __future__ import annotations

import json
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from installation.web.access.request_guard import RefusedRequestError
from installation.web.audience.desk import AudienceDesk
from installation.web.audience.opinions import OpinionError, check_opinion
from installation.web.request_body import client_address, read_json
from installation.web.static_files import StaticFile, serve_file
from visuals.words import languages, load_words

WORD_TABLES = ("phone.", "style.", "language.")
"""Tables of `visuals.words` that the page has."""


class AudienceRoutes:
    """The routes; anybody may use them.

    Parameters
    ----------
    desk : AudienceDesk
    page : StaticFile
        The page itself.
    """

    def __init__(self, desk: AudienceDesk, page: StaticFile) -> None:
        self._desk, self._page = desk, page
        self._words = json.dumps(page_words())

    def routes(self) -> list[Route]:
        """All routes."""
        return [
            Route("/", self._serve_page, methods=["GET"]),
            Route("/words.json", self._read_words, methods=["GET"]),
            Route("/events", self._desk.broadcast),
            Route("/join", self._join, methods=["POST"]),
            Route("/opinion", self._take_opinion, methods=["POST"]),
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

    async def _read_voice(self, request: Request) -> tuple[str, dict[str, object]]:
        """The voice that asks, and what it sends."""
        self._spend(request)
        values = await read_json(request)
        voice = self._desk.voices.identify(values.get("voice"))
        if voice is None:
            raise RefusedRequestError(401, "join first")
        return voice, values

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
