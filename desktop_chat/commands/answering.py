"""The running app answers commands, from its own engine."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping
from contextlib import aclosing
from typing import Any

from desktop_chat.commands import names, reading
from desktop_chat.commands.accounts import find_account
from desktop_chat.commands.finding import CommandError, find, said
from desktop_chat.commands.sources import EngineSource
from desktop_chat.core.changes import Change, ConversationChanged, MessageChanged, MessagesAdded
from desktop_chat.core.folding import fold
from desktop_chat.core.models import ConnectionPhase, Message, SendState
from desktop_chat.desktop.instance_messages import Command, Done, Export, Failed, Send, Tail, Text
from desktop_chat.desktop.instance_talk import Talk, TalkEnded
from desktop_chat.services.client import Client, ClientError
from desktop_chat.settings import Settings
from desktop_chat.store.database import StoreError

_log = logging.getLogger(__name__)

_TEXT_MAX_CHARS = 32 * 1024
"""In one answer: even with every character escaped it stays below what the asker takes."""
_CONFIRMED_WITHIN_S = 10.0
"""How long a sent message is waited for; after that it is said to be queued."""
_BEHIND_MAX = 10_000
"""Messages that one who follows may be behind."""


class Answering:
    """Answers, several askers at a time."""

    def __init__(self, spawn: Callable[[Coroutine[Any, Any, Any], str], asyncio.Task[Any]]) -> None:
        self._spawn = spawn
        self._tasks: dict[asyncio.Task[Any], Client] = {}

    def answer(self, clients: Mapping[str, Client], settings: Settings, request: Command, talk: Talk) -> None:
        """Begin to answer from the account that is asked for, by default the one on screen; the asker's going
        ends it. ``clients`` are those of the accounts, by their keys."""
        try:
            account = find_account(request.account, settings.accounts) if request.account else settings.shown
        except CommandError as error:
            talk.close(Failed(str(error)))
            return
        client = None if account is None else clients.get(account.key)
        if client is None:
            talk.close(
                Failed("Nobody is signed in." if account is None else "This account is not open in the app.")
            )
            return
        task = self._spawn(self._answer(client, request, talk), "answer")
        self._tasks[task] = client
        task.add_done_callback(lambda done: self._tasks.pop(done, None))
        talk.ended.connect(task.cancel)

    async def end(self, client: Client) -> None:
        """An account is closed: nothing is answered from it any more."""
        tasks = [task for task, asked in self._tasks.items() if asked is client]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def _answer(self, client: Client, request: Command, talk: Talk) -> None:
        try:
            async with aclosing(parts(client, request)) as texts:
                async for text in texts:
                    for start in range(0, len(text), _TEXT_MAX_CHARS):
                        await talk.tell(Text(text[start : start + _TEXT_MAX_CHARS]))
            talk.close(Done())
        except TalkEnded:
            return
        except asyncio.CancelledError:
            talk.close(Failed("The app is ending, or its person has signed out."))
            raise
        except (CommandError, ClientError) as error:
            talk.close(Failed(str(error)))
        except StoreError as error:
            talk.close(Failed(f"The app cannot read its store: {error}."))
        except Exception as error:
            _log.exception("a command failed")
            talk.close(Failed(f"Something went wrong in the app: {error}."))


def parts(client: Client, request: Command) -> AsyncGenerator[str, None]:
    """What a request is answered with, part by part. They raise CommandError and ClientError."""
    match request:
        case Send(who, text):
            return _send(client, who, text)
        case Tail(who, count, follow):
            return _tail(client, who, count, follow=follow)
        case Export(who, form):
            return reading.exported(EngineSource(client), who, form)


async def _send(client: Client, who: str, text: str) -> AsyncGenerator[str, None]:
    row = find(who, client.conversations())
    if row is not None:
        conversation_id = row.conversation_id
    else:
        conversation_id = await _begin_with(client, who)
    settled = asyncio.Event()
    fate: dict[str, Message] = {}

    def on_change(change: Change) -> None:
        if isinstance(change, MessageChanged) and change.message.sender_id == client.user_id:
            fate[change.message.client_id] = change.message
            settled.set()

    unsubscribe = client.subscribe(on_change)
    try:
        sent = await client.send(conversation_id, text, keeps_draft=True)
        told = await _confirmed(client, sent, fate, settled)
    finally:
        unsubscribe()
    if told.state is SendState.FAILED:
        raise CommandError(f"The message was refused: {told.error}")
    yield "Sent.\n" if told.seq is not None else "Queued: it is sent when there is a connection.\n"


async def _confirmed(
    client: Client, sent: Message, fate: dict[str, Message], settled: asyncio.Event
) -> Message:
    """What has become of a message, once it is certain or has taken too long."""
    if client.connection_state.phase is not ConnectionPhase.ONLINE:
        return sent
    try:
        async with asyncio.timeout(_CONFIRMED_WITHIN_S):
            while True:
                now = fate.get(sent.client_id, sent)
                if now.seq is not None or now.state is SendState.FAILED:
                    return now
                settled.clear()
                await settled.wait()
    except TimeoutError:
        return fate.get(sent.client_id, sent)


async def _begin_with(client: Client, who: str) -> int:
    """A conversation with somebody who was not written to yet, known by their user name."""
    nobody = CommandError(f"There is no conversation with “{said(who)}”, and nobody of this name.")
    if client.connection_state.phase is not ConnectionPhase.ONLINE:
        raise CommandError(
            f"There is no conversation with “{said(who)}”, and without a connection nobody can be found."
        )
    name = who.strip().removeprefix("@")
    for user in await client.find_people(name):
        if fold(user.user_name) == fold(name):
            return await client.open_direct(user.user_id)
    raise nobody


async def _tail(client: Client, who: str, count: int, *, follow: bool) -> AsyncGenerator[str, None]:
    source = EngineSource(client)
    if not follow:
        yield await reading.tail(source, who, count)
        return
    rows = reading.chosen(source, who)
    only = rows[0].conversation_id if who else None
    title_of = {} if who else reading.titles(rows)
    news: asyncio.Queue[Message] = asyncio.Queue(_BEHIND_MAX)
    behind = False

    def on_change(change: Change) -> None:
        nonlocal behind
        if isinstance(change, ConversationChanged) and only is None:
            title_of[change.conversation.conversation_id] = names.title(change.conversation)
        elif isinstance(change, MessagesAdded) and change.live and only in (None, change.conversation_id):
            try:
                for message in change.messages:
                    news.put_nowait(message)
            except asyncio.QueueFull:
                behind = True

    # From before the reading on, so that nothing falls between the two.
    unsubscribe = client.subscribe(on_change)
    try:
        found = await reading.newest(source, only, count)
        seen = {message.local_id for message in found}
        yield reading.told(source, found, title_of)
        del found
        while True:
            message = await news.get()
            if behind:
                raise CommandError("The messages come faster than they are taken.")
            if message.local_id not in seen:
                yield reading.told(source, [message], title_of)
    finally:
        unsubscribe()
