"""Groups: making them, who is in them, and what is said about them."""

import unicodedata

from msgspec.structs import replace

from desktop_chat.protocol.actions import (
    Created,
    InfoChanged,
    MemberRemoved,
    MembersAdded,
    Role,
    RoleChanged,
)
from desktop_chat.protocol.commands import AddMembers, CreateGroup, RemoveMember, SetInfo, SetRole
from desktop_chat.protocol.errors import ErrorCode
from desktop_chat.protocol.limits import ADD_MEMBERS_MAX, GROUP_MEMBERS_MAX
from desktop_chat.protocol.records import Info
from server.actions.audit import note
from server.actions.conversations import Opened
from server.actions.files import check_picture, do_show_group_picture
from server.actions.log import Appended, append_action, once
from server.actions.members import (
    check_conversation,
    check_group,
    check_manager,
    check_not_blocked,
    check_owner,
    check_writer,
    forbidden,
    hidden_among,
    is_manager,
)
from server.actions.users import check_user
from server.blank import is_blank
from server.refusal import Refused
from server.store.reader import Reader
from server.store.records import ConversationRow, MemberRow, UserRow
from server.store.writer import Writer

_NOT_IN_A_LINE = ("Cc", "Zl", "Zp")
"""Control characters, and what ends a line or a paragraph."""


def do_create_group(writer: Writer, command: CreateGroup, user_id: int, now_ms: int) -> Opened:
    """Make a group once. Raises Refused: ``bad_request``, ``not_found``, ``blocked``."""
    earlier = writer.sent_message(command.client_id, user_id)
    if earlier is not None:
        if not isinstance(earlier.action, Created):
            raise Refused(ErrorCode.BAD_REQUEST, "This client_id was used for something else.")
        conversation, _ = check_conversation(writer, earlier.conversation_id, user_id)
        return _opened(writer, conversation, created=False)
    check_user(writer, user_id)
    check_title(command.title)
    others = sorted(set(command.user_ids) - {user_id})
    _check_people(writer, others, user_id)
    check_picture(writer, command.picture, user_id)
    roles: dict[int, Role] = {user_id: "owner"}
    for each in others:
        roles[each] = "member"
    conversation = writer.add_conversation(
        kind="group",
        roles=roles,
        info=Info(command.title, command.about, command.picture, command.board),
        position=writer.next_position(),
    )
    do_show_group_picture(writer, conversation.conversation_id, "", command.picture)
    _, conversation = append_action(
        writer, conversation, user_id, command.client_id, Created(command.title), now_ms
    )
    return _opened(writer, conversation, created=True)


@once
def do_add_members(
    writer: Writer, command: AddMembers, conversation: ConversationRow, member: MemberRow, now_ms: int
) -> Appended:
    """Bring people into a group. Raises Refused: ``not_found``, ``forbidden``, ``blocked``,
    ``limit_reached``."""
    check_group(conversation)
    check_manager(conversation, member)
    there = set(writer.member_ids(conversation.conversation_id))
    new_ids = sorted(set(command.user_ids) - there)
    if not new_ids:
        raise Refused(ErrorCode.BAD_REQUEST, "They are all in the group already.")
    if len(there) + len(new_ids) > GROUP_MEMBERS_MAX:
        raise Refused(ErrorCode.LIMIT_REACHED, f"A group has at most {GROUP_MEMBERS_MAX} members.")
    _check_people(writer, new_ids, member.user_id)
    entry, moved = append_action(
        writer, conversation, member.user_id, command.client_id, MembersAdded(tuple(new_ids)), now_ms
    )
    # What was there before they came is not news to them.
    rows = tuple(
        MemberRow(
            moved.conversation_id,
            each,
            delivered_seq=moved.last_seq,
            read_seq=moved.last_seq,
            seen_count=moved.message_count,
            shown_delivered_seq=moved.last_seq,
            shown_read_seq=moved.last_seq,
            position=moved.position,
        )
        for each in new_ids
    )
    for row in rows:
        writer.add_member(row)
    moved = _count_members(writer, moved)
    for each in new_ids:
        _note(writer, moved, now_ms, member.user_id, "member_added", each)
    everybody = writer.members(moved.conversation_id)
    member_ids = writer.member_ids(moved.conversation_id)
    return Appended(
        entry,
        moved,
        member_ids,
        members=rows,
        new_ids=tuple(new_ids),
        everybody=everybody,
        users=writer.users(member_ids),
        hidden=hidden_among(writer, new_ids),
    )


@once
def do_remove_member(
    writer: Writer, command: RemoveMember, conversation: ConversationRow, member: MemberRow, now_ms: int
) -> Appended:
    """Leave a group, or remove somebody. Raises Refused: ``not_found``, ``forbidden``."""
    check_group(conversation)
    if command.user_id != member.user_id:
        check_manager(conversation, member)
    other = writer.member(conversation.conversation_id, command.user_id)
    if other is None:
        raise Refused(ErrorCode.NOT_FOUND, "This person is not in the group.")
    if command.user_id != member.user_id:
        if member.role != "owner" and is_manager(other):
            raise forbidden("Only the group's owners may remove owners and admins.")
        _note(writer, conversation, now_ms, member.user_id, "member_removed", other.user_id)
    return take_out(writer, conversation, other, member.user_id, command.client_id, now_ms)


