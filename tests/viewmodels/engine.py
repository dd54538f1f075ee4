"""A double of the engine for view models, and a feed that is flushed by hand."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from desktop_chat.core.changes import Change, Publish
from desktop_chat.core.models import (
    ConnectionPhase,
    ConnectionState,
    Conversation,
    Member,
    Message,
    Page,
    SearchHit,
    User,
)
from desktop_chat.services.errors import ClientError
from desktop_chat.store.search import Filters

OWN_ID = 1


class FeedByHand:
    """Stands in for the ChangeFeed."""

    def __init__(self) -> None:
        self.takers: list[Callable[[list[Change]], None]] = []
        self.flushed = 0

    def listen(self, take: Callable[[list[Change]], None]) -> None:
        self.takers.append(take)

    def leave(self, take: Callable[[list[Change]], None]) -> None:
        self.takers.remove(take)

    def flush(self) -> None:
        self.flushed += 1

    def tell(self, *changes: Change) -> None:
        for take in list(self.takers):
            take(list(changes))


class ScriptedEngine:
    """Answers from lists; keeps what was asked of it in ``calls``. ``refusal`` makes every intent fail,
    ``bug`` with an error that no view model expects."""

    def __init__(self, rows: list[Conversation] | None = None) -> None:
        self.user_id = OWN_ID
        self.rows = rows or []
        self.messages: list[Message] = []
        self.people: list[User] = []
        self.hits: list[SearchHit] = []
        self.calls: list[tuple[object, ...]] = []
        self.refusal = ""
        self.bug: Exception | None = None
        self.complete = True
        self.connection_state = ConnectionState(ConnectionPhase.ONLINE)
        self.listeners: list[Publish] = []
        self.actions = self

    async def edit(self, message: Message, text: str, mentions: tuple[int, ...] = ()) -> None:
        await self._take("edit", message.seq, text, *mentions)

    def subscribe(self, listener: Publish) -> Callable[[], None]:
        self.listeners.append(listener)
        return lambda: self.listeners.remove(listener)

    def conversations(self) -> list[Conversation]:
        return list(self.rows)

    def newest(self, conversation_id: int, limit: int) -> Page:
        return Page(self.messages[-limit:], reached_start=len(self.messages) <= limit)

    def rows_after(self, conversation_id: int, seq: int, most: int) -> int:
        return min(most, sum((each.seq or 0) > seq for each in self.messages))

    def user(self, user_id: int) -> User | None:
        return next((each for each in self.people if each.user_id == user_id), None)

    def starred_in(self, conversation_id: int) -> set[int]:
        return set()

    def message(self, conversation_id: int, seq: int) -> Message | None:
        return None

    def connect_now(self) -> None:
        self.calls.append(("connect_now",))

    async def older(self, conversation_id: int, before: Message, limit: int) -> Page:
        at = next(n for n, each in enumerate(self.messages) if each.local_id == before.local_id)
        if not self.complete:
            return Page([], complete=False)
        return Page(self.messages[max(0, at - limit) : at], reached_start=at <= limit)

    async def until(self, conversation_id: int, before: Message, seq: int) -> Page:
        found = [each for each in self.messages if each.seq and seq <= each.seq < (before.seq or 0)]
        return Page(found, reached_start=seq == 1)

    def members(self, conversation_id: int) -> list[Member]:
        return [Member(each.user_id, "member") for each in self.people]

    async def send(
        self,
        conversation_id: int,
        text: str,
        *,
        reply_to: int | None = None,
        mentions: tuple[int, ...] = (),
    ) -> None:
        answer = () if reply_to is None else (reply_to,)
        await self._take("send", conversation_id, text, *answer, *mentions)

    async def save_draft(self, conversation_id: int, text: str) -> None:
        await self._take("save_draft", conversation_id, text)

    async def retry(self, client_id: str) -> None:
        await self._take("retry", client_id)

    async def discard(self, client_id: str) -> None:
        await self._take("discard", client_id)

    async def fill(self, conversation_id: int) -> None:
        await self._take("fill", conversation_id)

    async def look_at(self, conversation_id: int | None) -> None:
        await self._take("look_at", conversation_id)

    async def mark_read(self, conversation_id: int, seq: int) -> None:
        await self._take("mark_read", conversation_id, seq)

    async def find_people(self, query: str) -> list[User]:
        await self._take("find_people", query)
        return self.people

    async def open_direct(self, user_id: int) -> int:
        await self._take("open_direct", user_id)
        return user_id - 100

    async def search(self, text: str, filters: Filters | None = None, limit: int = 50) -> list[SearchHit]:
        await self._take("search", text, filters)
        return self.hits

    async def _take(self, *call: object) -> None:
        self.calls.append(call)
        if self.bug is not None:
            raise self.bug
        if self.refusal:
            raise ClientError(self.refusal)


class Spawner:
    """Keeps coroutines until ``run``, so that a test decides when they happen."""

    def __init__(self) -> None:
        self.waiting: list[Coroutine[Any, Any, Any]] = []

    def __call__(self, coroutine: Coroutine[Any, Any, Any]) -> None:
        self.waiting.append(coroutine)

    def run(self) -> None:
        while self.waiting:
            asyncio.run(self.waiting.pop(0))
