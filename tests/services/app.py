"""One person's engine as its window has it, over a real server with files."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from desktop_chat.core import attachments
from desktop_chat.core.attachments import Attachment
from desktop_chat.core.changes import Change, MessageChanged, MessageRemoved, MessagesAdded, TransferChanged
from desktop_chat.core.models import Message
from desktop_chat.core.transfers import Transfer, TransferPhase
from desktop_chat.net.clock import Clock
from desktop_chat.services.client import Client
from tests.server.files.file_server import FileServer, Uploader, a_file_server

HASTE = Clock(unit=lambda: 0.0)
"""Real time, and no waiting between two tries."""
PNG = ("image/png", 40, 30)


class Screen:
    """What one run of the app has been told, as its window would hold it."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.rows: dict[int, Message] = {}
        self.phases: list[TransferPhase] = []
        client.subscribe(self._take)

    def _take(self, change: Change) -> None:
        match change:
            case MessagesAdded(_, added):
                self.rows.update((each.local_id, each) for each in added)
            case MessageChanged(message):
                self.rows[message.local_id] = message
            case MessageRemoved(_, local_id):
                self.rows.pop(local_id, None)
            case TransferChanged(transfer):
                self.phases.append(transfer.phase)

    @property
    def last(self) -> Message:
        return max(self.rows.values(), key=lambda each: (each.seq or 10**9, each.local_id))

    def transfer(self, place: int = 0) -> Transfer | None:
        extra = self.last.extra
        assert extra is not None
        return self.client.transfers.get((extra.upload_ids or extra.file_ids)[place])


@asynccontextmanager
async def an_app(folder: Path, person: Uploader, *, online: bool = True) -> AsyncIterator[Screen]:
    """One run of the app; another one on the same folder is the next."""

    async def token() -> str | None:
        return person.client.token

    folder.mkdir(exist_ok=True)
    address = person.server.url.replace("http:", "ws:") + "/"
    client = Client(folder / "cache.sqlite3", person.client.user_id, address, token, clock=HASTE)
    screen = Screen(client)
    if online:
        client.start()
        await client.online()
    try:
        yield screen
    finally:
        await client.close()


@asynccontextmanager
async def two_people(
    folder: Path, **limits: int
) -> AsyncIterator[tuple[FileServer, Uploader, Uploader, int]]:
    """A server, two accounts, and the conversation of the two."""
    async with a_file_server(folder, **limits) as server:
        ada, bob = await server.person("ada"), await server.person("bob")
        yield server, ada, bob, await ada.client.open(bob.client.user_id)


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.005)


def written(path: Path, size_bytes: int, seed: int = 1) -> bytes:
    content = random.Random(seed).randbytes(size_bytes)
    path.write_bytes(content)
    return content


def described(message: Message) -> tuple[Attachment, ...]:
    return attachments.decode(message.body).files


def phase(screen: Screen, place: int = 0) -> TransferPhase | None:
    transfer = screen.transfer(place)
    return transfer.phase if transfer is not None else None
