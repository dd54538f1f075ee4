"""How a user likes to have conversations, and what they starred: for the user's own devices alone."""

from msgspec import Struct
from msgspec.structs import replace

from desktop_chat.protocol.commands import SetPreferences, StarMessage
from desktop_chat.protocol.errors import ErrorCode
from desktop_chat.protocol.limits import STARS_MAX
from desktop_chat.protocol.records import Star
from server.actions.log import check_target
from server.actions.members import check_conversation, check_member
from server.refusal import Refused
from server.store.records import MemberRow
from server.store.writer import Writer


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


def do_star(writer: Writer, command: StarMessage, user_id: int) -> Starred | None:
    """Star a message, or no longer; None where it is so already. Raises Refused: ``not_found``,
    ``limit_reached``."""
    conversation, _ = check_conversation(writer, command.conversation_id, user_id)
    star = Star(command.conversation_id, command.seq, command.on)
    starred = [each for each in writer.stars(user_id, 0) if each.on]
    if (replace(star, on=True) in starred) == command.on:
        return None
    if command.on:
        check_target(writer, conversation, command.seq)
        if len(starred) >= STARS_MAX:
            raise Refused(ErrorCode.LIMIT_REACHED, f"At most {STARS_MAX:,} messages can be starred.")
    position = writer.next_position()
    writer.set_star(user_id, star, position)
    return Starred(star, position)
