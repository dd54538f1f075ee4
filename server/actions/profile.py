"""What a user shows of themselves, and to whom."""

from msgspec import Struct
from msgspec.structs import replace

from desktop_chat.protocol.commands import UpdateProfile, UpdateSettings
from desktop_chat.protocol.errors import ErrorCode
from desktop_chat.protocol.limits import BLOCKED_MAX
from server.actions.files import check_picture, do_show_user_picture
from server.actions.users import check_user
from server.names import search_key
from server.refusal import Refused
from server.store.records import UserRow
from server.store.writer import Writer


class ProfileChanged(Struct, frozen=True, gc=False):
    """The account as it is now, its contacts, who see its presence too unless it blocked them, and its
    acquaintances."""

    user: UserRow
    contact_ids: list[int]
    blocked_ids: frozenset[int]
    acquaintance_ids: list[int]


class AccountChanged(Struct, frozen=True, gc=False):
    """The account as it is now, whom it blocked, and those who see it otherwise for that."""

    user: UserRow
    blocked_ids: frozenset[int]
    contact_ids: list[int]


def do_update_profile(writer: Writer, command: UpdateProfile, user_id: int) -> ProfileChanged:
    """Change the given fields; all but the picture are checked already. Raises Refused as
    ``server.actions.files.check_picture`` does, and ``bad_token`` for an account that was deleted."""
    user = check_user(writer, user_id)
    given = {
        name: getattr(command, name)
        for name in ("display_name", "about", "picture")
        if getattr(command, name) is not None
    }
    changed = replace(user, **given)
    if changed.picture != user.picture:
        check_picture(writer, changed.picture, user_id)
    if changed != user:
        do_show_user_picture(writer, user_id, user.picture, changed.picture)
        position = writer.next_position()
        key = search_key(changed.user_name, changed.display_name)
        changed = replace(changed, search_key=key, position=position, profile_position=position)
        writer.set_user(changed)
    return ProfileChanged(
        changed,
        writer.contact_ids(user_id),
        writer.blocked_ids(user_id),
        writer.acquaintance_ids(user_id),
    )


def do_update_settings(writer: Writer, command: UpdateSettings, user_id: int) -> AccountChanged:
    """Change the given settings. What was shared stays known; what happens from now on is not told any
    more. Raises Refused (``bad_token``) for an account that was deleted."""
    user = check_user(writer, user_id)
    given = {
        name: getattr(command, name)
        for name in ("share_delivered", "share_read", "share_typing", "share_presence")
        if getattr(command, name) is not None
    }
    settings = replace(user.settings, **given)
    contact_ids: list[int] = []
    if settings != user.settings:
        if settings.share_presence != user.settings.share_presence:
            contact_ids = writer.contact_ids(user_id)
        user = replace(user, settings=settings, position=writer.next_position())
        writer.set_user(user)
    return AccountChanged(user, writer.blocked_ids(user_id), contact_ids)


def do_block(writer: Writer, user_id: int, blocked_id: int, on: bool) -> AccountChanged:
    """Take nothing directly from a person any more, or again. Raises Refused: ``not_found``, ``bad_request``,
    ``limit_reached``, ``bad_token``."""
    user, blocked = check_user(writer, user_id), writer.user(blocked_id)
    if blocked is None:
        raise Refused(ErrorCode.NOT_FOUND, "There is no such person on this server.")
    if blocked_id == user_id:
        raise Refused(ErrorCode.BAD_REQUEST, "Nobody can block themselves.")
    if on and len(writer.blocked_ids(user_id)) >= BLOCKED_MAX:
        raise Refused(ErrorCode.LIMIT_REACHED, f"At most {BLOCKED_MAX} people can be blocked.")
    writer.set_blocked(user_id, blocked_id, on)
    # What the other sees of this user's presence changes with it.
    writer.set_user(replace(user, position=writer.next_position()))
    changed = writer.user(user_id)
    assert changed is not None
    told = [each for each in writer.contact_ids(user_id) if each == blocked_id]
    return AccountChanged(changed, writer.blocked_ids(user_id), told)
