"""HTTP as one person's device speaks it."""

import asyncio
import base64
import hashlib
import io
import ssl
import uuid
from typing import Any

import msgspec
from aiohttp import ClientSession
from multidict import CIMultiDictProxy

from tests.conformance.seen import Seen

TUS = {"Tus-Resumable": "1.0.0"}
PIECE = TUS | {"Content-Type": "application/offset+octet-stream"}


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class Answer(msgspec.Struct):
    """A response, read to its end."""

    status: int
    headers: CIMultiDictProxy[str]
    body: bytes

    @property
    def refusal(self) -> tuple[int, str]:
        """The status, and the code of the error in the body."""
        problem = msgspec.json.decode(self.body)
        assert problem["message"]
        return self.status, problem["code"]


class Transfers:
    """Requests with a token."""

    def __init__(
        self,
        session: ClientSession,
        url: str,
        secure: ssl.SSLContext | None,
        token: str,
        seen: Seen,
        patient: bool,
    ) -> None:
        """``patient`` as for a Person."""
        self._patient = patient
        self._session = session
        self._url = url
        self._secure = secure
        self._token = token
        self._seen = seen

    async def ask(self, method: str, path: str, **how: Any) -> Answer:
        """One request, its body read."""
        how["headers"] = {"Authorization": f"Bearer {self._token}"} | how.get("headers", {})
        if self._secure is not None:
            how["ssl"] = self._secure
        content = how.pop("data", None)
        while True:
            body = io.BytesIO(content) if isinstance(content, bytes) else content
            async with self._session.request(
                method, self._url + path, allow_redirects=False, data=body, **how
            ) as response:
                answer = Answer(response.status, response.headers, await response.read())
            if answer.status != 429 or not self._patient:
                break
            await asyncio.sleep(float(answer.headers.get("Retry-After", "1")))
        if answer.status >= 400 and answer.body.startswith(b"{"):
            self._seen.codes.add(answer.refusal[1])
        return answer

    async def create(self, size_bytes: int, digest: str, client_id: str = "") -> Answer:
        pairs = {"client_id": client_id or uuid.uuid4().hex, "sha256": digest}
        encoded = {name: base64.b64encode(each.encode()).decode() for name, each in pairs.items()}
        metadata = ",".join(f"{name} {each}" for name, each in encoded.items())
        given = TUS | {"Upload-Length": str(size_bytes), "Upload-Metadata": metadata}
        return await self.ask("POST", "/files", headers=given)

    async def begin(self, content: bytes, digest: str = "") -> str:
        """Begin an upload; its file_id."""
        answer = await self.create(len(content), digest or sha256(content))
        assert answer.status == 201, answer.body
        return answer.headers["Location"].removeprefix("/files/")

    async def piece(self, file_id: str, offset: int, content: Any) -> Answer:
        given = PIECE | {"Upload-Offset": str(offset)}
        return await self.ask("PATCH", f"/files/{file_id}", headers=given, data=content)

    async def offset(self, file_id: str) -> int:
        answer = await self.ask("HEAD", f"/files/{file_id}", headers=TUS)
        assert answer.status == 200
        return int(answer.headers["Upload-Offset"])

    async def upload(self, content: bytes) -> str:
        """A file that is there as a whole."""
        file_id = await self.begin(content)
        answer = await self.piece(file_id, 0, content)
        assert answer.status == 204, answer.body
        return file_id

    async def get(self, file_id: str, **headers: str) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.ask("GET", f"/files/{file_id}/content", headers=named)

    async def cancel(self, file_id: str) -> Answer:
        return await self.ask("DELETE", f"/files/{file_id}", headers=TUS)