def take_out(
    writer: Writer,
    conversation: ConversationRow,
    member: MemberRow,
    actor_id: int,
    client_id: str,
    now_ms: int,
) -> Appended:
    """Take a member out of a group. The group's last owner is followed by an admin, else by a member, each
    time the one whose account is the oldest, so that it is never without one."""
    entry, moved = append_action(
        writer, conversation, actor_id, client_id, MemberRemoved(member.user_id), now_ms
    )
    writer.remove_member(moved.conversation_id, member.user_id, moved.position)
    moved = _count_members(writer, moved)
    changed: tuple[MemberRow, ...] = ()
    remaining = writer.members(moved.conversation_id)
    if remaining and not any(each.role == "owner" for each in remaining):
        successor = next((each for each in remaining if each.role == "admin"), remaining[0])
        heir = replace(successor, role="owner")
        writer.set_member(heir)
        changed = (heir,)
    if not remaining:
        # Nobody can read it any more: what is in it expires, a little at a time.
        do_show_group_picture(writer, moved.conversation_id, moved.info.picture, "")
        moved = replace(moved, preview=None, info=replace(moved.info, pinned_seqs=(), picture=""))
        writer.set_conversation(moved)
    member_ids = writer.member_ids(moved.conversation_id)
    met: list[UserRow] | None = None
    if moved.tells_pointers and not conversation.tells_pointers:
        # From here on everybody is told of everybody's pointers, and of their presence.
        changed = tuple(writer.members(moved.conversation_id))
        met = writer.users(member_ids)
    return Appended(
        entry,
        moved,
        member_ids,
        members=changed,
        left=(member.user_id,),
        users=met,
        hidden=hidden_among(writer, member_ids) if met else {},
    )


@once
def do_set_role(
    writer: Writer, command: SetRole, conversation: ConversationRow, member: MemberRow, now_ms: int
) -> Appended:
    """Give a member another role. Raises Refused: ``not_found``, ``forbidden``."""
    check_group(conversation)
    check_owner(conversation, member)
    other = writer.member(conversation.conversation_id, command.user_id)
    if other is None:
        raise Refused(ErrorCode.NOT_FOUND, "This person is not in the group.")
    owners = [each for each in writer.members(conversation.conversation_id) if each.role == "owner"]
    if command.role != "owner" and [each.user_id for each in owners] == [command.user_id]:
        raise forbidden("A group has at least one owner. Make somebody else one first.")
    action = RoleChanged(command.user_id, command.role)
    entry, moved = append_action(writer, conversation, member.user_id, command.client_id, action, now_ms)
    changed = replace(other, role=command.role)
    writer.set_member(changed)
    moved = _count_members(writer, moved)
    _note(writer, moved, now_ms, member.user_id, "role_changed", command.user_id, command.role)
    return Appended(entry, moved, writer.member_ids(moved.conversation_id), members=(changed,))


@once
def do_set_info(
    writer: Writer, command: SetInfo, conversation: ConversationRow, member: MemberRow, now_ms: int
) -> Appended:
    """Change what is said about a conversation. Raises Refused: ``not_found``, ``forbidden``, ``blocked``,
    ``bad_request``."""
    given = {
        name: getattr(command, name)
        for name in ("title", "about", "picture", "board", "retention_days")
        if getattr(command, name) is not None
    }
    if not given:
        raise Refused(ErrorCode.BAD_REQUEST, "There is nothing to change.")
    if given.keys() - {"retention_days"}:
        check_group(conversation)
    check_manager(conversation, member)
    if given.keys() & {"board", "retention_days"}:
        check_owner(conversation, member)
    check_writer(writer, conversation, member)
    if command.title is not None:
        check_title(command.title)
    picture = conversation.info.picture if command.picture is None else command.picture
    if picture != conversation.info.picture:
        check_picture(writer, picture, member.user_id)
    entry, moved = append_action(
        writer, conversation, member.user_id, command.client_id, InfoChanged(**given), now_ms
    )
    do_show_group_picture(writer, conversation.conversation_id, conversation.info.picture, picture)
    moved = replace(moved, info=replace(moved.info, **given))
    writer.set_conversation(moved)
    if moved.kind == "group":
        _note(writer, moved, now_ms, member.user_id, "info_changed", detail=", ".join(given))
    return Appended(entry, moved, writer.member_ids(moved.conversation_id), info=True)


def check_title(title: str) -> None:
    """Raises Refused (``bad_request``)."""
    if is_blank(title) or any(unicodedata.category(each) in _NOT_IN_A_LINE for each in title):
        raise Refused(ErrorCode.BAD_REQUEST, "A group has a title that can be seen, in one line.")


def _check_people(reader: Reader, user_ids: list[int], by_id: int) -> None:
    if sum(not each.is_deleted for each in reader.users(user_ids)) != len(user_ids):
        raise Refused(ErrorCode.NOT_FOUND, "There is no such person on this server.")
    for each in user_ids:
        check_not_blocked(reader, each, by_id)


def _count_members(writer: Writer, conversation: ConversationRow) -> ConversationRow:
    conversation = replace(
        conversation,
        member_count=len(writer.member_ids(conversation.conversation_id)),
        members_position=conversation.position,
    )
    writer.set_conversation(conversation)
    return conversation


def _opened(writer: Writer, conversation: ConversationRow, *, created: bool) -> Opened:
    members = writer.members(conversation.conversation_id)
    users = writer.users([each.user_id for each in members[: ADD_MEMBERS_MAX + 1]])
    hidden = hidden_among(writer, [each.user_id for each in users])
    return Opened(conversation, members, users, created, hidden)


def _note(
    writer: Writer,
    conversation: ConversationRow,
    now_ms: int,
    actor_id: int,
    action: str,
    subject_id: int = 0,
    detail: str = "",
) -> None:
    note(
        writer,
        now_ms,
        actor_id,
        action,
        conversation_id=conversation.conversation_id,
        subject_id=subject_id,
        detail=detail,
    )
