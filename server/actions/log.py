"""Adding entries to a conversation's log."""

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from desktop_chat.protocol.actions import AnyAction
from desktop_chat.protocol.commands import LogCommand
from desktop_chat.protocol.errors import ErrorCode
from desktop_chat.protocol.limits import PREVIEW_CHARS
from desktop_chat.protocol.records import Content, Message, Preview
from server.actions.members import check_conversation
from server.refusal import Refused
from server.store.reader import Reader
from server.store.records import ConversationRow, MemberRow, UserRow
from server.store.writer import Writer

C = TypeVar("C", bound=LogCommand)


class Appended(Struct, frozen=True, gc=False):
    """A stored entry, and what there is to tell of it. For a repeat of an earlier command ``conversation`` is
    None: there is nothing to tell.

    ``conversation`` is as it is afterwards, ``member_ids`` who is in it then. ``sender`` is the sender's
    membership where that changed, ``target`` the message acted on. ``members`` are memberships that are new
    or have another role, ``left`` is who is gone. ``users`` are the accounts of everybody where there are new
    ones, or where, since one has left, they are few enough to be told of each other. ``info`` says that the
    info changed, ``hidden`` whose presence is hidden from whom, as ``server.actions.members.hidden_among``
    does."""

    message: Message
    conversation: ConversationRow | None = None
    member_ids: tuple[int, ...] = ()
    sender: MemberRow | None = None
    target: Message | None = None
    info: bool = False
    members: tuple[MemberRow, ...] = ()
    left: tuple[int, ...] = ()
    new_ids: tuple[int, ...] = ()
    everybody: list[MemberRow] | None = None
    users: list[UserRow] | None = None
    hidden: dict[int, frozenset[int]] = {}


def find_repeat(reader: Reader, command: LogCommand, sender_id: int) -> Appended | None:
    """What an earlier command with the same key stored. Raises Refused (``bad_request``) for a key that was
    used in another conversation."""
    earlier = reader.sent_message(command.client_id, sender_id)
    if earlier is None:
        return None
    if earlier.conversation_id != command.conversation_id:
        raise Refused(ErrorCode.BAD_REQUEST, "This client_id was used in another conversation.")
    return Appended(earlier)


def once(
    perform: Callable[[Writer, C, ConversationRow, MemberRow, int], Appended],
) -> Callable[[Writer, C, int, int], Appended]:
    """What stores an entry in a conversation, made to store it once: a repeat of the command gets what the
    first stored, and whoever is not in the conversation is refused (``not_found``)."""

    @wraps(perform)
    def performed(writer: Writer, command: C, user_id: int, now_ms: int) -> Appended:
        repeat = find_repeat(writer, command, user_id)
        if repeat is not None:
            return repeat
        conversation, member = check_conversation(writer, command.conversation_id, user_id)
        return perform(writer, command, conversation, member, now_ms)

    return performed


def append_action(
    writer: Writer,
    conversation: ConversationRow,
    sender_id: int,
    client_id: str,
    action: AnyAction,
    now_ms: int,
) -> tuple[Message, ConversationRow]:
    """Add an entry that is no message; the entry, and the conversation with it."""
    seq = conversation.last_seq + 1
    position = writer.next_position()
    message = Message(
        conversation.conversation_id, seq, position, sender_id, client_id, now_ms, action=action
    )
    moved = replace(conversation, position=position, last_seq=seq)
    writer.add_message(message, moved)
    return message, moved


def check_target(reader: Reader, conversation: ConversationRow, seq: int) -> Message:
    """A message that can be acted on. Raises Refused (``not_found``) for what is no message, was deleted, or
    is gone with its time."""
    target = reader.message(conversation.conversation_id, seq)
    if target is None or target.action is not None or target.deleted:
        raise Refused(ErrorCode.NOT_FOUND, "There is no such message any more.")
    return target


def change_target(
    writer: Writer, target: Message, conversation: ConversationRow
) -> tuple[Message, ConversationRow]:
    """Store a message as the last entry of its conversation made it, and the preview where it shows it;
    returns the two as they are then, reactions included."""
    changed = replace(target, changed_seq=conversation.last_seq)
    writer.set_message(changed)
    preview = conversation.preview
    if preview is not None and preview.seq == target.seq:
        conversation = replace(conversation, preview=preview_of(changed))
        writer.set_conversation(conversation)
    stored = writer.message(target.conversation_id, target.seq)
    assert stored is not None
    return stored, conversation


def preview_of(message: Message) -> Preview:
    """What the conversation list shows of a message."""
    content = message.content
    if content is None:
        return Preview(message.sender_id, "deleted", "", message.sent_at_ms, message.seq)
    return Preview(message.sender_id, content.kind, preview_text(content), message.sent_at_ms, message.seq)


def preview_text(content: Content) -> str:
    """The beginning of a text; of anything else nothing is known."""
    return content.body[:PREVIEW_CHARS] if content.kind == "text" else ""
