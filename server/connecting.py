"""USER_CONNECT: registering a connection as a device of a user, and bringing it up to date."""

from desktop_chat.protocol.codec import encode_frame
from desktop_chat.protocol.commands import UserConnect
from desktop_chat.protocol.errors import ErrorCode
from desktop_chat.protocol.replies import ConnectionConfirmed
from server import catchup, packets, publishing
from server.device_connection import DeviceConnection
from server.gate import admit
from server.refusal import Refused, busy


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
        snapshot = await service.store.read(
            lambda reader: service.read_catch_up(reader, user.user_id, device.device_id, command.resume)
        )
        if not snapshot.device_exists:  # signed out by another connection in between
            raise Refused(ErrorCode.BAD_TOKEN, "This device is signed out. Sign in again.")
        if first and service.hub.is_online(user.user_id):
            # Also where this connection has gone: the one that came meanwhile was not the first.
            contacts = [each.user_id for each in snapshot.contacts]
            publishing.tell_user(service, user, contacts, snapshot.blocked_ids)
        if connection.session.is_closing:
            return
        confirmed = ConnectionConfirmed(
            command.id,
            packets.user(user, online=True),
            device.device_id,
            service.config.name,
            service.store.epoch,
            snapshot.resync,
            tuple(sorted(shared)),
        )
        await connection.send_paced(encode_frame([confirmed]))
        for frame in catchup.frames(snapshot, user.user_id, service.hub):
            if connection.session.is_closing:
                return
            await connection.send_paced(frame)
        if not connection.session.is_closing:
            connection.release(floor=snapshot.position)
    except Exception as error:
        connection.refuse(command.id, error)
        connection.fail_handshake(error)
