"""The messages that the user starred, over all conversations."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from desktop_chat.core.models import SearchHit
from desktop_chat.viewmodels.conversation_list import ConversationListModel
from desktop_chat.viewmodels.search import FoundMessage, found_message

if TYPE_CHECKING:
    from desktop_chat.services.client import Client

SHOWN_MAX = 500


def starred(
    client: "Client", conversations: ConversationListModel, now_ms: Callable[[], int]
) -> tuple[list[FoundMessage], int]:
    """Those that are in the cache, the newest first, and how many more there are."""
    messages, count = client.starred(SHOWN_MAX)
    rows = (found_message(SearchHit(each, 0, 0), client, conversations, now_ms()) for each in messages)
    shown = [each for each in rows if each is not None]
    return shown, count - len(shown)
