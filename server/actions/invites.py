"""Invites, and who runs the server."""

from msgspec.structs import replace

from desktop_chat.protocol.errors import ErrorCode
from desktop_chat.protocol.limits import INVITES_MAX
from desktop_chat.protocol.records import AuditEntry
from server.actions.audit import note
from server.actions.members import forbidden
from server.refusal import Refused
from server.store.reader import Reader
from server.store.records import InviteRow, UserRow
from server.store.writer import Writer

_END = 2**53


def check_admin(reader: Reader, user_id: int) -> UserRow:
    """Raises Refused (``forbidden``)."""
    user = reader.user(user_id)
    if user is None or not user.is_admin:
        raise forbidden("Only the server's admins may do this.")
    return user


def do_create_invite(writer: Writer, invite: InviteRow, now_ms: int, *, by_anybody: bool) -> None:
    """Keep an invite, and let go of those that are over. Raises Refused: ``forbidden``, ``limit_reached``."""
    if not by_anybody and invite.creator_id:
        check_admin(writer, invite.creator_id)
    if invite.creator_id and writer.invite_count(invite.creator_id, now_ms) >= INVITES_MAX:
        raise Refused(
            ErrorCode.LIMIT_REACHED, f"{INVITES_MAX} of your invites are open. Wait until some are over."
        )
    writer.drop_invites(now_ms)
    writer.set_invite(invite)
    note(writer, now_ms, invite.creator_id, "invite_created", detail=f"for {invite.uses_left}")


def check_invite(reader: Reader, code_hash: bytes, now_ms: int) -> InviteRow:
    """The invite with this code. Raises Refused (``bad_invite``)."""
    invite = reader.invite(code_hash)
    if invite is None or invite.uses_left < 1 or invite.expires_at_ms <= now_ms:
        raise Refused(
            ErrorCode.BAD_INVITE, "This invite is not valid, or not any more. Ask whoever runs the server."
        )
    return invite


def do_use_invite(writer: Writer, code_hash: bytes, now_ms: int) -> None:
    """Take one use of an invite. Raises Refused (``bad_invite``)."""
    invite = check_invite(writer, code_hash, now_ms)
    writer.set_invite(replace(invite, uses_left=invite.uses_left - 1))


def do_set_admin(writer: Writer, user_id: int, on: bool, actor_id: int, now_ms: int) -> UserRow:
    """Make somebody an admin of the server, or no longer; ``actor_id`` 0 is the server's command line. Raises
    Refused: ``forbidden``, ``not_found``."""
    if actor_id:
        check_admin(writer, actor_id)
    user = writer.user(user_id)
    if user is None or user.is_deleted:
        raise Refused(ErrorCode.NOT_FOUND, "There is no such person on this server.")
    if not on and writer.admin_ids() == [user_id]:
        raise forbidden("A server has at least one admin. Make somebody else one first.")
    changed = replace(user, is_admin=on)
    writer.set_user(changed)
    note(writer, now_ms, actor_id, "admin_made" if on else "admin_unmade", subject_id=user_id)
    return changed


def check_audit(reader: Reader, user_id: int, before_id: int | None, limit: int) -> list[AuditEntry]:
    """A page of the audit log. Raises Refused (``forbidden``)."""
    check_admin(reader, user_id)
    return reader.audit(before_id or _END, limit)
