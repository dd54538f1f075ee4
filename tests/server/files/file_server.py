"""A real HTTP server on the loopback with nothing but the file routes, and what tests say to it."""

import asyncio
import base64
import hashlib
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
from aiohttp import ClientSession
from multidict import CIMultiDictProxy

from server.actions.files import do_attach
from server.config import Limits
from server.door import Arrivals
from server.files.blobs import BlobStore
from server.files.files import Files
from server.files.folder import Folder
from server.files.http import routes
from server.http import make_app
from server.listener import Listener
from server.store.base import Store
from tests.server.harness import TestClient, TestServer

TUS = {"Tus-Resumable": "1.0.0"}
PIECE = TUS | {"Content-Type": "application/offset+octet-stream"}


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def metadata(client_id: str, digest: str) -> str:
    pairs = {"client_id": client_id, "sha256": digest}
    return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in pairs.items())


@dataclass(frozen=True)
class Answer:
    """A response, read to its end."""

    status: int
    headers: CIMultiDictProxy[str]
    body: bytes

    @property
    def refusal(self) -> tuple[int, str]:
        """The status, and the code of the error in the body."""
        error = msgspec.json.decode(self.body)
        assert error["message"]
        return self.status, error["code"]


class FileServer:
    """The service, its folder and its address."""

    def __init__(self, folder: Path, server: TestServer, url: str, session: ClientSession) -> None:
        self.folder = folder
        self.server = server
        self.url = url
        self.session = session
        assert server.service.files is not None
        self.files: Files = server.service.files

    async def person(self, name: str) -> "Uploader":
        client = self.server.client()
        await client.register(name)
        await client.connect()
        return Uploader(self, client)

    def on_disk(self) -> list[str]:
        """What the folder holds, by relative path."""
        root = self.folder / "files"
        return sorted(str(each.relative_to(root)) for each in root.rglob("*") if each.is_file())

    async def share(self, conversation_id: int, sender: "Uploader", *file_ids: str) -> int:
        """Send the files in a message, whose id is returned."""
        await sender.client.send(conversation_id, "see here")
        store = self.server.store
        [message] = await store.read(lambda reader: reader.page_before(conversation_id, 2**53, 1))
        await store.perform(lambda writer: do_attach(writer, file_ids, conversation_id, message.message_id))
        return message.message_id


class Uploader:
    """One person with a token."""

    def __init__(self, server: FileServer, client: TestClient) -> None:
        self.server = server
        self.client = client
        self._uploads = 0

    async def ask(self, method: str, path: str, **how: Any) -> Answer:
        """One request, its body read."""
        how["headers"] = {"Authorization": f"Bearer {self.client.token}"} | how.get("headers", {})
        async with self.server.session.request(
            method, self.server.url + path, allow_redirects=False, **how
        ) as response:
            return Answer(response.status, response.headers, await response.read())

    async def create(self, size_bytes: int, digest: str, client_id: str = "") -> Answer:
        self._uploads += 1
        key = client_id or f"{self._uploads:032x}"
        given = TUS | {"Upload-Length": str(size_bytes), "Upload-Metadata": metadata(key, digest)}
        return await self.ask("POST", "/files", headers=given)

    async def begin(self, content: bytes) -> str:
        """An upload's file_id."""
        response = await self.create(len(content), sha256(content))
        assert response.status == 201
        return response.headers["Location"].removeprefix("/files/")

    async def patch(self, file_id: str, offset: int, data: Any) -> Answer:
        given = PIECE | {"Upload-Offset": str(offset)}
        body = io.BytesIO(data) if isinstance(data, bytes) else data
        return await self.ask("PATCH", f"/files/{file_id}", headers=given, data=body)

    async def offset(self, file_id: str) -> int:
        response = await self.ask("HEAD", f"/files/{file_id}", headers=TUS)
        assert response.status == 200
        return int(response.headers["Upload-Offset"])

    async def upload(self, content: bytes) -> str:
        file_id = await self.begin(content)
        response = await self.patch(file_id, 0, content)
        assert response.status == 204, response.body
        return file_id

    async def get(self, file_id: str, **given: str) -> Answer:
        named = {name.replace("_", "-"): value for name, value in given.items()}
        return await self.ask("GET", f"/files/{file_id}/content", headers=named)


@asynccontextmanager
async def a_file_server(
    folder: Path, *, store: Store | None = None, opened: Folder | None = None, **limits: Any
) -> AsyncIterator[FileServer]:
    """A server with ``files`` in the folder."""
    blobs = BlobStore(opened or Folder(folder / "files"))
    server = TestServer(store, Limits(**({"file_block_bytes": 1000} | limits)), blobs, port=0)
    service = server.service
    arrivals = Arrivals(service.config, service.counters)
    listener = Listener(service.config, service, arrivals, make_app(service, routes(service)), None)
    await listener.start()
    try:
        async with ClientSession() as session:
            port = urlsplit(listener.url).port
            yield FileServer(folder, server, f"http://127.0.0.1:{port}", session)
    finally:
        listener.stop_accepting()
        await service.drain()
        await listener.finish_requests(0.1)
        await service.stop()
        await listener.close()


async def until(condition: Any) -> None:
    while not condition():
        await asyncio.sleep(0.005)
