"""Files over HTTP: uploads by tus 1.0.0, downloads by range. The interface is what the rest of the client
knows; aiohttp is behind it, and is imported with the first transfer, since a start has no time for it."""

import base64
import io
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

import msgspec

from desktop_chat.core.session import Refused
from desktop_chat.language import tr
from desktop_chat.net.connection import ConnectionLost
from desktop_chat.protocol.errors import ErrorCode
from desktop_chat.protocol.replies import Error

if TYPE_CHECKING:
    import ssl

    from aiohttp import ClientResponse, ClientSession

_CONNECT_TIMEOUT_S = 8.0
_SILENCE_TIMEOUT_S = 120.0  # with the last piece the server hashes the whole
_CONNECTIONS_MAX = 8
_BLOCK_BYTES = 256 * 1024
_ERROR_BODY_MAX_BYTES = 64 * 1024
_SHA256 = re.compile("[0-9a-f]{64}")
_TUS = {"Tus-Resumable": "1.0.0"}
_BY_STATUS = {
    400: ErrorCode.BAD_REQUEST,
    401: ErrorCode.BAD_TOKEN,
    404: ErrorCode.NOT_FOUND,
    409: ErrorCode.WRONG_OFFSET,
    412: ErrorCode.UNSUPPORTED_PROTOCOL,
    413: ErrorCode.TOO_LARGE,
    423: ErrorCode.UPLOAD_BUSY,
    429: ErrorCode.TOO_FAST,
    460: ErrorCode.BAD_CHECKSUM,
    503: ErrorCode.SERVER_BUSY,
    507: ErrorCode.QUOTA_FULL,
}


class FileFacts(msgspec.Struct, frozen=True):
    """What a server tells of a whole file: no more than how large it is, and its hash."""

    size_bytes: int
    sha256: bytes


class FileTransport(Protocol):
    """One server's files. Methods raise ConnectionLost, after which whether the server has done it is not
    known, and ``core.session.Refused``."""

    async def create(self, client_id: str, size_bytes: int, sha256: bytes) -> str:
        """Begin an upload, or find it again; returns its file_id."""
        ...

    async def offset(self, file_id: str) -> int:
        """How many bytes of an upload the server has for good."""
        ...

    async def append(self, file_id: str, offset: int, piece: bytes) -> int:
        """Send a piece that begins at ``offset``; returns the offset after it."""
        ...

    async def cancel(self, file_id: str) -> None:
        """Give up an upload."""
        ...

    async def facts(self, file_id: str) -> FileFacts:
        """What there is to know of a file before it is fetched, where nobody has described it."""
        ...

    def content(self, file_id: str, sha256: bytes, offset: int) -> AsyncIterator[bytes]:
        """A file's content from ``offset`` on, in blocks."""
        ...

    async def close(self) -> None:
        """Release the connections."""
        ...


