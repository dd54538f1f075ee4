"""Listening: WebSockets for clients, and a health check on the same port."""

import http
import logging
from functools import partial

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.http11 import Request, Response

from desktop_chat.protocol.limits import MAX_TRANSPORT_FRAME_BYTES
from server.config import Config
from server.connection import ClientSocket, handle
from server.service import Service

_CLOSE_TIMEOUT_S = 2.0
_PATHS = ("/", "")
_websockets_log = logging.getLogger("server.websockets")


async def listen(config: Config, service: Service) -> Server:
    """Begin to accept connections. Raises OSError where the address cannot be had."""
    # Handshakes that fail are the business of whoever sent them, not of the log.
    _websockets_log.setLevel(logging.CRITICAL)
    return await serve(
        partial(handle, service=service),
        config.host,
        config.port,
        compression=None,
        max_size=MAX_TRANSPORT_FRAME_BYTES,
        create_connection=ClientSocket,
        open_timeout=config.limits.handshake_timeout_s,
        close_timeout=_CLOSE_TIMEOUT_S,
        ping_interval=None,  # see server.keepalive
        process_request=partial(_answer_http, service=service),
        server_header=None,
        logger=_websockets_log,
    )


def url(server: Server, host: str) -> str:
    """Where clients reach it."""
    port = server.sockets[0].getsockname()[1]
    return f"ws://[{host}]:{port}/" if ":" in host else f"ws://{host}:{port}/"


def sockets(server: Server) -> list[ClientSocket]:
    """The connections that are open."""
    return [each for each in server.connections if isinstance(each, ClientSocket)]


def _answer_http(socket: ServerConnection, request: Request, service: Service) -> Response | None:
    """Answer what is not a WebSocket; None lets the handshake go on."""
    path = request.path.partition("?")[0]
    upgrades = "websocket" in request.headers.get("Upgrade", "").lower()
    if upgrades and "Origin" in request.headers:
        # Only browsers send it. A page that is open on this computer reaches loopback too, and must not.
        return socket.respond(http.HTTPStatus.FORBIDDEN, "Web pages cannot connect to this server.\n")
    if not upgrades and path == "/healthz":
        if service.store.is_well():
            return socket.respond(http.HTTPStatus.OK, "ok\n")
        return socket.respond(http.HTTPStatus.SERVICE_UNAVAILABLE, "The server cannot store anything.\n")
    if path not in _PATHS:
        return socket.respond(http.HTTPStatus.NOT_FOUND, "There is nothing here.\n")
    if not upgrades:
        response = socket.respond(
            http.HTTPStatus.UPGRADE_REQUIRED, "This is a desktop-chat server: connect with the app.\n"
        )
        response.headers["Upgrade"] = "websocket"
        return response
    return None
