"""What a person answers in a notification: sent, or told and kept where that fails."""

from collections.abc import Callable

from desktop_chat.core.changes import Change, MessageChanged
from desktop_chat.core.models import SendState
from desktop_chat.language import tr
from desktop_chat.services.chat import MAX_DRAFT_CHARS
from desktop_chat.services.client import Client, ClientError


class Replies:
    """Sends answers. ``failed`` is told of each that was not sent: its conversation, and words that say what
    became of the text. ``give_back`` is asked to put a text into the field of a conversation that is open,
    and answers whether it was; elsewhere it becomes the draft."""

    def __init__(
        self, client: Client, *, failed: Callable[[int, str], None], give_back: Callable[[int, str], bool]
    ) -> None:
        self._client = client
        self._failed = failed
        self._give_back = give_back
        self._on_their_way: set[str] = set()

    async def send(self, conversation_id: int, seq: int, text: str) -> None:
        """Send an answer to the message with this seq, which its reader has seen by then."""
        if not text.strip():
            return
        try:
            message = await self._client.send(conversation_id, text, keeps_draft=True)
        except ClientError as error:
            kept = await self._keep(conversation_id, text)
            words = tr("Your reply was not sent: {reason}", reason=str(error))
            self._failed(conversation_id, f"{words} {kept}")
            return
        self._on_their_way.add(message.client_id)
        await self.mark_read(conversation_id, seq)

    async def mark_read(self, conversation_id: int, seq: int) -> None:
        """Everything up to this seq is read, on every device."""
        if seq:
            try:
                await self._client.mark_read(conversation_id, seq)
            except ClientError as error:
                words = tr("This could not be marked as read: {reason}", reason=str(error))
                self._failed(conversation_id, words)

    def on_change(self, change: Change) -> None:
        """A listener for the client's changes: what the server refuses is told too."""
        if not isinstance(change, MessageChanged) or change.message.client_id not in self._on_their_way:
            return
        message = change.message
        if message.state is SendState.FAILED:
            words = tr("Your reply was not sent: {reason}", reason=message.error)
            kept = tr("It stands in the conversation.")
            self._failed(message.conversation_id, f"{words} {kept}")
        if message.seq is not None or message.state is SendState.FAILED:
            self._on_their_way.discard(message.client_id)

    async def _keep(self, conversation_id: int, text: str) -> str:
        """Let nothing that was written be lost; says where it is."""
        if self._give_back(conversation_id, text):
            return tr("Its text is in the field.")
        row = next(
            (each for each in self._client.conversations() if each.conversation_id == conversation_id), None
        )
        if row is None:
            return tr("Its text was: {text}", text=text)
        whole = f"{row.draft}\n{text}" if row.draft else text
        try:
            await self._client.save_draft(conversation_id, whole[:MAX_DRAFT_CHARS])
        except ClientError as error:
            words = tr("It could not be kept as a draft either: {reason}", reason=str(error))
            kept = tr("Its text was: {text}", text=text)
            return f"{words} {kept}"
        return tr("Its text is kept as a draft.")
