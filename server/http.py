"""HTTP on the chat's port, for everything that is no WebSocket: what surrounds every handler. Handlers come
as routes from the modules that own them; see ``server.serving.routes``.

A handler raises ``Refused``, which becomes a status and ``{"code", "message", "retry_after_s"}``, and learns
who asks from ``bearer``. What it streams it bounds by itself: ``http_body_max_bytes`` holds for what is read
as one piece. It may use the store until it returns, also while the server drains.
"""

import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Protocol, cast

import msgspec
from aiohttp import hdrs, web
from aiohttp.http import HttpVersion10, HttpVersion11

from desktop_chat.protocol.errors import ErrorCode
from server.addresses import client_address
from server.gate import admit
from server.http_budgets import HttpBudgets, UnderWay
from server.refusal import Refused, unavailable
from server.store.base import StoreUnavailable
from server.store.records import DeviceRow, UserRow

if TYPE_CHECKING:
    from server.service import Service

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_log = logging.getLogger(__name__)
_BUDGETS = web.AppKey("budgets", HttpBudgets)
_UNDER_WAY = web.AppKey("under_way", UnderWay)
_ALWAYS_ANSWERED = ("/healthz", "/readyz", "/metrics")
_HEADERS = web.RequestKey("headers", dict[str, str])
_DRAINING_RETRY_S = 5.0
_CHECKSUM_MISMATCH = 460
"""What tus says for a checksum that is not the one announced."""
_STATUSES: dict[ErrorCode, int] = {
    ErrorCode.TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    ErrorCode.BAD_TOKEN: HTTPStatus.UNAUTHORIZED,
    ErrorCode.BAD_CREDENTIALS: HTTPStatus.UNAUTHORIZED,
    ErrorCode.REGISTRATION_CLOSED: HTTPStatus.FORBIDDEN,
    ErrorCode.NAME_TAKEN: HTTPStatus.CONFLICT,
    ErrorCode.NOT_FOUND: HTTPStatus.NOT_FOUND,
    ErrorCode.FORBIDDEN: HTTPStatus.FORBIDDEN,
    ErrorCode.BLOCKED: HTTPStatus.FORBIDDEN,
    ErrorCode.LIMIT_REACHED: HTTPStatus.CONFLICT,
    ErrorCode.TOO_FAST: HTTPStatus.TOO_MANY_REQUESTS,
    ErrorCode.WRONG_OFFSET: HTTPStatus.CONFLICT,
    ErrorCode.UNSUPPORTED_PROTOCOL: HTTPStatus.PRECONDITION_FAILED,
    ErrorCode.UPLOAD_BUSY: HTTPStatus.LOCKED,
    ErrorCode.BAD_CHECKSUM: _CHECKSUM_MISMATCH,
    ErrorCode.QUOTA_FULL: HTTPStatus.INSUFFICIENT_STORAGE,
    ErrorCode.SERVER_BUSY: HTTPStatus.SERVICE_UNAVAILABLE,
    ErrorCode.INTERNAL: HTTPStatus.INTERNAL_SERVER_ERROR,
}
"""Every other refusal is 400."""
_CODES = {
    HTTPStatus.UNAUTHORIZED: ErrorCode.BAD_TOKEN,
    HTTPStatus.NOT_FOUND: ErrorCode.NOT_FOUND,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: ErrorCode.TOO_LARGE,
}
_WORDS = {
    HTTPStatus.NOT_FOUND: "There is nothing here.",
    HTTPStatus.METHOD_NOT_ALLOWED: "This cannot be done here.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The request is too large.",
}


class _Counting(Protocol):
    """What carries an HTTP connection: a ``server.door.Door``."""

    requests: int


def make_app(service: "Service", routes: Iterable[web.AbstractRouteDef] = ()) -> web.Application:
    """The application that answers every request which opens no WebSocket. The guards are the same for all
    ``routes``."""
    limits = service.limits
    app = web.Application(middlewares=[_guard(service)], client_max_size=limits.http_body_max_bytes)
    app[_BUDGETS] = HttpBudgets(limits)
    app[_UNDER_WAY] = UnderWay()
    app.on_response_prepare.append(_finish_head)
    app.add_routes([web.get("/", _come_with_the_app), *routes])
    return app


async def requests_over(app: web.Application, timeout_s: float) -> bool:
    """Wait until no request is under way; False if some still are in the end."""
    return await app[_UNDER_WAY].over(timeout_s)


async def bearer(service: "Service", request: web.Request) -> tuple[UserRow, DeviceRow]:
    """Whose device token the request carries, as ``Authorization: Bearer TOKEN``. Raises Refused:
    ``bad_token``, ``too_fast``."""
    scheme, _, token = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Refused(ErrorCode.BAD_TOKEN, "This needs the token of a device that is signed in.")
    user, device = await admit(service, token.strip(), address_of(service, request))
    request.app[_BUDGETS].check_user(user.user_id, service.monotonic_s())
    return user, device


