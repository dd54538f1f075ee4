"""Files over HTTP, to a real server process: uploads in pieces at right and wrong offsets, too long, cut
off, two at once, of wrong contents; downloads in ranges; other people's ids, wrong tokens, and bytes changed
in all of it. An execution is one deed, of a request or two.

Held against a model: what was acknowledged of an upload never goes back, what is whole is what was
announced, and nobody is sent a content, or told of an upload, that is not theirs. The process and its clock
are not ours, so a replay plays the whole world again."""

import asyncio
import base64
import hashlib
import random
from dataclasses import dataclass, field

from tests.fuzz import processes
from tests.fuzz.finding import Broken, Finding
from tests.fuzz.mutations import mutate
from tests.server.blackbox.real_server import RealClient, RealServer, a_person

NAME = "uploads"
WORLD = 3_000

_AT_ONCE = 4
_KEPT = 12
_SETTINGS = {
    "sign_in_per_address_burst": 1e9,
    "http_requests_per_address_burst": 1e9,
    "http_requests_per_user_burst": 1e9,
    "file_block_bytes": 1024,
    "max_file_bytes": 20_000,
    "file_quota_bytes": 400_000,
    "file_piece_max_bytes": 8_000,
    "unfinished_uploads_per_user_max": 15,
}
_BODY = "application/offset+octet-stream"


@dataclass
class _Upload:
    """One upload, as its owner knows it."""

    owner: RealClient
    content: bytes
    announced: bytes
    """The SHA-256 that it was begun with."""
    file_id: str = ""
    acknowledged: int = 0
    is_whole: bool = False
    is_gone: bool = False
    busy: asyncio.Lock = field(default_factory=asyncio.Lock)


@dataclass(frozen=True)
class _Answer:
    status: int
    headers: dict[str, str]
    body: bytes


