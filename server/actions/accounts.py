"""Accounts and their devices: making them, signing in and out, passwords, deletion."""

from collections.abc import Callable

from msgspec import Struct
from msgspec.structs import replace

from desktop_chat.protocol.errors import ErrorCode
from desktop_chat.protocol.records import Settings
from server.actions.audit import note
from server.actions.files import do_show_user_picture
from server.actions.groups import take_out
from server.actions.invites import do_use_invite
from server.actions.log import Appended
from server.actions.members import forbidden
from server.actions.users import signed_out
from server.names import search_key
from server.refusal import Refused
from server.store.reader import Reader
from server.store.records import DeviceRow, UserRow
from server.store.writer import Writer

_NO_PASSWORD = ""


class NewUser(Struct, frozen=True):
    """An account to be made; names are checked already, the password is hashed. ``invite_hash`` is the digest
    of the code that it takes; None where none is needed."""

    user_name: str
    name_key: str
    display_name: str
    password_hash: str
    invite_hash: bytes | None = None


class NewDevice(Struct, frozen=True):
    """A device to be made."""

    token_hash: bytes
    device_name: str


class Removed(Struct, frozen=True):
    """An account that was deleted: what is left of it, its devices, what that did to its groups, and whom to
    tell."""

    user: UserRow
    device_ids: list[int]
    left: list[Appended]
    known_by_ids: list[int]


def check_name_free(reader: Reader, name_key: str) -> None:
    """Raises Refused (``name_taken``)."""
    if reader.user_by_key(name_key) is not None:
        raise Refused(ErrorCode.NAME_TAKEN, "This user name is taken.")


def check_device(reader: Reader, device_id: int) -> None:
    """Raises Refused (``bad_token``) for a device that was signed out."""
    if reader.device(device_id) is None:
        raise signed_out()


def check_token(reader: Reader, token_hash: bytes) -> tuple[UserRow, DeviceRow]:
    """Whose token it is. Raises Refused (``bad_token``)."""
    device = reader.device_by_token(token_hash)
    user = reader.user(device.user_id) if device is not None else None
    if device is None or user is None:
        raise signed_out()
    return user, device


def do_register(writer: Writer, new: NewUser, device: NewDevice, now_ms: int) -> tuple[UserRow, DeviceRow]:
    """Make an account and its first device. Who comes to a server without an admin is its admin. Raises
    Refused: ``name_taken``, ``bad_invite``."""
    check_name_free(writer, new.name_key)
    if new.invite_hash is not None:
        do_use_invite(writer, new.invite_hash, now_ms)
    user = writer.add_user(
        UserRow.new(
            user_name=new.user_name,
            name_key=new.name_key,
            display_name=new.display_name,
            search_key=search_key(new.user_name, new.display_name),
            password_hash=new.password_hash,
            now_ms=now_ms,
            position=writer.next_position(),
            is_admin=not writer.admin_ids(),
        )
    )
    return user, _add_device(writer, user.user_id, device, now_ms)


def do_sign_in(
    writer: Writer,
    user: UserRow,
    device: NewDevice,
    devices_max: int,
    now_ms: int,
    password_hash: str | None = None,
) -> tuple[DeviceRow, list[int]]:
    """Make a device for a user whose password was verified against ``user``; also the ids of the devices that
    had to go for it. ``password_hash`` is the same password's, kept from now on where it is another one.
    Raises Refused (``bad_credentials``) if the password was changed, or hashed anew, meanwhile."""
    now = check_password_unchanged(writer, user)
    if password_hash is not None and password_hash != now.password_hash:
        writer.set_user(replace(now, password_hash=password_hash))
    devices = writer.devices_of(user.user_id)
    gone = [each.device_id for each in devices[: max(0, len(devices) + 1 - devices_max)]]
    for device_id in gone:
        writer.delete_device(device_id)
    return _add_device(writer, user.user_id, device, now_ms), gone


