"""A client that sends one file after the other, each in pieces and then in a message, and goes on where it
was after a kill."""

import asyncio
import contextlib
import hashlib
import itertools
from dataclasses import dataclass
from pathlib import Path
from random import Random

from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from desktop_chat.core.session import Refused
from desktop_chat.net.connection import ConnectionLost
from desktop_chat.net.file_transfer import HttpFiles
from desktop_chat.protocol.commands import OpenConversation, Register, SendMessage, UserConnect
from desktop_chat.protocol.errors import REMEDIES, Remedy
from desktop_chat.protocol.events import CaughtUp
from desktop_chat.protocol.records import Content
from desktop_chat.protocol.replies import ConversationOpened, MessageSent, SignedIn
from server.files.folder import Folder
from server.store.reader import Reader
from tests.torture.changers import Changer
from tests.torture.ledger import Verdict
from tests.torture.senders import Address

_PIECE_BYTES = 30_000
_AWAY_S = 0.005


@dataclass
class _File:
    """One file, as far as its sender knows."""

    number: int
    content: bytes
    file_id: str = ""
    acknowledged: int = 0
    seq: int = 0
    """Of the message that shows it."""

    @property
    def sha256(self) -> bytes:
        return hashlib.sha256(self.content).digest()


class Uploader:
    """One device of one user. ``wrong`` takes words for what no server may do."""

    def __init__(self, address: Address, wrong: list[str]) -> None:
        self._address, self._wrong = address, wrong
        self._chance = Random(1)
        self._ids = itertools.count(1)
        self._token = ""
        self.user_id = self._note_id = 0
        self._files: list[_File] = []

    async def set_up(self) -> None:
        """Make the account and a note to send to."""
        async with connect(self._address.url, compression=None) as socket:
            register = Register(next(self._ids), "uploader", "correct horse")
            signed_in: SignedIn = await Changer._ask(socket, register, SignedIn)
            self.user_id, self._token = signed_in.user.user_id, signed_in.token
            await Changer._ask(socket, UserConnect(next(self._ids), self._token), CaughtUp)
            opening = OpenConversation(next(self._ids), self.user_id)
            opened: ConversationOpened = await Changer._ask(socket, opening, ConversationOpened)
            self._note_id = opened.conversation.conversation_id

    async def run(self) -> None:
        """Go on until it is cancelled."""

        async def token() -> str:
            return self._token

        http = HttpFiles(lambda: self._address.url, token)
        try:
            while True:
                with contextlib.suppress(OSError, WebSocketException, EOFError, ConnectionLost):
                    try:
                        while self._address.url:
                            await self._go_on(http)
                    except Refused as refused:
                        if REMEDIES[refused.error.code] is not Remedy.RETRY:
                            self._wrong.append(f"an upload was refused: {refused.error}")
                await asyncio.sleep(_AWAY_S)
        finally:
            await http.close()

    async def _go_on(self, http: HttpFiles) -> None:
        if not self._files or self._files[-1].seq:
            content = self._chance.randbytes(self._chance.randrange(1, 150_000))
            self._files.append(_File(len(self._files) + 1, content))
        file = self._files[-1]
        file_id = await http.create(f"{file.number:032x}", len(file.content), file.sha256)
        if file.file_id not in ("", file_id):
            self._wrong.append(f"upload {file.file_id} is {file_id} now")
        file.file_id = file_id
        offset = await http.offset(file_id)
        self._acknowledge(file, offset)
        while offset < len(file.content):
            offset = await http.append(file_id, offset, file.content[offset : offset + _PIECE_BYTES])
            self._acknowledge(file, offset)
        await self._send(file)

    def _acknowledge(self, file: _File, offset: int) -> None:
        if offset < file.acknowledged:
            self._wrong.append(f"the offset went back from {file.acknowledged} to {offset}")
        file.acknowledged = offset

    async def _send(self, file: _File) -> None:
        async with connect(self._address.url, compression=None, max_size=None) as socket:
            await Changer._ask(socket, UserConnect(next(self._ids), self._token), CaughtUp)
            key = f"{2**100 + file.number:032x}"
            shown = (file.file_id,)
            command = SendMessage(next(self._ids), self._note_id, key, Content("text", "see"), file_ids=shown)
            sent: MessageSent = await Changer._ask(socket, command, MessageSent)
            file.seq = sent.seq

    def check(self, reader: Reader, folder: Path) -> Verdict:
        """Whether what was acknowledged is in the database and in the folder."""
        verdict = Verdict()
        files = Folder(folder)
        for each in self._files:
            if not each.file_id or not each.acknowledged:
                continue
            verdict.confirmed += 1
            row = reader.file(each.file_id)
            if row is None:
                verdict.blame(f"file {each.number} is lost")
            elif row.finished_at_ms is not None:
                if (
                    folder / "blobs" / each.sha256.hex()[:2] / each.sha256.hex()
                ).read_bytes() != each.content:
                    verdict.blame(f"file {each.number} is not what was sent")
            elif files.offset(each.file_id) < each.acknowledged or each.acknowledged == len(each.content):
                verdict.blame(f"file {each.number} is less than the {each.acknowledged} acknowledged")
            message = reader.message(self._note_id, each.seq) if each.seq else None
            if each.seq and (message is None or message.file_ids != (each.file_id,)):
                verdict.blame(f"message {message} does not show file {each.number}")
        return verdict
