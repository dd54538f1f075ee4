"""USER_CONNECT: registering a connection as a device of a user, and bringing it up to date."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from desktop_chat.protocol.codec import encode_frame
from desktop_chat.protocol.commands import UserConnect
from desktop_chat.protocol.replies import ConnectionConfirmed
from server import catchup, packets, publishing
from server.catchup import CatchUp
from server.device_connection import DeviceConnection
from server.gate import admit
from server.refusal import busy

if TYPE_CHECKING:
    from server.service import Service


async def connect(connection: DeviceConnection, command: UserConnect) -> None:
    """Carry out USER_CONNECT."""
    service = connection.service
    user, device = await admit(service, command.token, connection.address)
    if connection.session.is_closing:
        return
    if len(service.hub.connections_of(user.user_id)) >= service.limits.connections_per_user_max:
        raise busy(30.0)
    connection.hold()
    first = service.hub.register(user.user_id, connection)
    shared = service.capabilities.intersection(command.capabilities)
    connection.session.connected(user.user_id, device.device_id, shared, service.user_budgets)
    try:
        catch_up = CatchUp(
            user.user_id,
            device.device_id,
            service.store.epoch,
            command.resume,
            is_online=service.hub.is_online,
            batch=service.catch_up_batch,
        )
        piece = await service.store.read(lambda reader: service.read_catch_up(reader, catch_up))
        confirmed = ConnectionConfirmed(
            command.id,
            packets.user(user, online=True),
            device.device_id,
            service.config.name,
            service.store.epoch,
            catch_up.resync,
            tuple(sorted(shared)),
        )
        await _send(connection, [encode_frame([confirmed])])
        await _send(connection, catchup.frames(piece))
        if first:
            await _tell_contacts(service, user.user_id)
        while not piece.is_last and not connection.session.is_closing:
            piece = await service.store.read(lambda reader: service.read_catch_up(reader, catch_up))
            await _send(connection, catchup.frames(piece))
        if not connection.session.is_closing:
            connection.release(floor=piece.position)
    except Exception as error:
        connection.refuse(command.id, error)
        connection.fail_handshake(error)


async def _send(connection: DeviceConnection, frames: Iterable[bytes]) -> None:
    for frame in frames:
        if connection.session.is_closing:
            return
        await connection.send_paced(frame)


async def _tell_contacts(service: "Service", user_id: int) -> None:
    """Tell them that the user is online, also where the connection that was the first has gone: one that came
    meanwhile was not the first."""
    user, contact_ids, blocked_ids = await service.store.read(
        lambda reader: (reader.user(user_id), reader.contact_ids(user_id), reader.blocked_ids(user_id))
    )
    if user is not None and service.hub.is_online(user_id):
        publishing.tell_user(service, user, contact_ids, blocked_ids)
