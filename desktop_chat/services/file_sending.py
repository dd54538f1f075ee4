"""Messages with files: remembered at once, uploaded in the background, sent when all of it has arrived."""

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from desktop_chat.core import attachments
from desktop_chat.core.attachments import Attachment, FileBody
from desktop_chat.core.changes import MessageChanged, MessagesAdded
from desktop_chat.core.ids import new_client_id
from desktop_chat.core.models import Extra, Message, SendState
from desktop_chat.core.transfers import Transfer, TransferPhase, Upload, UploadState
from desktop_chat.language import tr, trn
from desktop_chat.net.clock import Clock
from desktop_chat.protocol.limits import FILES_PER_MESSAGE_MAX, MAX_BODY_CHARS
from desktop_chat.protocol.records import Content
from desktop_chat.services.chat import Chat
from desktop_chat.services.committer import Committer, Told
from desktop_chat.services.errors import ClientError
from desktop_chat.services.files import Files
from desktop_chat.services.tasks import Tasks
from desktop_chat.services.transfers import Transfers
from desktop_chat.store import conversations, messages, outbox, uploads
from desktop_chat.store.database import Connection

T = TypeVar("T")

_log = logging.getLogger(__name__)

_MESSAGES_AT_ONCE = 3
"""Messages whose files are uploaded at the same time, one file of each: the server lets one user make eight
transfers, and downloads are among them."""
_HASH_TO_COME = "0" * 64


class Picked(Struct, frozen=True):
    """A file that a person wants to send. ``width`` and ``height`` are 0 for what is no picture."""

    path: Path
    media_type: str = ""
    width: int = 0
    height: int = 0


