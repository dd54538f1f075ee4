"""Acting on messages that are there: edits, deletions, reactions, pins."""

from msgspec.structs import replace

from desktop_chat.protocol.actions import Deleted, Edited, Pinned, Reacted
from desktop_chat.protocol.commands import DeleteMessage, EditMessage, LoadVersions, PinMessage, React
from desktop_chat.protocol.errors import ErrorCode
from desktop_chat.protocol.limits import (
    HISTORY_PAGE_BODY_CHARS,
    PINS_MAX,
    REACTION_KEYS_MAX,
    REACTIONS_MAX,
    VERSIONS_MAX,
)
from desktop_chat.protocol.records import Message, Version
from server.actions.audit import note
from server.actions.files import do_detach
from server.actions.log import Appended, append_action, change_target, check_target, once
from server.actions.members import check_conversation, check_manager, check_writer, forbidden
from server.actions.messages import check_content, check_mentions
from server.blank import is_blank
from server.refusal import Refused
from server.store.reader import Reader
from server.store.records import ConversationRow, MemberRow
from server.store.writer import Writer


@once
def do_edit(
    writer: Writer, command: EditMessage, conversation: ConversationRow, member: MemberRow, now_ms: int
) -> Appended:
    """Change an own message. Raises Refused: ``not_found``, ``forbidden``, ``blocked``, ``bad_request``,
    ``limit_reached``."""
    target = check_target(writer, conversation, command.seq)
    if target.sender_id != member.user_id:
        raise forbidden("Only who wrote a message can change it.")
    if target.origin is not None:
        raise forbidden("A forwarded message stays as it was written.")
    check_writer(writer, conversation, member)
    check_content(command.content, bool(target.file_ids))
    check_mentions(writer, conversation, command.mentions)
    if len(writer.versions(command.conversation_id, command.seq)) >= VERSIONS_MAX:
        raise Refused(ErrorCode.LIMIT_REACHED, f"A message can be changed {VERSIONS_MAX} times.")
    entry, moved = append_action(
        writer, conversation, member.user_id, command.client_id, Edited(command.seq), now_ms
    )
    writer.add_version(target, now_ms)
    edited = replace(target, content=command.content, mentions=command.mentions, edited_at_ms=now_ms)
    return _told(writer, entry, edited, moved)


@once
def do_delete(
    writer: Writer, command: DeleteMessage, conversation: ConversationRow, member: MemberRow, now_ms: int
) -> Appended:
    """Take a message's content away. Raises Refused: ``not_found``, ``forbidden``, ``bad_request``."""
    target = check_target(writer, conversation, command.seq)
    if target.sender_id != member.user_id:
        if conversation.kind != "group":
            raise forbidden("Only who wrote a message can delete it.")
        check_manager(conversation, member)
        note(
            writer,
            now_ms,
            member.user_id,
            "message_deleted",
            conversation_id=conversation.conversation_id,
            subject_id=target.sender_id,
        )
    entry, moved = append_action(
        writer, conversation, member.user_id, command.client_id, Deleted(command.seq), now_ms
    )
    writer.clear_message(command.conversation_id, command.seq)
    if target.file_ids:
        do_detach(writer, target.message_id)
    pinned = command.seq in moved.info.pinned_seqs
    if pinned:
        moved = _with_pins(writer, moved, _others(moved.info.pinned_seqs, command.seq))
    gone = replace(
        target, content=None, deleted=True, mentions=(), file_ids=(), origin=None, reply_to=None, reactions=()
    )
    return _told(writer, entry, gone, moved, info=pinned)


@once
def do_react(
    writer: Writer, command: React, conversation: ConversationRow, member: MemberRow, now_ms: int
) -> Appended:
    """Put a reaction on a message, or take it off. Raises Refused: ``not_found``, ``blocked``,
    ``bad_request``, ``limit_reached``."""
    target = check_target(writer, conversation, command.seq)
    if conversation.kind == "direct":  # on a board everybody may react
        check_writer(writer, conversation, member)
    if is_blank(command.key) or any(each < " " for each in command.key):
        raise Refused(ErrorCode.BAD_REQUEST, "A reaction is something that can be seen.")
    keys = {each.key for each in target.reactions}
    if command.on and command.key not in keys and len(keys) >= REACTION_KEYS_MAX:
        raise Refused(
            ErrorCode.LIMIT_REACHED, f"A message has at most {REACTION_KEYS_MAX} different reactions."
        )
    if command.on and sum(len(each.user_ids) for each in target.reactions) >= REACTIONS_MAX:
        raise Refused(ErrorCode.LIMIT_REACHED, f"A message has at most {REACTIONS_MAX:,} reactions.")
    action = Reacted(command.seq, command.key, command.on)
    entry, moved = append_action(writer, conversation, member.user_id, command.client_id, action, now_ms)
    writer.set_reaction(command.conversation_id, command.seq, command.key, member.user_id, command.on)
    return _told(writer, entry, target, moved)


@once
def do_pin(
    writer: Writer, command: PinMessage, conversation: ConversationRow, member: MemberRow, now_ms: int
) -> Appended:
    """Pin a message for everybody, or take it off. Raises Refused: ``not_found``, ``forbidden``, ``blocked``,
    ``bad_request``, ``limit_reached``."""
    target = check_target(writer, conversation, command.seq)
    check_manager(conversation, member)
    check_writer(writer, conversation, member)
    pins = _others(conversation.info.pinned_seqs, command.seq)
    if command.on:
        if len(pins) >= PINS_MAX:
            raise Refused(ErrorCode.LIMIT_REACHED, f"A conversation has at most {PINS_MAX} pinned messages.")
        pins = (*pins, command.seq)
    action = Pinned(command.seq, command.on)
    entry, moved = append_action(writer, conversation, member.user_id, command.client_id, action, now_ms)
    moved = _with_pins(writer, moved, pins)
    return _told(writer, entry, target, moved, info=True)


def check_versions(reader: Reader, command: LoadVersions, user_id: int) -> list[Version]:
    """What a message said before, as much as one reply may hold. Raises Refused (``not_found``)."""
    conversation, _ = check_conversation(reader, command.conversation_id, user_id)
    check_target(reader, conversation, command.seq)
    versions, chars = reader.versions(command.conversation_id, command.seq)[command.skip :], 0
    for index, version in enumerate(versions):
        chars += len(version.content.body)
        if chars > HISTORY_PAGE_BODY_CHARS and index > 0:
            return versions[:index]
    return versions


def _others(seqs: tuple[int, ...], seq: int) -> tuple[int, ...]:
    return tuple(each for each in seqs if each != seq)


def _with_pins(writer: Writer, conversation: ConversationRow, pins: tuple[int, ...]) -> ConversationRow:
    conversation = replace(conversation, info=replace(conversation.info, pinned_seqs=pins))
    writer.set_conversation(conversation)
    return conversation


def _told(
    writer: Writer, entry: Message, target: Message, moved: ConversationRow, *, info: bool = False
) -> Appended:
    changed, moved = change_target(writer, target, moved)
    return Appended(entry, moved, writer.member_ids(moved.conversation_id), target=changed, info=info)
