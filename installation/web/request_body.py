"""The body of a request, and who sent it."""

from __future__ import annotations

import json
from typing import Any

from starlette.requests import Request

from installation.web.access.request_guard import RefusedRequestError

JSON_TYPE = "application/json"


async def read_json(request: Request) -> dict[str, Any]:
    """The object that a request sends.

    Parameters
    ----------
    request : Request

    Returns
    -------
    dict

    Raises
    ------
    RefusedRequestError
        If it sends anything else.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip() != JSON_TYPE:
        raise RefusedRequestError(415, f"{JSON_TYPE} is expected")
    try:
        values = json.loads(await request.body())
    except (ValueError, RecursionError) as error:
        raise RefusedRequestError(400, "this is no JSON") from error
    if not isinstance(values, dict):
        raise RefusedRequestError(400, "an object is expected")
    return values


def client_address(request: Request) -> str:
    """Address of the client.

    Parameters
    ----------
    request : Request

    Returns
    -------
    str
        Empty where the server does not know it.
    """
    return "" if request.client is None else request.client.host
