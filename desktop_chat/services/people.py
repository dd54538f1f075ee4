"""Finding people and beginning to talk to them."""

from desktop_chat.core.models import User
from desktop_chat.core.session import Refused
from desktop_chat.net.clock import Clock
from desktop_chat.net.connection import Connection, ConnectionLost
from desktop_chat.protocol import replies
from desktop_chat.protocol.commands import FindPeople, OpenConversation
from desktop_chat.protocol.limits import PEOPLE_QUERY_MAX_CHARS
from desktop_chat.services.committer import Committer, Told
from desktop_chat.services.errors import ClientError
from desktop_chat.services.sync import Sync
from desktop_chat.store import conversations
from desktop_chat.store import database as store


class People:
    """Look-ups that only the server can answer."""

    def __init__(
        self,
        committer: Committer,
        clock: Clock,
        connection: Connection,
        sync: Sync,
    ) -> None:
        self._committer = committer
        self._clock = clock
        self._connection = connection
        self._sync = sync

    async def find(self, query: str) -> list[User]:
        """Users whose names contain ``query``, in the order of their names. Raises ClientError."""
        wanted = query.strip()[:PEOPLE_QUERY_MAX_CHARS]
        try:
            reply = await self._connection.request(lambda id_: FindPeople(id_, wanted))
        except (Refused, ConnectionLost) as error:
            raise ClientError.of(error) from None
        assert isinstance(reply, replies.PeopleFound)
        return [
            User(
                user.user_id,
                user.user_name,
                user.display_name,
                user.online,
                user.last_seen_ms,
                user.about,
                user.picture,
            )
            for user in reply.users
        ]

    async def open_direct(self, user_id: int) -> int:
        """The id of the conversation with a user, made where there is none, and placed in the list as just
        touched while it is empty; the own id gives the note to self. Raises ClientError."""
        try:
            reply = await self._connection.request(lambda id_: OpenConversation(id_, user_id))
        except (Refused, ConnectionLost) as error:
            raise ClientError.of(error) from None
        assert isinstance(reply, replies.ConversationOpened)
        await self._sync.settle()
        conversation_id = reply.conversation.conversation_id
        now_ms = self._clock.now_ms()

        def write(connection: store.Connection) -> list[Told]:
            conversations.touch(connection, conversation_id, now_ms)
            return []

        await self._committer.commit(write, conversation_id)
        return conversation_id