class _World:
    def __init__(self, server: RealServer, people: list[RealClient], chance: random.Random) -> None:
        self.server, self.people, self.chance = server, people, chance
        self.uploads: list[_Upload] = []
        self.last = b""
        self._keys = 0

    async def act(self) -> None:
        """One request, of a kind chosen by chance. Raises Broken."""
        chance = self.chance
        there = [each for each in self.uploads if not each.busy.locked()]
        way = chance.random()
        if way < 0.12 or not there:
            await self._begin()
            return
        upload = chance.choice(there)
        if way < 0.2:
            await self._meddle(upload)
        elif way < 0.3:
            await self._changed_bytes(upload)
        elif way < 0.33:
            await self._two_at_once(upload)
        else:
            async with upload.busy:
                await self._own(upload, chance.random())
        self._forget()

    async def _own(self, upload: _Upload, way: float) -> None:
        if way < 0.55 and not upload.is_whole:
            await self._patch(upload)
        elif way < 0.7:
            await self._look(upload)
        elif way < 0.78:
            await self._delete(upload)
        else:
            await self._download(upload)

    async def _begin(self) -> None:
        chance = self.chance
        self._keys += 1
        content = chance.randbytes(chance.choice((1, 5, 1024, 1025, chance.randrange(1, 9_000))))
        right = chance.random() < 0.8
        upload = _Upload(
            chance.choice(self.people),
            content,
            hashlib.sha256(content if right else b"another").digest(),
        )
        length = str(len(content))
        if chance.random() < 0.1:
            length = chance.choice(("0", "-1", "", "1e3", "20001", "9" * 16, "9" * 40, "５"))
        metadata = _metadata(f"{self._keys:032x}", upload.announced.hex())
        if chance.random() < 0.08:
            metadata = chance.choice(("", "client_id", "client_id !,sha256 ?", metadata[:50], metadata * 80))
        headers = {"Upload-Length": length, "Upload-Metadata": metadata}
        answer = await self._say("POST", "/files", upload.owner.token, headers)
        if answer.status != 201:
            return
        if length != str(len(content)):
            raise Broken(f"an upload of {length} was begun")
        upload.file_id = answer.headers["location"].removeprefix("/files/")
        again = await self._say("POST", "/files", upload.owner.token, headers)
        if again.status != 201 or again.headers["location"] != answer.headers["location"]:
            raise Broken(f"the same key began another upload: {again}")
        self.uploads.append(upload)

    async def _patch(self, upload: _Upload) -> None:
        chance, at = self.chance, upload.acknowledged
        start, end = at, min(len(upload.content), at + chance.choice((1, 700, 1024, 5_000, 9_000)))
        way, body = chance.random(), upload.content[start:end]
        if way < 0.15:
            start = chance.choice((0, at + 1, at - 1, len(upload.content), 2**53, -1))
        elif way < 0.25:
            body = chance.randbytes(len(body) + chance.choice((0, 0, 1, 3_000)))
        elif way < 0.3:
            body = b""
        cut = chance.random() < 0.1
        answer = await self._piece(upload, start, body, cut=cut, chunked=chance.random() < 0.2)
        if answer.status == 204 and start != at:
            raise Broken(f"a piece at {start} was taken, where {at} was acknowledged")
        self._heard(upload, answer)

    def _heard(self, upload: _Upload, answer: _Answer) -> None:
        if answer.status == 460:
            upload.acknowledged = 0
        elif answer.status in (200, 204) and "upload-offset" in answer.headers:
            offset = int(answer.headers["upload-offset"])
            if offset < upload.acknowledged:
                raise Broken(f"the offset went back from {upload.acknowledged} to {offset}")
            upload.acknowledged = offset
            upload.is_whole = upload.is_whole or offset == len(upload.content)

    async def _look(self, upload: _Upload) -> None:
        answer = await self._say("HEAD", f"/files/{upload.file_id}", upload.owner.token)
        if answer.status == 404 and not upload.is_gone:
            raise Broken("an upload is not there any more")
        self._heard(upload, answer)

    async def _delete(self, upload: _Upload) -> None:
        answer = await self._say("DELETE", f"/files/{upload.file_id}", upload.owner.token)
        if answer.status == 204:
            upload.is_gone = True
        elif answer.status != 423:
            raise Broken(f"an upload cannot be given up: {answer}")

    async def _download(self, upload: _Upload) -> None:
        chance, headers = self.chance, {}
        if chance.random() < 0.6:
            first, last = chance.randrange(-3, 9_999), chance.randrange(-3, 99_999)
            headers["Range"] = chance.choice(
                (f"bytes={first}-{last}", f"bytes={first}-", f"bytes=-{abs(last)}", "bytes=0-1,3-4", "x=1")
            )
        method = chance.choice(("GET", "GET", "HEAD"))
        path = f"/files/{upload.file_id}/content"
        answer = await self._say(method, path, upload.owner.token, headers)
        if answer.status in (200, 206) and not upload.is_whole:
            raise Broken(f"what is not whole came out: {answer}")
        if answer.status not in (200, 206, 404, 416):
            raise Broken(f"no download: {answer}")
        if answer.status == 404 and upload.is_whole:
            raise Broken("a whole file is not there")
        if answer.status in (200, 206):
            _check_content(upload, answer, method)

    async def _meddle(self, upload: _Upload) -> None:
        """Somebody else, or nobody, tries."""
        chance = self.chance
        others = [each.token for each in self.people if each is not upload.owner]
        token = chance.choice([*others, *others, "", "x" * 43, upload.owner.token[:-1]])
        method = chance.choice(("GET", "HEAD", "PATCH", "DELETE", "HEAD content"))
        path = f"/files/{upload.file_id}" + ("/content" if method in ("GET", "HEAD content") else "")
        headers = {"Upload-Offset": str(upload.acknowledged), "Content-Type": _BODY}
        answer = await self._say(method.partition(" ")[0], path, token, headers, b"mine")
        if answer.status not in (0, 401, 404, 423, 429):
            raise Broken(f"somebody else was answered: {answer}")

    async def _changed_bytes(self, upload: _Upload) -> None:
        """A request of somebody else's with bytes changed."""
        chance = self.chance
        other = next(each for each in self.people if each is not upload.owner)
        path = f"/files/{upload.file_id}" + chance.choice(("", "/content"))
        headers = {"Upload-Offset": str(upload.acknowledged), "Content-Type": _BODY, "Range": "bytes=0-9"}
        method = chance.choice(("GET", "HEAD", "PATCH", "DELETE", "POST", "PUT"))
        request = mutate(_request(method, path, other.token, headers, b"mine"), chance.randbytes(20), chance)
        self.last = request
        answer = await processes.ask(self.server, request, at_ease=chance.random() < 0.7)
        processes.check_answer(answer)
        body = answer.partition(b"\r\n\r\n")[2]
        if len(upload.content) > 16 and upload.content[:16] in body:
            raise Broken(f"a content came out: {answer[:500]!r}")

    async def _two_at_once(self, upload: _Upload) -> None:
        """Two pieces for one place: one of them is in the way."""
        async with upload.busy:
            if upload.is_whole or upload.is_gone:
                return
            at = upload.acknowledged
            body = upload.content[at : at + 5_000]
            answers = await asyncio.gather(*(self._piece(upload, at, body) for _ in range(2)))
            if sorted(each.status for each in answers) == [204, 204] and body:
                raise Broken(f"both pieces at {at} were taken")
            for each in answers:
                self._heard(upload, each)

    async def _piece(
        self, upload: _Upload, start: int, body: bytes, *, cut: bool = False, chunked: bool = False
    ) -> _Answer:
        headers = {"Upload-Offset": str(start), "Content-Type": _BODY}
        request = _request("PATCH", f"/files/{upload.file_id}", upload.owner.token, headers, body, chunked)
        if cut:
            self.last = request[: len(request) - self.chance.randrange(0, len(body) + 1)]
            return _read(await processes.ask(self.server, self.last))
        return await self._send(request)

    async def _say(
        self,
        method: str,
        path: str,
        token: str,
        headers: dict[str, str] | None = None,
        body: bytes = b"",
    ) -> _Answer:
        return await self._send(_request(method, path, token, headers or {}, body))

    async def _send(self, request: bytes) -> _Answer:
        self.last = request
        return _read(await processes.ask(self.server, request, ends=False))

    def _forget(self) -> None:
        self.uploads = [each for each in self.uploads if not each.is_gone or each.busy.locked()]
        while len(self.uploads) > _KEPT * len(self.people):
            self.uploads.pop(0)


