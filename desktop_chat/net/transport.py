"""Frames over a WebSocket. The interface is what the rest of the client knows; websockets is behind it."""

import ipaddress
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from desktop_chat.language import known, tr, trc
from desktop_chat.net.pinning import Pins, expected_fingerprint
from desktop_chat.protocol.errors import CloseCode
from desktop_chat.protocol.limits import MAX_SERVER_FRAME_BYTES

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection
    from websockets.exceptions import ConnectionClosed

_DEFAULT_PORT = 8765
_OPEN_TIMEOUT_S = 8.0
_CLOSE_TIMEOUT_S = 1.0
_BUSY = (429, 503)


class TransportError(Exception):
    """The connection could not be made; says why in words for a person."""


class CertificateChanged(TransportError):
    """The server is not known by the certificate that it shows. Trying again helps nobody: a person has to
    act."""


class TransportClosed(Exception):
    """The connection is gone. ``code`` is the close code (RFC 6455), 1006 where there was none."""

    def __init__(self, code: int, reason: str = "") -> None:
        super().__init__(reason or f"closed with code {code}")
        self.code = code
        self.reason = reason


def close_words(closed: TransportClosed) -> str:
    """What a server says as it closes, in the language in use; empty where it says nothing. One without words
    of its own says the name of the code."""
    if closed.reason != _name_of(closed.code):
        return known(closed.reason)
    match closed.code:
        case CloseCode.RESTARTING:
            return trc("why a server has closed the connection", "restarting")
        case CloseCode.SLOW_READER:
            return trc("why a server has closed the connection", "slow reader")
        case CloseCode.HANDSHAKE_TIMEOUT:
            return trc("why a server has closed the connection", "handshake timeout")
        case CloseCode.SIGNED_OUT:
            return trc("why a server has closed the connection", "signed out")
        case CloseCode.TOO_MANY_BAD_FRAMES:
            return trc("why a server has closed the connection", "too many bad frames")
        case _:
            return closed.reason


def _name_of(code: int) -> str:
    """A code as the server calls it that has no words for it."""
    try:
        return CloseCode(code).name.lower().replace("_", " ")
    except ValueError:
        return ""


class Transport(Protocol):
    """One connection that carries frames both ways, in order. Not reusable once closed."""

    async def send(self, frame: bytes) -> None:
        """Hand over a frame; waits while too much is unsent. Raises TransportClosed."""
        ...

    async def receive(self) -> bytes:
        """The next frame. Raises TransportClosed."""
        ...

    async def ping(self) -> None:
        """Returns when the other side has answered. Raises TransportClosed."""
        ...

    def abort(self) -> None:
        """Drop the connection at once, without a word to the other side."""
        ...

    async def close(self) -> None:
        """Take leave and close; bounded in time."""
        ...


OpenTransport = Callable[[str], Awaitable[Transport]]
"""Connects to an address. Raises TransportError, CertificateChanged among them."""


def checked_address(text: str) -> str:
    """A server address as typed by a person, as a URL: "host", "host:port" or a ws:// or wss:// URL.

    Without TLS only this computer is spoken to, since passwords and messages would be readable on the way; a
    host elsewhere, and one whose certificate is named by a ``#sha256=…`` at the end, is taken for wss://.
    Raises ValueError with words.
    """
    text = text.strip()
    if not text:
        raise ValueError(tr("Please enter the server's address."))
    words = tr("“{text}” is not an address. Write it like 127.0.0.1:8765.", text=text[:80])
    no_address = ValueError(words)
    try:
        parts = urlsplit(text if "://" in text else f"//{text}")
        port = _DEFAULT_PORT if parts.port is None else parts.port
        host = parts.hostname or ""
        host.encode("idna")
        fingerprint = expected_fingerprint(parts.fragment)
    except ValueError:  # UnicodeError is one
        raise no_address from None
    if parts.scheme not in ("", "ws", "wss") or not host or not host.isprintable() or not port:
        raise no_address
    if parts.username or parts.query or (fingerprint and parts.scheme == "ws"):
        raise no_address
    scheme = parts.scheme or ("ws" if _is_loopback(host) and not fingerprint else "wss")
    if scheme == "ws" and not _is_loopback(host):
        raise ValueError(
            tr(
                "Without TLS your password could be read on the way to another computer. Use an address that "
                "begins with wss://, or reach the server through a tunnel to this computer."
            )
        )
    named = f"#sha256={fingerprint}" if fingerprint else ""
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}{parts.path or '/'}{named}"


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


