"""Accounts and devices."""

from msgspec import Struct

from desktop_chat.protocol.errors import ErrorCode
from server.names import search_key
from server.refusal import Refused
from server.store.base import DeviceRow, Reader, UserRow, Writer


class NewUser(Struct, frozen=True):
    """An account to be made; names are checked already, the password is hashed."""

    user_name: str
    name_key: str
    display_name: str
    password_hash: str


class NewDevice(Struct, frozen=True):
    """A device to be made."""

    token_hash: bytes
    device_name: str


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


def signed_out() -> Refused:
    """The refusal for a token that is of no device, or not any more."""
    return Refused(ErrorCode.BAD_TOKEN, "This device is signed out. Sign in again.")


def do_register(writer: Writer, new: NewUser, device: NewDevice, now_ms: int) -> tuple[UserRow, DeviceRow]:
    """Make an account and its first device. Raises Refused (``name_taken``)."""
    check_name_free(writer, new.name_key)
    user = writer.add_user(
        user_name=new.user_name,
        name_key=new.name_key,
        display_name=new.display_name,
        search_key=search_key(new.user_name, new.display_name),
        password_hash=new.password_hash,
        now_ms=now_ms,
        position=writer.next_position(),
    )
    return user, _add_device(writer, user.user_id, device, now_ms)


def do_sign_in(
    writer: Writer, user: UserRow, device: NewDevice, devices_max: int, now_ms: int
) -> tuple[DeviceRow, list[int]]:
    """Make a device for a user whose password was verified against ``user``; also the ids of the devices that
    had to go for it. Raises Refused (``bad_credentials``) if the password was changed meanwhile."""
    now = writer.user(user.user_id)
    if now is None or now.password_hash != user.password_hash:
        raise Refused(ErrorCode.BAD_CREDENTIALS, "The user name or the password is wrong.")
    devices = writer.devices_of(user.user_id)
    gone = [each.device_id for each in devices[: max(0, len(devices) + 1 - devices_max)]]
    for device_id in gone:
        writer.delete_device(device_id)
    return _add_device(writer, user.user_id, device, now_ms), gone


def do_sign_out(writer: Writer, device_id: int) -> None:
    """Revoke a device's token."""
    writer.delete_device(device_id)


def do_set_password(writer: Writer, user_id: int, password_hash: str) -> None:
    """Replace a password. Devices stay signed in."""
    writer.set_password_hash(user_id, password_hash)


def _add_device(writer: Writer, user_id: int, device: NewDevice, now_ms: int) -> DeviceRow:
    return writer.add_device(
        user_id=user_id, token_hash=device.token_hash, device_name=device.device_name, now_ms=now_ms
    )