class HttpFiles:
    """A FileTransport over HTTP. ``address`` gives the server's, a ws:// or wss:// URL, for each request
    anew; ``token`` gives the device token, None when nobody is signed in; ``tls`` says whom to trust: a
    context, the SHA-256 of the server's certificate, or None for what the system trusts; OSError and
    ValueError from it are a ConnectionLost, and so is a server that is waited for and says nothing for
    ``silence_s`` seconds."""

    def __init__(
        self,
        address: Callable[[], str],
        token: Callable[[], Awaitable[str | None]],
        tls: "Callable[[], ssl.SSLContext | bytes | None]" = lambda: None,
        *,
        silence_s: float = _SILENCE_TIMEOUT_S,
    ) -> None:
        self._address = address
        self._token = token
        self._tls = tls
        self._silence_s = silence_s
        self._session: ClientSession | None = None

    async def create(self, client_id: str, size_bytes: int, sha256: bytes) -> str:
        pairs = {"client_id": client_id, "sha256": sha256.hex()}
        metadata = ",".join(f"{key} {base64.b64encode(pairs[key].encode()).decode()}" for key in pairs)
        headers = {"Upload-Length": str(size_bytes), "Upload-Metadata": metadata}
        async with self._ask("POST", "/files", headers) as response:
            file_id = response.headers.get("Location", "").rpartition("/")[2]
        if not is_file_id(file_id):
            raise _nonsense()
        return file_id

    async def offset(self, file_id: str) -> int:
        async with self._ask("HEAD", f"/files/{file_id}") as response:
            return _number(response.headers, "Upload-Offset")

    async def append(self, file_id: str, offset: int, piece: bytes) -> int:
        headers = {"Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
        async with self._ask("PATCH", f"/files/{file_id}", headers, io.BytesIO(piece)) as response:
            return _number(response.headers, "Upload-Offset")

    async def cancel(self, file_id: str) -> None:
        async with self._ask("DELETE", f"/files/{file_id}"):
            return

    async def facts(self, file_id: str) -> FileFacts:
        async with self._ask("HEAD", f"/files/{file_id}/content") as response:
            digest = response.headers.get("ETag", "").strip('"')
            if _SHA256.fullmatch(digest) is None:
                raise _nonsense()
            return FileFacts(_number(response.headers, "Content-Length"), bytes.fromhex(digest))

    async def content(self, file_id: str, sha256: bytes, offset: int) -> AsyncIterator[bytes]:
        headers = {"Range": f"bytes={offset}-", "If-Range": f'"{sha256.hex()}"'}
        async with self._ask("GET", f"/files/{file_id}/content", headers) as response:
            if not response.headers.get("Content-Range", "").startswith(f"bytes {offset}-"):
                raise _refused(ErrorCode.NOT_FOUND, tr("The server has another file under this name."))
            async for block in response.content.iter_chunked(_BLOCK_BYTES):
                yield block

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    @asynccontextmanager
    async def _ask(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, body: Any = None
    ) -> AsyncIterator["ClientResponse"]:
        """One request; the response is of success. What breaks while it is read is told the same way."""
        import aiohttp

        token = await self._token()
        if token is None:
            raise _refused(ErrorCode.BAD_TOKEN, tr("This device is signed out. Sign in again."))
        try:
            tls = self._tls()
        except (OSError, ValueError) as error:
            raise ConnectionLost(
                tr("The list of known servers cannot be used: {reason}.", reason=str(error))
            ) from None
        try:
            async with self._open_session().request(
                method,
                http_url(self._address(), path),
                headers={**_TUS, **(headers or {}), "Authorization": f"Bearer {token}"},
                data=body,
                allow_redirects=False,  # what is said here is meant for this address alone
                ssl=aiohttp.Fingerprint(tls) if isinstance(tls, bytes) else True if tls is None else tls,
            ) as response:
                if not 200 <= response.status < 300:
                    raise await _refusal(response)
                yield response
        except (aiohttp.ServerFingerprintMismatch, aiohttp.ClientConnectorCertificateError):
            words = tr("The server's certificate is not the one that is trusted.")
            raise _refused(ErrorCode.UNSUPPORTED_PROTOCOL, words) from None
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise ConnectionLost(tr("The server cannot be reached: {reason}.", reason=str(error))) from None

    def _open_session(self) -> "ClientSession":
        import aiohttp

        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=_CONNECTIONS_MAX),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"Accept-Encoding": "identity"},
                auto_decompress=False,
                timeout=aiohttp.ClientTimeout(
                    total=None, sock_connect=_CONNECT_TIMEOUT_S, sock_read=self._silence_s
                ),
                trust_env=False,
            )
        return self._session


def http_url(address: str, path: str) -> str:
    """Where the files of the server at a ws:// or wss:// URL are."""
    parts = urlsplit(address)
    scheme = "https" if parts.scheme in ("wss", "https") else "http"
    return f"{scheme}://{parts.netloc}{parts.path.rstrip('/')}{path}"


def is_file_id(text: str) -> bool:
    """Whether it could be a file's id: 32 hex digits, and so no path."""
    return len(text) == 32 and set(text) <= set("0123456789abcdef")


async def _refusal(response: "ClientResponse") -> Refused:
    code = _BY_STATUS.get(response.status, ErrorCode.INTERNAL)
    message = tr("The server answered {status}.", status=response.status)
    retry_after_s = None
    if (after := response.headers.get("Retry-After", "")).isdecimal():
        retry_after_s = float(after[:6])
    try:
        body = msgspec.json.decode(await _beginning(response), type=_ErrorBody)
        return _refused(body.code, body.message, body.retry_after_s)
    except msgspec.DecodeError:  # to a HEAD there is no body, and what stands before a server has its own
        return _refused(code, message, retry_after_s)


async def _beginning(response: "ClientResponse") -> bytes:
    body = b""
    while len(body) < _ERROR_BODY_MAX_BYTES and (data := await response.content.readany()):
        body += data
    return body


class _ErrorBody(msgspec.Struct, frozen=True):
    code: ErrorCode
    message: str
    retry_after_s: float | None = None


def _refused(code: ErrorCode, message: str, retry_after_s: float | None = None) -> Refused:
    return Refused(Error(code, message, retry_after_s=retry_after_s))


def _nonsense() -> Refused:
    return _refused(ErrorCode.UNSUPPORTED_PROTOCOL, tr("What answers at this address keeps no files."))


def _number(headers: Mapping[str, str], name: str) -> int:
    text = headers.get(name, "")
    if not (text.isascii() and text.isdecimal()):
        raise _nonsense()
    return int(text)
