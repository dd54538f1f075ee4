"""Sending messages and reading them back."""

from msgspec import Struct
from msgspec.structs import replace

from desktop_chat.protocol.commands import LoadHistory, SendMessage
from desktop_chat.protocol.errors import ErrorCode
from desktop_chat.protocol.limits import HISTORY_PAGE_BODY_CHARS, PREVIEW_CHARS
from desktop_chat.protocol.records import Content, Message
from server.actions.members import check_conversation, check_member
from server.blank import is_blank
from server.refusal import Refused
from server.store.base import ConversationRow, MemberRow, Reader, Writer

_END = 2**53


class Sent(Struct, frozen=True, gc=False):
    """A stored message. For a repeat of an earlier send ``conversation`` is None: there is nothing to tell.
    ``sender`` is the sender's membership after the send."""

    message: Message
    conversation: ConversationRow | None = None
    sender: MemberRow | None = None


def check_content(content: Content) -> None:
    """Raises Refused (``bad_request``) for a text that shows nothing."""
    if content.kind == "text" and is_blank(content.body):
        raise Refused(ErrorCode.BAD_REQUEST, "The message is empty.")


def check_send(
    reader: Reader, command: SendMessage, sender_id: int
) -> Message | tuple[ConversationRow, MemberRow]:
    """The message that an earlier send stored under the same key, else the place for a new one.
    Raises Refused: ``not_found``, or ``bad_request`` for a key that was used in another conversation."""
    place = check_conversation(reader, command.conversation_id, sender_id)
    earlier = reader.sent_message(command.client_id, sender_id)
    if earlier is None:
        return place
    if earlier.conversation_id != command.conversation_id:
        raise Refused(ErrorCode.BAD_REQUEST, "This client_id was used for a message in another conversation.")
    return earlier


def do_send(writer: Writer, command: SendMessage, sender_id: int, now_ms: int) -> Sent:
    """Store a message once. Raises Refused as ``check_send`` does."""
    checked = check_send(writer, command, sender_id)
    if isinstance(checked, Message):
        return Sent(checked)
    conversation, sender = checked
    message, moved = writer.append_message(
        conversation,
        sender_id=sender_id,
        client_id=command.client_id,
        content=command.content,
        preview_text=preview_text(command.content),
        now_ms=now_ms,
        position=writer.next_position(),
    )
    # The pointers stay where they are: to send is not to have seen, and the other members, who are told of
    # every move, would pay for it with each message. Only the own message is never unread.
    sender = replace(sender, seen_count=sender.seen_count + 1)
    writer.set_member(sender)
    return Sent(message, moved, sender)


def check_history(reader: Reader, command: LoadHistory, user_id: int) -> list[Message]:
    """A page of the log in rising seq. Raises Refused: ``not_found``, ``bad_request``."""
    check_member(reader, command.conversation_id, user_id)
    if command.after_seq is not None:
        if command.before_seq is not None:
            raise Refused(ErrorCode.BAD_REQUEST, "LOAD_HISTORY takes before_seq or after_seq, not both.")
        return _bounded(reader.page_after(command.conversation_id, command.after_seq, command.limit))
    before_seq = command.before_seq if command.before_seq is not None else _END
    return _bounded(reader.page_before(command.conversation_id, before_seq, command.limit))[::-1]


def preview_text(content: Content) -> str:
    """What the conversation list shows of a message."""
    return content.body[:PREVIEW_CHARS] if content.kind == "text" else ""


def _bounded(page: list[Message]) -> list[Message]:
    """The beginning of a page: as much as one reply may carry, and one message at least."""
    chars = 0
    for index, message in enumerate(page):
        chars += len(message.content.body)
        if chars > HISTORY_PAGE_BODY_CHARS and index > 0:
            return page[:index]
    return page
