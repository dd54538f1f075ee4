"""Where commands read: the engine of the app that runs, or the cache of one that does not."""

from pathlib import Path
from typing import Protocol

from desktop_chat.core.models import Conversation, Message, User
from desktop_chat.services.client import Client
from desktop_chat.store import conversations, messages, reading, users

PAGE = 500
"""Messages that are read at once."""


class Source(Protocol):
    """What an account's cache holds."""

    user_id: int

    def conversations(self) -> list[Conversation]:
        """Every conversation, in no order."""

    def user(self, user_id: int) -> User | None:
        """A person this account has met."""

    def newest(self, conversation_id: int, limit: int) -> list[Message]:
        """The newest messages with a seq in timeline order, then every one that was not sent yet."""

    async def newest_of_all(self, limit: int) -> list[Message]:
        """The newest messages over all conversations, oldest first."""

    async def after(self, conversation_id: int, seq: int) -> list[Message]:
        """The next page of messages above ``seq``, oldest first."""

    def reaches_start(self, conversation_id: int) -> bool:
        """Whether nothing older exists anywhere."""


class EngineSource:
    """See ``Source``. The store's own thread reads the pages."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.user_id = client.user_id
        self.conversations = client.conversations
        self.user = client.user

    def newest(self, conversation_id: int, limit: int) -> list[Message]:
        """See ``Source.newest``."""
        return self._client.newest(conversation_id, limit).messages

    async def newest_of_all(self, limit: int) -> list[Message]:
        """See ``Source.newest_of_all``."""
        return await self._client.newest_of_all(limit)

    async def after(self, conversation_id: int, seq: int) -> list[Message]:
        """See ``Source.after``."""
        return await self._client.cached_after(conversation_id, seq, PAGE)

    def reaches_start(self, conversation_id: int) -> bool:
        """See ``Source.reaches_start``."""
        return self._client.newest(conversation_id, 0).reached_start


class CacheSource:
    """See ``Source``. ``close`` it. Raises what ``reading.open_read_only`` does."""

    def __init__(self, path: Path, user_id: int) -> None:
        self.user_id = user_id
        self._connection = reading.open_read_only(path)
        self._users = users.load_all(self._connection, ())

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def conversations(self) -> list[Conversation]:
        """See ``Source.conversations``."""
        return conversations.load_all(self._connection, self.user_id, ())

    def user(self, user_id: int) -> User | None:
        """See ``Source.user``."""
        return self._users.get(user_id)

    def newest(self, conversation_id: int, limit: int) -> list[Message]:
        """See ``Source.newest``."""
        return messages.newest(self._connection, conversation_id, limit)

    async def newest_of_all(self, limit: int) -> list[Message]:
        """See ``Source.newest_of_all``."""
        return messages.newest_of_all(self._connection, limit)

    async def after(self, conversation_id: int, seq: int) -> list[Message]:
        """See ``Source.after``."""
        return reading.after(self._connection, conversation_id, seq, PAGE)

    def reaches_start(self, conversation_id: int) -> bool:
        """See ``Source.reaches_start``."""
        return conversations.reaches_start(self._connection, conversation_id)
