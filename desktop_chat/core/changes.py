"""What changed, told by the services after the store has it. Each change carries the new row whole, so
that a listener needs no look-up. Listeners are plain callables and must not raise."""

from collections.abc import Callable

from msgspec import Struct

from desktop_chat.core.models import Account, ConnectionState, Conversation, Message, User
from desktop_chat.core.transfers import Transfer
from desktop_chat.protocol.records import Star


class MessagesAdded(Struct, frozen=True):
    """Messages that are new in the cache at the lower end of one conversation's timeline, in its order.
    ``live`` is False for what was history already when this device had its cold start; only news is worth an
    alert, which ``services.notifier`` decides."""

    conversation_id: int
    messages: list[Message]
    live: bool = True


class MessageChanged(Struct, frozen=True):
    """A row changed in place: same ``local_id``. It may have gained a seq, and with it another place."""

    message: Message


class MessageRemoved(Struct, frozen=True):
    """A local echo was discarded, or turned out to be older than what the cache holds: then it comes back
    with its page."""

    conversation_id: int
    local_id: int


class ConversationChanged(Struct, frozen=True):
    """A conversation is new or any of its fields changed."""

    conversation: Conversation


class ConversationRemoved(Struct, frozen=True):
    """This user is not in a conversation any more, and nothing of it is left here."""

    conversation_id: int


class TypingChanged(Struct, frozen=True):
    """Somebody is writing in a conversation, or stopped. Without news for some seconds it is over too."""

    conversation_id: int
    user_id: int
    on: bool


class StarsChanged(Struct, frozen=True):
    """Messages are starred now, or no longer."""

    stars: list[Star]


class AccountChanged(Struct, frozen=True):
    """The own account changed."""

    account: Account


class UserChanged(Struct, frozen=True):
    """A user's name or presence changed."""

    user: User


class CacheReset(Struct, frozen=True):
    """The cache was emptied for a cold start: every message with a seq is gone, local echoes stay, and of the
    conversations only ``kept`` is left. What the server still has follows as ordinary changes."""

    kept: list[Conversation]


class TransferChanged(Struct, frozen=True):
    """A file has come further, or stands otherwise."""

    transfer: Transfer


class ConnectionChanged(Struct, frozen=True):
    """The connection's state changed."""

    state: ConnectionState


Change = (
    MessagesAdded
    | MessageChanged
    | MessageRemoved
    | ConversationChanged
    | ConversationRemoved
    | TypingChanged
    | StarsChanged
    | AccountChanged
    | UserChanged
    | CacheReset
    | TransferChanged
    | ConnectionChanged
)
Publish = Callable[[Change], None]
