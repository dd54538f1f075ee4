"""Files over HTTP: uploads by tus 1.0.0 (core, creation, termination), downloads with ranges. See
docs/files.md.

A file never travels through the chat connection, whose frames would wait behind it.
"""

import asyncio
import functools
import logging
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from aiohttp import web

from desktop_chat.protocol.errors import ErrorCode
from server.files import headers
from server.files.files import Caller, Files
from server.http import Handler, bearer, with_headers
from server.refusal import Refused
from server.store.records import FileRow

if TYPE_CHECKING:
    from server.service import Service

_log = logging.getLogger(__name__)
_BODY_TYPE = "application/offset+octet-stream"
_TUS = {"Tus-Resumable": headers.TUS_VERSION}


def routes(service: "Service") -> list[web.RouteDef]:
    """The routes below ``/files``, for ``server.http.make_app``, which turns what they refuse into answers. A
    service without files has none."""
    if service.files is None:
        return []
    http = _FilesOverHttp(service, service.files)
    upload, content = "/files/{file_id}", "/files/{file_id}/content"
    return [
        web.options("/files", http.options),
        web.post("/files", _tus(http.create)),
        web.head(upload, _tus(http.offset)),
        web.patch(upload, _tus(http.receive)),
        web.delete(upload, _tus(http.cancel)),
        web.head(content, http.send),
        web.get(content, http.send, allow_head=False),
    ]


def _tus(handler: Handler) -> Handler:
    """A handler whose every answer says which version of tus this is, as tus wants it of refusals too."""

    @functools.wraps(handler)
    async def versioned(request: web.Request) -> web.StreamResponse:
        with_headers(request, _TUS)
        return await handler(request)

    return versioned