def address_of(service: "Service", request: web.Request) -> str:
    """The address that a request is counted by."""
    forwarded = request.headers.getall("X-Forwarded-For", []) if service.config.behind_proxy else []
    return client_address(peer_of(request), forwarded[-1] if forwarded else None)


def peer_of(request: web.Request) -> str:
    """The address at the other end of the socket."""
    peer = request.transport.get_extra_info("peername") if request.transport is not None else None
    return str(peer[0]) if isinstance(peer, tuple) else ""


def problem(status: int, code: ErrorCode, message: str, retry_after_s: float | None = None) -> web.Response:
    """An answer that says what is wrong, to the program and to the person."""
    body: dict[str, Any] = {"code": code, "message": message}
    headers = {}
    if retry_after_s is not None:
        body["retry_after_s"] = retry_after_s
        headers[hdrs.RETRY_AFTER] = str(max(1, round(retry_after_s)))
    if status == HTTPStatus.UNAUTHORIZED:
        headers[hdrs.WWW_AUTHENTICATE] = "Bearer"
    return web.Response(
        status=status,
        body=msgspec.json.encode(body),
        content_type="application/json",
        charset="utf-8",
        headers=headers,
    )


def status_of(code: ErrorCode) -> int:
    """The status that a refusal with this code becomes."""
    return _STATUSES.get(code, HTTPStatus.BAD_REQUEST)


def refusal(refused: Refused) -> web.Response:
    """The answer that a refusal becomes."""
    return problem(status_of(refused.code), refused.code, refused.message, refused.retry_after_s)


def with_headers(request: web.Request, headers: Mapping[str, str]) -> None:
    """Let the answer have these headers, whatever becomes of the request."""
    request[_HEADERS] = {**request.get(_HEADERS, {}), **headers}


def _guard(service: "Service") -> Any:
    """What stands around every handler, missing pages included."""

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.version not in (HttpVersion10, HttpVersion11):
            # The answer would be in that version too, which nobody speaks here.
            if request.transport is not None:
                request.transport.abort()
            raise ConnectionError("another version of HTTP")
        with request.app[_UNDER_WAY]:
            response = await _answer(service, request, handler)
        service.counters.http_responses[response.status] += 1
        transport = request.transport
        if transport is not None:
            connection = cast(_Counting, transport.get_protocol())
            connection.requests += 1
            last = connection.requests >= service.limits.http_requests_per_connection_max
            if (last or service.is_draining) and not response.prepared:
                response.force_close()
        return response

    return guard


async def _answer(service: "Service", request: web.Request, handler: Handler) -> web.StreamResponse:
    failure: Exception
    try:
        _check_request(service, request)
        return await handler(request)
    except (Refused, StoreUnavailable) as error:
        refused = unavailable(error) if isinstance(error, StoreUnavailable) else error
        service.counters.refusals[refused.code] += 1
        failure, answer = error, refusal(refused)
    except web.HTTPException as error:
        failure, answer = error, _in_words(error)
    except ConnectionError:
        raise  # nobody is there to be told
    except Exception as error:
        _log.error("request failed path=%s error=%s", _route(request), type(error).__name__, exc_info=error)
        message = "The server could not do this. It has noted the error."
        failure, answer = error, problem(HTTPStatus.INTERNAL_SERVER_ERROR, ErrorCode.INTERNAL, message, 5.0)
    if request.writer.output_size > 0:
        # Half an answer is out: only the end of the socket says that it failed.
        raise ConnectionError("the answer had begun") from failure
    return answer


def _check_request(service: "Service", request: web.Request) -> None:
    request.app[_BUDGETS].check_address(address_of(service, request), service.monotonic_s())
    if hdrs.ORIGIN in request.headers:
        raise web.HTTPForbidden(text="Web pages cannot connect to this server.")
    if service.is_draining and request.path not in _ALWAYS_ANSWERED:
        raise Refused(ErrorCode.SERVER_BUSY, "The server is about to stop.", _DRAINING_RETRY_S)


def _in_words(error: web.HTTPException) -> web.Response:
    """aiohttp's own refusals, and those with words of ours."""
    status = HTTPStatus(error.status)
    own = error.text if error.text and error.text != f"{error.status}: {error.reason}" else None
    words = own or _WORDS.get(status, f"{status.phrase}.")
    answer = problem(status, _CODES.get(status, ErrorCode.BAD_REQUEST), words)
    if hdrs.ALLOW in error.headers:
        answer.headers[hdrs.ALLOW] = error.headers[hdrs.ALLOW]
    return answer


def _route(request: web.Request) -> str:
    """The route as it is written, without what the request put into it."""
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else ""


async def _finish_head(request: web.Request, response: web.StreamResponse) -> None:
    response.headers.popall(hdrs.SERVER, None)
    response.headers.update(request.get(_HEADERS, {}))
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault(hdrs.CACHE_CONTROL, "no-store")


async def _come_with_the_app(request: web.Request) -> web.Response:
    message = "This is a desktop-chat server: connect with the app."
    answer = problem(HTTPStatus.UPGRADE_REQUIRED, ErrorCode.BAD_REQUEST, message)
    answer.headers[hdrs.UPGRADE] = "websocket"
    return answer
