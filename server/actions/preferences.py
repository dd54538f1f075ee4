"""How a user likes to have conversations, and what they starred: for the user's own devices alone."""

from msgspec import Struct
from msgspec.structs import replace

from desktop_chat.protocol.commands import SetPreferences, StarMessage
from desktop_chat.protocol.records import Star
from server.actions.log import check_target
from server.actions.members import check_conversation, check_member
from server.store.base import MemberRow, Writer


class Starred(Struct, frozen=True, gc=False):
    """A star that was put on or taken off, and the position of that."""

    star: Star
    position: int


def do_set_preferences(writer: Writer, command: SetPreferences, user_id: int) -> MemberRow:
    """Change the given preferences; the membership with them. Raises Refused (``not_found``)."""
    member = check_member(writer, command.conversation_id, user_id)
    given = {
        name: getattr(command, name)
        for name in ("pinned", "archived", "alerts", "marked_unread")
        if getattr(command, name) is not None
    }
    changed = replace(member, **given)
    if changed != member:
        changed = replace(changed, position=writer.next_position())
        writer.set_member(changed)
    return changed


def do_star(writer: Writer, command: StarMessage, user_id: int) -> Starred:
    """Star a message, or no longer. Raises Refused (``not_found``)."""
    conversation, _ = check_conversation(writer, command.conversation_id, user_id)
    if command.on:
        check_target(writer, conversation, command.seq)
    star = Star(command.conversation_id, command.seq, command.on)
    position = writer.next_position()
    writer.set_star(user_id, star, position)
    return Starred(star, position)