class FileSending:
    """Sends files in messages, over lost connections, pauses and restarts.

    A message with files is a local echo like any other, but it joins the outbox only once its uploads are
    done. So it takes its place in the conversation when it is whole, and what was written after it may be
    sent before it: a text does not wait for a film. What waits is told from the store alone: a pending echo
    with uploads that is not in the outbox.
    """

    def __init__(
        self,
        committer: Committer,
        clock: Clock,
        files: Files,
        chat: Chat,
        transfers: Transfers,
        tasks: Tasks,
        *,
        queued: Callable[[], None],
        arrived: Callable[[str, Attachment, str], Awaitable[None]],
    ) -> None:
        """``queued`` is called when a message joins the outbox; ``arrived`` is awaited with the file_id of
        what has been uploaded, what it is, and its path."""
        self._committer = committer
        self._clock = clock
        self._files = files
        self._chat = chat
        self._transfers = transfers
        self._tasks = tasks
        self._queued = queued
        self._arrived = arrived
        self._slots = asyncio.Semaphore(_MESSAGES_AT_ONCE)
        self._running: dict[str, asyncio.Task[None]] = {}

    async def send(
        self,
        conversation_id: int,
        picked: Sequence[Picked],
        caption: str = "",
        *,
        reply_to: int | None = None,
    ) -> Message:
        """Remember files to be sent and the message that carries them; it is on the screen at once. Raises
        ClientError where one of them cannot be read, or they are too many."""
        content, added = await self._prepared(picked, caption.strip())
        sent: list[Message] = []

        def write(connection: Connection) -> list[Told]:
            if not conversations.exists(connection, conversation_id):
                raise ClientError(tr("This conversation is not there any more."))
            for upload in added:
                uploads.add(connection, upload)
            extra = Extra(reply_to=reply_to, upload_ids=tuple(each.client_id for each in added))
            now_ms = self._clock.now_ms()
            message = messages.insert_local(
                connection, conversation_id, self._new_id(), self._committer.own_id, now_ms, content, extra
            )
            sent.append(message)
            return [MessagesAdded(conversation_id, [message])]

        for upload in added:
            self._say_where(upload)
        try:
            await self._committer.commit(write, conversation_id)
        except ClientError:
            for upload in added:
                self._transfers.drop(upload.client_id)
            raise
        self._drive(sent[0])
        return sent[0]

    async def recover(self) -> None:
        """After a start: go on with what waits for its files."""
        known = {each.client_id: each for each in await self._files.uploads()}
        waiting = await self._read(messages.waiting_for_files)
        for message in waiting:
            own = [known[key] for key in _upload_ids(message) if key in known]
            for upload in own:
                self._say_where(upload)
            if not any(each.state is UploadState.PAUSED for each in own):
                self._drive(message)

    async def pause(self, client_id: str) -> None:
        """Stop uploading a message's files until it is resumed, over a restart too."""
        message = await self._waiting(client_id)
        if message is None:
            return
        await self._stop(client_id)
        for key in _upload_ids(message):
            await self._files.pause(key)
            self._transfers.move(key, TransferPhase.PAUSED)

    async def resume(self, client_id: str) -> None:
        """Go on with a message that was paused."""
        message = await self._waiting(client_id)
        if message is None:
            return
        for key in _upload_ids(message):
            await self._files.resume(key)
            self._transfers.move(key, TransferPhase.WAITING)
        self._drive(message)

    async def retry(self, client_id: str) -> None:
        """Try a failed message again, its uploads included; any other as ``Chat.retry`` does."""
        message = await self._echo(client_id)
        if message is None or not _upload_ids(message):
            await self._chat.retry(client_id)
            return

        def write(connection: Connection) -> list[Told]:
            changed = outbox.set_state(connection, message.local_id, SendState.PENDING)
            if changed is None or changed.extra is None:
                return []
            # What was uploaded is asked for again: the server may have swept it meanwhile.
            extra = replace(changed.extra, file_ids=())
            return [MessageChanged(messages.set_content(connection, changed, changed.body, extra))]

        await self._committer.commit(write)
        for key in _upload_ids(message):
            self._transfers.move(key, TransferPhase.WAITING)
        self._drive(message)

    async def discard(self, client_id: str) -> None:
        """Forget a message that is queued, waits for its files or failed, and what was uploaded of it. Raises
        ClientError where it is on its way already."""
        message = await self._echo(client_id)
        keys = _upload_ids(message) if message is not None else ()
        if keys:
            await self._stop(client_id)
        begun = [each.file_id for each in await self._files.uploads() if each.client_id in keys]
        try:
            await self._chat.discard(client_id)
        except ClientError:
            waiting = await self._waiting(client_id) if keys else None
            if waiting is not None:
                self._drive(waiting)
            raise
        for key in keys:
            self._transfers.drop(key)
        for file_id in filter(None, begun):
            await self._files.abandon(file_id)

    async def _prepared(self, picked: Sequence[Picked], caption: str) -> tuple[Content, list[Upload]]:
        if not picked:
            raise ClientError(tr("There is nothing to send."))
        if len(picked) > FILES_PER_MESSAGE_MAX:
            words = trn(
                "{most} files fit in one message; these are {count}.",
                "{most} files fit in one message; these are {count}.",
                count=len(picked),
                most=FILES_PER_MESSAGE_MAX,
            )
            raise ClientError(words)
        if len(caption) > attachments.MAX_CAPTION_CHARS:
            words = trn(
                "The caption has {length} character; {most} fit in it.",
                "The caption has {length} characters; {most} fit in it.",
                count=len(caption),
                length=len(caption),
                most=attachments.MAX_CAPTION_CHARS,
            )
            raise ClientError(words)
        described, added = [], []
        for each in picked:
            stamp = await self._files.stamp(each.path)
            name = attachments.safe_name(each.path.name)
            described.append(Attachment(name, stamp.size_bytes, "", each.media_type, each.width, each.height))
            path = os.fsencode(each.path.absolute())
            added.append(Upload(self._new_id(), path, stamp.size_bytes, stamp.modified_ns, b""))
        whole = FileBody(tuple(replace(each, sha256=_HASH_TO_COME) for each in described), caption)
        if len(attachments.encode(whole)) > MAX_BODY_CHARS:
            raise ClientError(tr("The caption and the files' names are too long for one message."))
        body = FileBody(tuple(described), caption)
        return Content(body.kind, attachments.encode(body)), added

    def _drive(self, message: Message) -> None:
        client_id = message.client_id
        if client_id not in self._running:
            task = self._tasks.spawn(self._run(message), f"files of {client_id}")
            self._running[client_id] = task
            task.add_done_callback(lambda _: self._running.pop(client_id, None))

    async def _stop(self, client_id: str) -> None:
        task = self._running.get(client_id)
        if task is not None:
            task.cancel()
            await asyncio.wait([task])
            self._running.pop(client_id, None)

    async def _run(self, message: Message) -> None:
        async with self._slots:
            try:
                waiting = await self._waiting(message.client_id)
                if waiting is None:
                    return
                hashes = await self._upload(waiting)
            except ClientError as error:
                await self._fail(message, str(error))
                return
            # To stop now is too late: once begun, this is done to its end, and told.
            await asyncio.shield(
                self._tasks.spawn(self._queue(waiting, hashes), f"queue {message.client_id}")
            )

    async def _upload(self, message: Message) -> list[tuple[str, str]]:
        """Upload a message's files, one after the other; their file_ids and hashes."""
        done = []
        described = attachments.decode(message.body).files
        for key, attachment in zip(_upload_ids(message), described, strict=False):
            file_id = await self._files.upload(key, partial(self._transfers.went, key))
            [upload] = [each for each in await self._files.uploads() if each.client_id == key]
            path = os.fsdecode(upload.path)
            await self._arrived(file_id, attachment, path)
            self._transfers.whole(key, path, upload.size_bytes)
            done.append((file_id, upload.sha256.hex()))
        return done

    async def _queue(self, message: Message, done: list[tuple[str, str]]) -> None:
        """Let a message say which files it has, and put it into the outbox: one transaction."""

        def write(connection: Connection) -> list[Told]:
            echo = messages.by_client_id(connection, message.client_id, self._committer.own_id)
            if not _is_waiting(echo) or echo is None or echo.extra is None:
                return []
            body = attachments.decode(echo.body)
            files = tuple(
                replace(each, sha256=sha256) for each, (_, sha256) in zip(body.files, done, strict=True)
            )
            extra = replace(echo.extra, file_ids=tuple(file_id for file_id, _ in done))
            text = attachments.encode(replace(body, files=files))
            changed = messages.set_content(connection, echo, text, extra)
            outbox.add(connection, changed)
            return [MessageChanged(changed)]

        try:
            await self._committer.commit(write)
        except ClientError as error:
            await self._fail(message, str(error))
        self._queued()

    async def _fail(self, message: Message, words: str) -> None:
        def write(connection: Connection) -> list[Told]:
            changed = outbox.set_state(connection, message.local_id, SendState.FAILED, words)
            return [] if changed is None else [MessageChanged(changed)]

        try:
            await self._committer.commit(write)
        except ClientError as error:
            # A retry finds the message waiting still; on the screen nothing goes on without one.
            _log.warning("a failed message is not remembered as such: %s", error)
        for key in _upload_ids(message):
            self._transfers.move(key, TransferPhase.FAILED, words)

    async def _waiting(self, client_id: str) -> Message | None:
        echo = await self._echo(client_id)
        return echo if _is_waiting(echo) else None

    async def _echo(self, client_id: str) -> Message | None:
        own_id = self._committer.own_id
        return await self._read(lambda connection: messages.by_client_id(connection, client_id, own_id))

    async def _read(self, read: Callable[[Connection], T]) -> T:
        found: list[T] = []

        def look(connection: Connection) -> list[Told]:
            found.append(read(connection))
            return []

        await self._committer.commit(look)
        return found[0]

    def _say_where(self, upload: Upload) -> None:
        paused = upload.state is UploadState.PAUSED
        phase = TransferPhase.PAUSED if paused else TransferPhase.WAITING
        if upload.state is UploadState.DONE:
            self._transfers.whole(upload.client_id, os.fsdecode(upload.path), upload.size_bytes)
        else:
            path = os.fsdecode(upload.path)
            self._transfers.put(Transfer(upload.client_id, phase, 0, upload.size_bytes, path=path))

    def _new_id(self) -> str:
        return new_client_id(self._clock.now_ms(), self._clock.random_bytes(10))


def _upload_ids(message: Message) -> tuple[str, ...]:
    return message.extra.upload_ids if message.extra is not None else ()


def _is_waiting(message: Message | None) -> bool:
    """Whether it is a message that joins the outbox once its files have arrived."""
    return (
        message is not None
        and message.seq is None
        and message.state is SendState.PENDING
        and message.extra is not None
        and bool(message.extra.upload_ids)
        and not message.extra.file_ids
    )