async def open_websocket(
    address: str, pins: Pins | None = None, *, timeout_s: float = _OPEN_TIMEOUT_S
) -> Transport:
    """Connect to ``address``, a ws:// or wss:// URL, within ``timeout_s``. Raises TransportError.

    With ``pins`` a server is known by its certificate: by the one that the address names after ``#sha256=``,
    else by the one that is pinned, and a server that is new is pinned. A certificate that has changed is
    taken, and pinned, if the system's authorities vouch for it under this host's name; otherwise
    CertificateChanged is raised, before anything is said. Without ``pins`` only the authorities count.
    """
    # Imported here, since the first paint does not need it.
    import ssl

    from websockets.asyncio.client import ClientConnection, connect
    from websockets.exceptions import InvalidMessage, InvalidStatus, WebSocketException

    from desktop_chat.net.certificate_check import check_certificate, client_context

    class Connect(connect):
        def process_redirect(self, exc: Exception) -> Exception | str:
            return exc  # what is said here is meant for this address alone

    class KnownConnection(ClientConnection):
        async def handshake(self, *arguments: Any, **options: Any) -> None:
            if judged:
                await check_certificate(url, self.transport.get_extra_info("ssl_object"), pins, expected)
            await super().handshake(*arguments, **options)

    url, _, fragment = address.partition("#")
    secure = url.startswith("wss:")
    try:
        expected = expected_fingerprint(fragment)
        judged = secure and (pins is not None or bool(expected))
        tls: dict[str, Any] = {"ssl": client_context(vouched=not judged)} if secure else {}
        connection = await Connect(
            url,
            compression=None,
            max_size=MAX_SERVER_FRAME_BYTES,
            open_timeout=timeout_s,
            close_timeout=_CLOSE_TIMEOUT_S,
            ping_interval=None,  # the supervisor pings, and judges
            proxy=None,
            create_connection=KnownConnection,
            **tls,
        )
    except TransportError:
        raise
    except ConnectionRefusedError:
        raise TransportError(tr("No server answers at this address.")) from None
    except TimeoutError:
        raise TransportError(tr("The server did not answer in time.")) from None
    except ssl.SSLError as error:
        words = tr("The server does not speak TLS as it should: {reason}.", reason=error.reason)
        raise TransportError(words) from None
    except OSError as error:
        words = error.strerror or tr("it does not answer")
        raise TransportError(tr("The server cannot be reached: {reason}.", reason=words)) from None
    except (ValueError, UnicodeError):
        raise TransportError(tr("This address cannot be a server's.")) from None
    except InvalidMessage as error:
        if isinstance(error.__cause__, EOFError):
            raise TransportError(tr("The connection was lost before the server answered.")) from None
        raise TransportError(_strange(error)) from None
    except InvalidStatus as error:
        if error.response.status_code in _BUSY:
            raise TransportError(tr("The server takes no more connections from here now.")) from None
        raise TransportError(_strange(error)) from None
    except WebSocketException as error:
        raise TransportError(_strange(error)) from None
    return _WebSocketTransport(connection)


def _strange(error: Exception) -> str:
    return tr("What answers at this address is not a desktop-chat server ({reason}).", reason=str(error))


class _WebSocketTransport:
    def __init__(self, connection: "ClientConnection") -> None:
        self._connection = connection

    async def send(self, frame: bytes) -> None:
        from websockets.exceptions import ConnectionClosed

        try:
            await self._connection.send(frame, text=True)
        except ConnectionClosed as error:
            raise _closed(error) from None

    async def receive(self) -> bytes:
        from websockets.exceptions import ConnectionClosed

        try:
            return await self._connection.recv(decode=False)
        except ConnectionClosed as error:
            raise _closed(error) from None

    async def ping(self) -> None:
        from websockets.exceptions import ConnectionClosed

        try:
            await (await self._connection.ping())
        except ConnectionClosed as error:
            raise _closed(error) from None

    def abort(self) -> None:
        self._connection.transport.abort()

    async def close(self) -> None:
        await self._connection.close()


def _closed(error: "ConnectionClosed") -> TransportClosed:
    if error.rcvd is None:
        return TransportClosed(1006)
    return TransportClosed(error.rcvd.code, error.rcvd.reason)