class _FilesOverHttp:
    def __init__(self, service: "Service", files: Files) -> None:
        self._service = service
        self._files = files
        self._limits = service.limits

    async def options(self, request: web.Request) -> web.Response:
        """What this server's uploads can do."""
        await self._caller(request)
        return web.Response(
            status=204,
            headers=_TUS
            | {
                "Tus-Version": headers.TUS_VERSION,
                "Tus-Extension": headers.TUS_EXTENSIONS,
                "Tus-Max-Size": str(self._limits.max_file_bytes),
            },
        )

    async def create(self, request: web.Request) -> web.Response:
        """Begin an upload, or find it again."""
        caller = await self._tus_caller(request)
        new = headers.new_file(request.headers.get("Upload-Length"), request.headers.get("Upload-Metadata"))
        row = await self._files.create(caller, new)
        return web.Response(status=201, headers={"Location": f"/files/{row.file_id}"})

    async def offset(self, request: web.Request) -> web.Response:
        """How far an upload has come."""
        caller = await self._tus_caller(request)
        row, offset = await self._files.offset(caller, _file_id(request))
        return web.Response(headers=_progress(row, offset))

    async def receive(self, request: web.Request) -> web.Response:
        """Store a piece of an upload."""
        caller = await self._tus_caller(request)
        if request.content_type != _BODY_TYPE:
            raise Refused(ErrorCode.BAD_REQUEST, f"The Content-Type must be {_BODY_TYPE}.")
        start = headers.number(request.headers.get("Upload-Offset"), "Upload-Offset")
        if (request.content_length or 0) > self._limits.file_piece_max_bytes:
            raise self._piece_too_large()
        row, offset = await self._files.receive(
            caller, _file_id(request), start, self._blocks(request), give_way=lambda: _abort(request)
        )
        return web.Response(status=204, headers=_progress(row, offset))

    async def cancel(self, request: web.Request) -> web.Response:
        """Give up an upload."""
        caller = await self._tus_caller(request)
        await self._files.cancel(caller, _file_id(request))
        return web.Response(status=204)

    async def send(self, request: web.Request) -> web.StreamResponse:
        """A file's content, or the range of it that is asked for."""
        caller = await self._caller(request)
        file_id = _file_id(request)
        row, blob = await self._files.open(caller, file_id)
        try:
            response, start, end = _content_response(request, row)
            if request.method == "HEAD" or start == end:
                return response
            with self._files.transferring(caller.user_id):
                await response.prepare(request)
                while start < end:
                    block = await blob.read(start, min(self._limits.file_block_bytes, end - start))
                    if start + len(block) < end:
                        await self._check_goes_on(caller, file_id, len(block))
                    async with asyncio.timeout(self._limits.file_idle_timeout_s):
                        await response.write(block)
                    start += len(block)
                await response.write_eof()
            return response
        except (_EndsEarly, TimeoutError, ConnectionError):
            # Its beginning is sent already: a connection that breaks off is the one way left to say no.
            _abort(request)
            return response
        finally:
            blob.close()

    async def _check_goes_on(self, caller: Caller, file_id: str, block_bytes: int) -> None:
        """Raises _EndsEarly where the right to read is gone, or the content shorter than it was."""
        try:
            await self._files.check_read(caller, file_id)
        except Refused as refused:
            raise _EndsEarly from refused
        if not block_bytes:
            _log.error("a content is shorter than it was file=%s", file_id)
            raise _EndsEarly

    async def _blocks(self, request: web.Request) -> AsyncIterator[bytes]:
        """The body in blocks. Where it breaks off, what had come is given before the exception is raised."""
        block, total_bytes = bytearray(), 0
        while True:
            broken: Exception | None = None
            data = b""
            try:
                async with asyncio.timeout(self._limits.file_idle_timeout_s):
                    data = await request.content.readany()
            except (TimeoutError, ConnectionError, web.RequestPayloadError) as error:
                broken = error
            block += data
            total_bytes += len(data)
            if total_bytes > self._limits.file_piece_max_bytes:
                raise self._piece_too_large()
            if block and (not data or len(block) >= self._limits.file_block_bytes):
                yield bytes(block)
                block.clear()
            if broken is not None:
                raise Refused(ErrorCode.BAD_REQUEST, "The request ended before its body did.")
            if not data:
                return

    def _piece_too_large(self) -> Refused:
        return Refused(
            ErrorCode.TOO_LARGE,
            f"One request may carry up to {self._limits.file_piece_max_bytes:,} bytes of a file.",
        )

    async def _tus_caller(self, request: web.Request) -> Caller:
        caller = await self._caller(request)
        if request.headers.get("Tus-Resumable") != headers.TUS_VERSION:
            with_headers(request, {"Tus-Version": headers.TUS_VERSION})
            raise Refused(ErrorCode.UNSUPPORTED_PROTOCOL, f"Tus-Resumable must be {headers.TUS_VERSION}.")
        return caller

    async def _caller(self, request: web.Request) -> Caller:
        user, device = await bearer(self._service, request)
        return Caller(user.user_id, device.device_id)


class _EndsEarly(Exception):
    """A download cannot go on."""


def _abort(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()


def _file_id(request: web.Request) -> str:
    file_id = request.match_info["file_id"]
    if not headers.is_file_id(file_id):
        raise Refused(ErrorCode.NOT_FOUND, "There is no such file.")
    return file_id


def _progress(row: FileRow, offset: int) -> dict[str, str]:
    return {
        "Upload-Offset": str(offset),
        "Upload-Length": str(row.size_bytes),
        "Cache-Control": "no-store",
    }


def _content_response(request: web.Request, row: FileRow) -> tuple[web.StreamResponse, int, int]:
    """The response without its body, and which bytes belong into that."""
    etag = f'"{row.sha256.hex()}"'
    response = web.StreamResponse()
    response.headers.update(
        {
            "Accept-Ranges": "bytes",
            "Cache-Control": "private",
            "Content-Disposition": "attachment",
            "Content-Type": "application/octet-stream",
            "ETag": etag,
            "X-Content-Type-Options": "nosniff",
        }
    )
    start, end = 0, row.size_bytes
    if request.headers.get("If-Range", etag) == etag:
        try:
            wanted = headers.wanted_range(request.headers.get("Range"), row.size_bytes)
        except headers.Unsatisfiable:
            response.set_status(416)
            response.headers["Content-Range"] = f"bytes */{row.size_bytes}"
            response.content_length = 0
            return response, 0, 0
        if wanted is not None:
            start, end = wanted
            response.set_status(206)
            response.headers["Content-Range"] = f"bytes {start}-{end - 1}/{row.size_bytes}"
    response.content_length = end - start
    return response, start, end
