"""REGISTER and SIGN_IN: from a name and password to a device token."""

from desktop_chat.protocol.commands import Register, SignIn
from desktop_chat.protocol.errors import ErrorCode
from desktop_chat.protocol.replies import SignedIn
from server import packets
from server.actions.accounts import NewDevice, NewUser, check_name_free, do_register, do_sign_in
from server.actions.invites import check_invite
from server.auth import code_hash, token_hash, token_text
from server.device_connection import DeviceConnection
from server.names import check_display_name, check_password, check_user_name, fold
from server.refusal import Refused
from server.store.reader import Reader
from server.store.records import DeviceRow, UserRow

_TOKEN_BYTES = 32


async def register(connection: DeviceConnection, command: Register) -> None:
    """Carry out REGISTER."""
    service = connection.service
    policy = service.config.registration
    if policy == "closed":
        raise Refused(
            ErrorCode.REGISTRATION_CLOSED, "This server takes no new accounts. Ask whoever runs it."
        )
    user_name, name_key = check_user_name(command.user_name)
    display_name = check_display_name(command.display_name)
    device_name = check_display_name(command.device_name)
    check_password(command.password)
    service.sign_in_guard.check_registration(connection.address, service.monotonic_s())
    now_ms = service.now_ms()
    invite_hash = code_hash(command.invite) if policy == "invite" else None

    def check(reader: Reader) -> None:
        if invite_hash is not None:
            check_invite(reader, invite_hash, now_ms)
        check_name_free(reader, name_key)

    await service.store.read(check)
    password_hash = await service.hasher.hash(command.password)
    new = NewUser(user_name, name_key, display_name, password_hash, invite_hash)
    token = token_text(service.token_bytes(_TOKEN_BYTES))
    user, device = await service.store.perform(
        lambda writer: do_register(writer, new, NewDevice(token_hash(token), device_name), now_ms)
    )
    _answer(connection, command.id, user, device, token)


async def sign_in(connection: DeviceConnection, command: SignIn) -> None:
    """Carry out SIGN_IN. An unknown name and a wrong password get one answer, after the same time;
    but for a hash that was made with other settings, which takes a time of its own until it is made anew."""
    service = connection.service
    device_name = check_display_name(command.device_name)
    name_key = fold(command.user_name)
    service.sign_in_guard.check_attempt(name_key, connection.address, service.monotonic_s())
    user = await service.store.read(lambda reader: reader.user_by_key(name_key))
    known_hash = user.password_hash if user is not None and not user.is_deleted else None
    right = await service.hasher.verify(known_hash, command.password)
    if user is None or not right:
        raise Refused(ErrorCode.BAD_CREDENTIALS, "The user name or the password is wrong.")
    service.sign_in_guard.succeeded(name_key, connection.address)
    renewed_hash = (
        await service.hasher.hash(command.password)
        if service.hasher.is_outdated(user.password_hash)
        else user.password_hash
    )
    token = token_text(service.token_bytes(_TOKEN_BYTES))
    new = NewDevice(token_hash(token), device_name)
    now_ms = service.now_ms()
    device, gone = await service.store.perform(
        lambda writer: do_sign_in(
            writer, user, new, service.limits.devices_per_user_max, now_ms, renewed_hash
        )
    )
    service.close_devices(user.user_id, gone)
    _answer(connection, command.id, user, device, token)


def _answer(connection: DeviceConnection, re: int, user: UserRow, device: DeviceRow, token: str) -> None:
    online = connection.service.hub.is_online(user.user_id)
    connection.reply(SignedIn(re, packets.user(user, online=online), device.device_id, token))