def check_password_unchanged(reader: Reader, user: UserRow) -> UserRow:
    """The account as it is now. Raises Refused (``bad_credentials``) where its password is not that of
    ``user``, against which it was verified."""
    now = reader.user(user.user_id)
    if now is None or now.password_hash != user.password_hash:
        raise Refused(ErrorCode.BAD_CREDENTIALS, "The user name or the password is wrong.")
    return now


def do_sign_out(writer: Writer, device_id: int) -> None:
    """Revoke a device's token."""
    writer.delete_device(device_id)


def do_revoke(writer: Writer, device_id: int, user_id: int) -> None:
    """Sign out one of the user's devices. Raises Refused (``not_found``)."""
    device = writer.device(device_id)
    if device is None or device.user_id != user_id:
        raise Refused(ErrorCode.NOT_FOUND, "There is no such device.")
    writer.delete_device(device_id)


def do_set_password(writer: Writer, user_id: int, password_hash: str, now_ms: int) -> None:
    """Replace a password from the server's command line. Devices stay signed in."""
    user = writer.user(user_id)
    assert user is not None
    writer.set_user(replace(user, password_hash=password_hash))
    note(writer, now_ms, 0, "password_set", subject_id=user_id)


def do_change_password(
    writer: Writer, user: UserRow, password_hash: str, kept_device_id: int | None
) -> list[int]:
    """Replace the password that was verified against ``user``; the ids of the devices that are signed out
    with it: all but ``kept_device_id``, or none where that is None. Raises Refused (``bad_credentials``)."""
    now = check_password_unchanged(writer, user)
    writer.set_user(replace(now, password_hash=password_hash))
    if kept_device_id is None:
        return []
    gone = [each.device_id for each in writer.devices_of(user.user_id) if each.device_id != kept_device_id]
    for device_id in gone:
        writer.delete_device(device_id)
    return gone


def do_remove_account(
    writer: Writer, user_id: int, actor_id: int, new_client_id: Callable[[], str], now_ms: int
) -> Removed:
    """Delete an account: its profile, devices and memberships of groups; its name is free again. What it
    wrote stays with those who got it. ``new_client_id`` makes keys for the entries. Raises Refused:
    ``not_found``, ``forbidden``."""
    user = writer.user(user_id)
    if user is None or user.is_deleted:
        raise Refused(ErrorCode.NOT_FOUND, "There is no such person on this server.")
    if writer.admin_ids() == [user_id] and len(writer.find_users("", 2)) > 1:
        raise forbidden("A server has at least one admin. Make somebody else one first.")
    known_by_ids = [*writer.contact_ids(user_id), *writer.acquaintance_ids(user_id)]
    left = []
    for conversation_id in writer.group_ids(user_id):
        conversation = writer.conversation(conversation_id)
        member = writer.member(conversation_id, user_id)
        assert conversation is not None
        assert member is not None
        left.append(take_out(writer, conversation, member, user_id, new_client_id(), now_ms))
    device_ids = [each.device_id for each in writer.devices_of(user_id)]
    for device_id in device_ids:
        writer.delete_device(device_id)
    position = writer.next_position()
    name = f"deleted.{user_id}"
    gone = replace(
        user,
        user_name=name,
        name_key=f"\n{name}",  # which nobody can register
        display_name="",
        search_key="",
        password_hash=_NO_PASSWORD,
        last_seen_ms=0,
        position=position,
        profile_position=position,
        about="",
        picture="",
        is_admin=False,
        is_deleted=True,
        settings=Settings(),
    )
    writer.set_user(gone)
    writer.forget_user(user_id)
    do_show_user_picture(writer, user_id, user.picture, "")
    if actor_id != user_id:
        note(writer, now_ms, actor_id, "user_removed", subject_id=user_id, detail=user.user_name)
    return Removed(gone, device_ids, left, known_by_ids)


def _add_device(writer: Writer, user_id: int, device: NewDevice, now_ms: int) -> DeviceRow:
    return writer.add_device(
        user_id=user_id, token_hash=device.token_hash, device_name=device.device_name, now_ms=now_ms
    )
