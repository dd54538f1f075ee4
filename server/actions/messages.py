"""Sending messages, and reading the log back."""

from msgspec.structs import replace

from desktop_chat.protocol.actions import Deleted, Edited, Pinned, Reacted
from desktop_chat.protocol.commands import LoadHistory, SendMessage
from desktop_chat.protocol.errors import ErrorCode
from desktop_chat.protocol.limits import HISTORY_PAGE_BODY_CHARS
from desktop_chat.protocol.records import Content, Message, Origin, Preview
from server.actions.files import check_attach, do_attach
from server.actions.log import Appended, check_target, once, preview_text
from server.actions.members import check_conversation, check_member, check_writer
from server.blank import is_blank
from server.refusal import Refused
from server.store.reader import Reader
from server.store.records import ConversationRow, MemberRow
from server.store.writer import Writer

_END = 2**53
_REACTOR_CHARS = 12
"""What a name under a reaction counts for in a page's length."""
_ON_MESSAGES = Edited | Deleted | Reacted | Pinned


def check_content(content: Content, has_files: bool = False) -> None:
    """Raises Refused (``bad_request``) for a text that shows nothing, and for a kind that the server itself
    uses."""
    if content.kind == "text" and not has_files and is_blank(content.body):
        raise Refused(ErrorCode.BAD_REQUEST, "The message is empty.")
    if content.kind == "deleted":
        raise Refused(ErrorCode.BAD_REQUEST, "No message can be of the kind “deleted”.")


@once
def do_send(
    writer: Writer, command: SendMessage, conversation: ConversationRow, sender: MemberRow, now_ms: int
) -> Appended:
    """Store a message once. Raises Refused: ``not_found``, ``forbidden``, ``blocked``, ``bad_request``."""
    sender_id = sender.user_id
    check_writer(writer, conversation, sender)
    content, file_ids, origin = command.content, command.file_ids, None
    if command.forward is not None:
        source = _check_source(writer, command, sender_id)
        content, file_ids, origin = source.content, source.file_ids, _origin(source)
    if content is None:
        raise Refused(ErrorCode.BAD_REQUEST, "The message is empty.")
    # What is answered may have been deleted since, which is no reason to lose the answer.
    if command.reply_to is not None and command.reply_to > conversation.last_seq:
        raise Refused(ErrorCode.BAD_REQUEST, "What this message answers is not there.")
    if command.mentions:
        check_mentions(writer, conversation, command.mentions)
    if file_ids:
        if len(set(file_ids)) != len(file_ids):
            raise Refused(ErrorCode.BAD_REQUEST, "A message holds each file once.")
        check_attach(writer, file_ids, sender_id)
    seq, position = conversation.last_seq + 1, writer.next_position()
    message = Message(
        conversation.conversation_id,
        seq,
        position,
        sender_id,
        command.client_id,
        now_ms,
        content,
        None,
        command.reply_to,
        command.mentions,
        origin,
        file_ids,
    )
    moved = replace(
        conversation,
        position=position,
        last_seq=seq,
        message_count=conversation.message_count + 1,
        preview=Preview(sender_id, content.kind, preview_text(content), now_ms, seq),
    )
    writer.add_message(message, moved)
    if file_ids:
        do_attach(writer, file_ids, conversation.conversation_id, position)
    # The pointers stay where they are: to send is not to have seen, and the other members, who are told of
    # every move, would pay for it with each message. Only the own message is never unread.
    sender = replace(sender, seen_count=sender.seen_count + 1)
    writer.set_pointers(sender)
    return Appended(message, moved, writer.member_ids(conversation.conversation_id), sender)


def check_mentions(reader: Reader, conversation: ConversationRow, user_ids: tuple[int, ...]) -> None:
    """Raises Refused (``bad_request``) where somebody is not a member."""
    if len(set(user_ids)) != len(user_ids) or any(
        reader.member(conversation.conversation_id, each) is None for each in user_ids
    ):
        raise Refused(ErrorCode.BAD_REQUEST, "Only members can be mentioned, each once.")


def check_history(
    reader: Reader, command: LoadHistory, user_id: int
) -> tuple[list[Message], tuple[Message, ...]]:
    """A page of the log in rising seq, and the messages outside of it that it acts on. Raises Refused:
    ``not_found``, ``bad_request``."""
    check_member(reader, command.conversation_id, user_id)
    if command.after_seq is not None:
        if command.before_seq is not None:
            raise Refused(ErrorCode.BAD_REQUEST, "LOAD_HISTORY takes before_seq or after_seq, not both.")
        page = _bounded(reader.page_after(command.conversation_id, command.after_seq, command.limit))
    else:
        before_seq = command.before_seq if command.before_seq is not None else _END
        page = _bounded(reader.page_before(command.conversation_id, before_seq, command.limit))[::-1]
    return _with_targets(reader, page, forward=command.after_seq is not None)


def _with_targets(
    reader: Reader, page: list[Message], *, forward: bool
) -> tuple[list[Message], tuple[Message, ...]]:
    """The targets of a page, which is cut where they would make it too long: at its end where it goes
    forward, else at its beginning."""
    kept = list(page) if forward else page[::-1]
    while True:
        targets, fitting = _targets(reader, kept)
        if fitting == len(kept):
            return (kept if forward else kept[::-1]), targets
        # What is cut off may be what another entry acts on, and is outside of the page then.
        kept = kept[:fitting]


def _targets(reader: Reader, page: list[Message]) -> tuple[tuple[Message, ...], int]:
    """The messages outside of a page that it acts on, and how many of its entries there is room for with
    them, one at least."""
    held = {message.seq for message in page}
    targets: dict[int, Message] = {}
    chars = sum(map(_weight, page))
    for index, entry in enumerate(page):
        if not isinstance(entry.action, _ON_MESSAGES) or entry.action.target_seq in held | targets.keys():
            continue
        target = reader.message(entry.conversation_id, entry.action.target_seq)
        if target is None:
            continue
        chars += _weight(target)
        if chars > HISTORY_PAGE_BODY_CHARS and index > 0:
            return tuple(targets.values()), index
        targets[target.seq] = target
    return tuple(targets.values()), len(page)


def _bounded(page: list[Message]) -> list[Message]:
    """The beginning of a page: as much as one reply may carry, and one entry at least."""
    chars = 0
    for index, message in enumerate(page):
        weight = _weight(message)
        if chars + weight > HISTORY_PAGE_BODY_CHARS and index > 0:
            return page[:index]
        chars += weight
    return page


def _weight(message: Message) -> int:
    """What an entry counts for in a page's length, in characters."""
    reactors = sum(len(each.user_ids) for each in message.reactions)
    return (len(message.content.body) if message.content is not None else 0) + reactors * _REACTOR_CHARS


def _check_source(reader: Reader, command: SendMessage, user_id: int) -> Message:
    source = command.forward
    assert source is not None
    if command.content is not None or command.file_ids:
        raise Refused(ErrorCode.BAD_REQUEST, "A forwarded message brings its own content.")
    conversation, _ = check_conversation(reader, source.conversation_id, user_id)
    return check_target(reader, conversation, source.seq)


def _origin(source: Message) -> Origin:
    """Who wrote it first, however often it was passed on."""
    return source.origin or Origin(source.sender_id, source.sent_at_ms)
