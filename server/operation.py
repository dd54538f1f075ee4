"""What whoever runs the server asks it: is it alive, does it take clients, and what has it done."""

import hmac
from http import HTTPStatus
from typing import TYPE_CHECKING

from aiohttp import hdrs, web

from desktop_chat.protocol.errors import ErrorCode
from server.addresses import is_loopback
from server.http import peer_of, problem
from server.metrics import CONTENT_TYPE, Metrics

if TYPE_CHECKING:
    from server.service import Service

_RETRY_S = 5.0


def routes(service: "Service", metrics: Metrics) -> list[web.RouteDef]:
    """``/healthz``, ``/readyz`` and ``/metrics``."""

    async def health(request: web.Request) -> web.Response:
        if service.store.is_well():
            return web.Response(text="ok\n")
        return _not_now("The server cannot store anything.")

    async def ready(request: web.Request) -> web.Response:
        if service.is_ready():
            return web.Response(text="ready\n")
        if service.is_draining:
            return _not_now("The server is about to stop.")
        if not service.store.is_well():
            return _not_now("The server cannot store anything.")
        return _not_now("The server has as many connections as it takes.")

    async def figures(request: web.Request) -> web.Response:
        if not may_read_metrics(service, request):
            return problem(
                HTTPStatus.FORBIDDEN,
                ErrorCode.BAD_REQUEST,
                "The figures are told to this computer alone, or to whoever has the token.",
            )
        return web.Response(body=await metrics.read(), headers={hdrs.CONTENT_TYPE: CONTENT_TYPE})

    return [web.get("/healthz", health), web.get("/readyz", ready), web.get("/metrics", figures)]


def may_read_metrics(service: "Service", request: web.Request) -> bool:
    """Whether the request comes from this computer, or with the token. Behind a proxy everything comes from
    this computer, and only the token counts."""
    config = service.config
    given = request.headers.get(hdrs.AUTHORIZATION, "")
    if config.metrics_token and hmac.compare_digest(
        given.encode("utf-8", "surrogateescape"), f"Bearer {config.metrics_token}".encode()
    ):
        return True
    return not config.behind_proxy and is_loopback(peer_of(request))


def _not_now(message: str) -> web.Response:
    return problem(HTTPStatus.SERVICE_UNAVAILABLE, ErrorCode.SERVER_BUSY, message, _RETRY_S)
