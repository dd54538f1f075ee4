"""Listening: one port for WebSockets and for HTTP, with or without TLS."""

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from typing import Any, cast

from aiohttp import web
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.server import ServerProtocol

from desktop_chat.protocol.limits import MAX_TRANSPORT_FRAME_BYTES
from server.config import Config
from server.connection import ClientSocket, Corks, handle
from server.door import Arrivals, Door
from server.http import requests_over
from server.service import Service
from server.tls import ServerTls

_CLOSE_TIMEOUT_S = 2.0
_CANCEL_TIMEOUT_S = 0.5
_HEADER_MAX_BYTES = 8190
_HEADERS_MAX = 64
_log = logging.getLogger(__name__)
_websockets_log = logging.getLogger("server.websockets")
_aiohttp_log = logging.getLogger("server.aiohttp")


class Listener:
    """Accepts connections for a service, and shows each to its door."""

    def __init__(
        self,
        config: Config,
        service: Service,
        arrivals: Arrivals,
        app: web.Application,
        tls: ServerTls | None,
    ) -> None:
        self._config = config
        self._service = service
        self._tls = tls
        self._arrivals = arrivals
        limits = config.limits
        # Handshakes and requests that make no sense are the business of whoever sent them, not of the log.
        _websockets_log.setLevel(logging.CRITICAL)
        _aiohttp_log.setLevel(logging.CRITICAL)
        self._runner = web.AppRunner(
            app,
            access_log=None,
            logger=_aiohttp_log,
            handler_cancellation=True,
            keepalive_timeout=limits.http_keepalive_s,
            max_line_size=_HEADER_MAX_BYTES,
            max_field_size=_HEADER_MAX_BYTES,
            max_headers=_HEADERS_MAX,
            shutdown_timeout=_CANCEL_TIMEOUT_S,
        )
        self._server: Server

    async def start(self) -> None:
        """Begin to accept connections. Raises OSError where the address cannot be had."""
        await self._runner.setup()
        limits = self._config.limits
        secure: dict[str, Any] = {}
        if self._tls is not None:
            # Until TLS stands nobody is counted, so that this time is all that bounds it.
            secure = {"ssl": self._tls.context, "ssl_handshake_timeout": limits.handshake_timeout_s}
        self._server = await serve(
            partial(handle, service=self._service, corks=Corks()),
            self._config.host,
            self._config.port,
            compression=None,
            max_size=MAX_TRANSPORT_FRAME_BYTES,
            # Not what websockets takes it for: a protocol that becomes one once a WebSocket is asked for.
            create_connection=cast(type[ServerConnection], self._make_door),
            open_timeout=limits.handshake_timeout_s,
            close_timeout=_CLOSE_TIMEOUT_S,
            ping_interval=None,  # see server.keepalive
            server_header=None,
            logger=_websockets_log,
            **secure,
        )

    @property
    def url(self) -> str:
        """Where clients reach it."""
        host = self._config.host
        port = self._server.sockets[0].getsockname()[1]
        scheme = "wss" if self._tls is not None else "ws"
        return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}/"

    def sockets(self) -> list[ClientSocket]:
        """The WebSockets that are open."""
        return [each for each in self._server.connections if isinstance(each, ClientSocket)]

    def stop_accepting(self) -> None:
        """Let nobody in any more; who is in stays."""
        self._server.close(close_connections=False)

    async def finish_requests(self, timeout_s: float) -> None:
        """Wait for the HTTP requests under way, cancel those that take longer, and end every HTTP
        connection."""
        if not await requests_over(self._runner.app, timeout_s):
            _log.warning("requests were cancelled")
        await self._runner.cleanup()

    async def close(self) -> None:
        """End what is left, and wait until it has ended."""
        for each in list(self._arrivals.doors):
            each.abort()
        await self._server.wait_closed()

    def _make_door(self, protocol: ServerProtocol, server: Server, **options: Any) -> Door:
        def make_socket(address: str, opened_s: float) -> asyncio.Protocol:
            socket = ClientSocket(protocol, server, **options)
            socket.let_in(self._arrivals, address, opened_s)
            return socket

        requests = self._runner.server
        if requests is None:  # it stops
            return Door(self._arrivals, make_socket, asyncio.Protocol)
        return Door(self._arrivals, make_socket, cast(Callable[[], asyncio.Protocol], requests))
