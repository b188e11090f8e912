"""Static files of the pages, read once: what is not in this table cannot be asked for."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

MEDIA_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
}
FONTS = ("jost-200.ttf", "jost-300.ttf", "jost-400.ttf", "jost-500.ttf", "jetbrains-mono-400.ttf")


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file.

    Parameters
    ----------
    content : bytes
    media_type : str
    tag : str
        Its entity tag.
    """

    content: bytes
    media_type: str
    tag: str


def load_static_files(room: str = __package__) -> dict[str, StaticFile]:
    """All files of the pages of a room, by name."""
    fonts = files("visuals.fonts")
    sources = [*files(room).joinpath("pages").iterdir(), *map(fonts.joinpath, FONTS)]
    found = {}
    for source in sources:
        media_type = MEDIA_TYPES.get(Path(source.name).suffix)
        if media_type is not None:
            content = source.read_bytes()
            tag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
            found[source.name] = StaticFile(content, media_type, tag)
    return found


def serve_file(request: Request, file: StaticFile) -> Response:
    """The answer with a file, or that the client has it already.

    Parameters
    ----------
    request : Request
    file : StaticFile

    Returns
    -------
    Response
    """
    headers = {"ETag": file.tag, "Cache-Control": "no-cache"}
    if request.headers.get("if-none-match") == file.tag:
        return Response(status_code=304, headers=headers)
    return Response(file.content, media_type=file.media_type, headers=headers)


def static_route(table: Mapping[str, StaticFile]) -> Route:
    """The route `/static/NAME`."""

    def serve(request: Request) -> Response:
        file = table.get(request.path_params["name"])
        return Response("no such file", 404) if file is None else serve_file(request, file)

    return Route("/static/{name}", serve)
