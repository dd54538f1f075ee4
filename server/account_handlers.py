"""How the commands about accounts, devices and the server are carried out; see ``server.handlers``."""

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from desktop_chat.protocol import commands
from desktop_chat.protocol.commands import Command
from desktop_chat.protocol.errors import CloseCode, ErrorCode
from desktop_chat.protocol.replies import Audit, Devices, Done, InviteCreated
from server import packets, publishing
from server.actions import accounts, invites, profile
from server.appending import publish
from server.device_connection import DeviceConnection
from server.inviting import new_invite
from server.names import check_display_name, check_password
from server.refusal import Refused
from server.store.reader import Reader
from server.store.records import UserRow
from server.store.writer import Writer


async def sign_out(connection: DeviceConnection, command: commands.SignOut) -> None:
    """SIGN_OUT."""
    device_id, user_id = connection.device_id, connection.user_id
    await connection.service.store.perform(lambda writer: accounts.do_sign_out(writer, device_id))
    connection.reply(Done(command.id))
    connection.close(CloseCode.SIGNED_OUT)
    connection.service.close_devices(user_id, [device_id])


async def list_devices(connection: DeviceConnection, command: commands.ListDevices) -> None:
    """LIST_DEVICES."""
    service, user_id = connection.service, connection.user_id
    rows = await service.store.read(lambda reader: reader.devices_of(user_id))
    online = {each.device_id for each in service.hub.connections_of(user_id)}
    devices = [packets.device(each, online=each.device_id in online) for each in rows]
    connection.reply(Devices(command.id, devices))


async def revoke_device(connection: DeviceConnection, command: commands.RevokeDevice) -> None:
    """REVOKE_DEVICE."""
    service, user_id = connection.service, connection.user_id
    await service.store.perform(lambda writer: accounts.do_revoke(writer, command.device_id, user_id))
    connection.reply(Done(command.id))
    service.close_devices(user_id, [command.device_id])


async def change_password(connection: DeviceConnection, command: commands.ChangePassword) -> None:
    """CHANGE_PASSWORD. A wrong one counts as a failed sign-in."""
    service = connection.service
    check_password(command.new_password)
    user = await _verified(connection, command.password)
    password_hash = await service.hasher.hash(command.new_password)
    kept = None if command.keep_devices else connection.device_id
    gone = await service.store.perform(
        lambda writer: accounts.do_change_password(writer, user, password_hash, kept)
    )
    connection.reply(Done(command.id))
    service.close_devices(user.user_id, gone)


async def delete_account(connection: DeviceConnection, command: commands.DeleteAccount) -> None:
    """DELETE_ACCOUNT."""
    user = await _verified(connection, command.password)

    def perform(writer: Writer) -> accounts.Removed:
        accounts.check_password_unchanged(writer, user)
        return _remove(connection, writer, user.user_id)

    removed = await connection.service.store.perform(perform)
    connection.reply(Done(command.id))
    _tell_removed(connection, removed)


async def remove_user(connection: DeviceConnection, command: commands.RemoveUser) -> None:
    """REMOVE_USER."""

    def perform(writer: Writer) -> accounts.Removed:
        invites.check_admin(writer, connection.user_id)
        return _remove(connection, writer, command.user_id)

    removed = await connection.service.store.perform(perform)
    connection.reply(Done(command.id))
    _tell_removed(connection, removed)


async def update_profile(connection: DeviceConnection, command: commands.UpdateProfile) -> None:
    """UPDATE_PROFILE."""
    checked = command
    if command.display_name is not None:
        checked = replace(command, display_name=check_display_name(command.display_name))
    changed = await connection.service.store.perform(
        lambda writer: profile.do_update_profile(writer, checked, connection.user_id)
    )
    publishing.profile_changed(connection, command.id, changed)


async def update_settings(connection: DeviceConnection, command: commands.UpdateSettings) -> None:
    """UPDATE_SETTINGS."""
    changed = await connection.service.store.perform(
        lambda writer: profile.do_update_settings(writer, command, connection.user_id)
    )
    publishing.account_changed(connection, command.id, changed)


async def block_user(connection: DeviceConnection, command: commands.BlockUser) -> None:
    """BLOCK_USER."""
    changed = await connection.service.store.perform(
        lambda writer: profile.do_block(writer, connection.user_id, command.user_id, command.on)
    )
    publishing.account_changed(connection, command.id, changed)


async def create_invite(connection: DeviceConnection, command: commands.CreateInvite) -> None:
    """CREATE_INVITE."""
    service = connection.service
    now_ms = service.now_ms()
    code, invite = new_invite(connection.user_id, command.uses, command.valid_h, now_ms, service.token_bytes)
    await service.store.perform(
        lambda writer: invites.do_create_invite(
            writer, invite, now_ms, by_anybody=service.config.members_invite
        )
    )
    connection.reply(InviteCreated(command.id, code, invite.expires_at_ms))


async def set_admin(connection: DeviceConnection, command: commands.SetAdmin) -> None:
    """SET_ADMIN."""
    service, actor_id, now_ms = connection.service, connection.user_id, connection.service.now_ms()

    def perform(writer: Writer) -> tuple[UserRow, frozenset[int]]:
        user = invites.do_set_admin(writer, command.user_id, command.on, actor_id, now_ms)
        return user, writer.blocked_ids(command.user_id)

    user, blocked_ids = await service.store.perform(perform)
    connection.reply(Done(command.id))
    service.push_packets([user.user_id], [packets.account(user, blocked_ids)])


async def load_audit(connection: DeviceConnection, command: commands.LoadAudit) -> None:
    """LOAD_AUDIT."""
    entries = await connection.service.store.read(
        lambda reader: invites.check_audit(reader, connection.user_id, command.before_id, command.limit)
    )
    connection.reply(Audit(command.id, entries))


async def _verified(connection: DeviceConnection, password: str) -> UserRow:
    """The connected user, whose password this is. Raises Refused: ``bad_credentials``, ``too_fast``."""
    service, user_id = connection.service, connection.user_id

    def read(reader: Reader) -> UserRow:
        user = reader.user(user_id)
        assert user is not None
        return user

    user = await service.store.read(read)
    service.sign_in_guard.check_attempt(user.name_key, connection.address, service.monotonic_s())
    if not await service.hasher.verify(user.password_hash, password):
        raise Refused(ErrorCode.BAD_CREDENTIALS, "The password is wrong.")
    service.sign_in_guard.succeeded(user.name_key, connection.address)
    return user


def _remove(connection: DeviceConnection, writer: Writer, user_id: int) -> accounts.Removed:
    service = connection.service
    return accounts.do_remove_account(
        writer,
        user_id,
        connection.user_id,
        lambda: service.token_bytes(16).hex(),
        service.now_ms(),
    )


def _tell_removed(connection: DeviceConnection, removed: accounts.Removed) -> None:
    service = connection.service
    service.close_devices(removed.user.user_id, removed.device_ids)
    for each in removed.left:
        publish(service, each)
    publishing.tell_user(service, removed.user, removed.known_by_ids)


HANDLERS: Mapping[type[Command], Any] = {
    commands.SignOut: sign_out,
    commands.UpdateProfile: update_profile,
    commands.UpdateSettings: update_settings,
    commands.BlockUser: block_user,
    commands.ChangePassword: change_password,
    commands.ListDevices: list_devices,
    commands.RevokeDevice: revoke_device,
    commands.DeleteAccount: delete_account,
    commands.CreateInvite: create_invite,
    commands.RemoveUser: remove_user,
    commands.SetAdmin: set_admin,
    commands.LoadAudit: load_audit,
}