def play(seed: int, executions: int = WORLD) -> Finding | None:
    """Play one world; what was found."""
    return asyncio.run(_play(random.Random(seed), seed, executions))


async def upload(server: RealServer, token: str, content: bytes) -> str:
    """Bring a whole file to a server; its file_id."""
    metadata = _metadata(f"{1:032x}", hashlib.sha256(content).hexdigest())
    given = {"Upload-Length": str(len(content)), "Upload-Metadata": metadata}
    begun = _read(await processes.ask(server, _request("POST", "/files", token, given), ends=False))
    file_id = begun.headers["location"].removeprefix("/files/")
    given = {"Upload-Offset": "0", "Content-Type": _BODY}
    piece = _request("PATCH", f"/files/{file_id}", token, given, content)
    sent = _read(await processes.ask(server, piece, ends=False))
    assert sent.status == 204, sent
    return file_id


async def _play(chance: random.Random, seed: int, executions: int) -> Finding | None:
    execution, warm_kb, world = 0, 0, None
    try:
        async with (
            processes.a_server(**_SETTINGS) as server,
            a_person(server, "ada") as ada,
            a_person(server, "bob") as bob,
            a_person(server, "eve") as eve,
        ):
            world = _World(server, [ada, bob, eve], chance)
            for execution in range(0, executions, _AT_ONCE):
                acting = [world.act() for _ in range(min(_AT_ONCE, executions - execution))]
                for result in await asyncio.gather(*acting, return_exceptions=True):
                    if isinstance(result, BaseException):
                        raise result
                if execution % 400 == 0:
                    await processes.check_alive(server)
                if execution <= executions // 3:
                    warm_kb = processes.rss_kb(server)
            grown_kb = processes.rss_kb(server) - warm_kb
            if grown_kb > processes.GROWN_MAX_KB:
                raise Broken(f"the server grew by {grown_kb} kB")
    except Exception as error:
        words = str(error) if isinstance(error, Broken) else f"raised {error!r}"
        return Finding(NAME, seed, execution, words, "" if world is None else world.last[-4_000:].hex())
    return None


def _metadata(client_id: str, digest: str) -> str:
    pairs = (("client_id", client_id), ("sha256", digest))
    return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in pairs)


def _request(
    method: str, path: str, token: str, headers: dict[str, str], body: bytes = b"", chunked: bool = False
) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: x", "Connection: close", "Tus-Resumable: 1.0.0"]
    if token:
        lines.append(f"Authorization: Bearer {token}")
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if chunked:
        lines.append("Transfer-Encoding: chunked")
        pieces = [body[each : each + 900] for each in range(0, len(body), 900)]
        body = b"".join(b"%x\r\n%s\r\n" % (len(each), each) for each in pieces) + b"0\r\n\r\n"
    elif body or method == "PATCH":
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def _read(answer: bytes) -> _Answer:
    status = processes.check_answer(answer)
    head, _, body = answer.partition(b"\r\n\r\n")
    pairs = (each.partition(b":") for each in head.split(b"\r\n")[1:])
    return _Answer(status, {name.decode().lower(): value.decode().strip() for name, _, value in pairs}, body)


def _check_content(upload: _Upload, answer: _Answer, method: str) -> None:
    content = upload.content
    if answer.headers["etag"] != f'"{upload.announced.hex()}"':
        raise Broken(f"another ETag: {answer}")
    if hashlib.sha256(content).digest() != upload.announced:
        raise Broken("a wrong content was taken for whole")
    if answer.status == 206:
        place = answer.headers["content-range"].removeprefix("bytes ").partition("/")[0]
        first, _, last = place.partition("-")
        content = content[int(first) : int(last) + 1]
    if int(answer.headers["content-length"]) != len(content):
        raise Broken(f"{len(content)} bytes were to come: {answer.headers}")
    if answer.body != (b"" if method == "HEAD" else content):
        raise Broken(f"another content: {answer.body[:50]!r} instead of {content[:50]!r}")
