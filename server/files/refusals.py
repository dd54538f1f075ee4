"""Refusals of the file protocol as HTTP responses."""

import functools
import math
from collections.abc import Awaitable, Callable

import msgspec
from aiohttp import web

from desktop_chat.protocol.errors import ErrorCode
from server.files.headers import TUS_VERSION
from server.refusal import Refused, unavailable
from server.store.base import StoreUnavailable

STATUS: dict[ErrorCode, int] = {
    ErrorCode.BAD_REQUEST: 400,
    ErrorCode.BAD_TOKEN: 401,
    ErrorCode.NOT_FOUND: 404,
    ErrorCode.WRONG_OFFSET: 409,
    ErrorCode.UNSUPPORTED_PROTOCOL: 412,
    ErrorCode.TOO_LARGE: 413,
    ErrorCode.UPLOAD_BUSY: 423,
    ErrorCode.TOO_FAST: 429,
    ErrorCode.BAD_CHECKSUM: 460,
    ErrorCode.INTERNAL: 500,
    ErrorCode.SERVER_BUSY: 503,
    ErrorCode.QUOTA_FULL: 507,
}
"""The status of each refusal; 460 is what tus says for a checksum that does not match."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def answer_refusals(handler: Handler) -> Handler:
    """A handler whose refusals are responses."""

    @functools.wraps(handler)
    async def answering(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except Refused as refused:
            return response(refused)
        except StoreUnavailable as error:
            return response(unavailable(error))

    return answering


def response(refused: Refused) -> web.Response:
    """A refusal as JSON: ``code``, ``message`` and, where the same request may succeed later,
    ``retry_after_s``."""
    body: dict[str, object] = {"code": refused.code, "message": refused.message}
    headers = {"Tus-Resumable": TUS_VERSION, "Cache-Control": "no-store"}
    if refused.retry_after_s is not None:
        body["retry_after_s"] = refused.retry_after_s
        headers["Retry-After"] = str(math.ceil(refused.retry_after_s))
    if refused.code is ErrorCode.BAD_TOKEN:
        headers["WWW-Authenticate"] = "Bearer"
    if refused.code is ErrorCode.UNSUPPORTED_PROTOCOL:
        headers["Tus-Version"] = TUS_VERSION
    return web.Response(
        status=STATUS.get(refused.code, 400),
        body=msgspec.json.encode(body),
        content_type="application/json",
        headers=headers,
    )
