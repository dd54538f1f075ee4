"""What people do beside writing: each deed with whatever the device has at hand, allowed or not."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from desktop_chat.core.models import Message
from desktop_chat.services.errors import ClientError
from tests.simulation.device import Device

if TYPE_CHECKING:
    from tests.simulation.world import World

Deed = Callable[["World", Device], Awaitable[None]]
_EMOJI = ("👍", "❤", "😂")


async def do_something(world: "World", device: Device) -> None:
    """One deed. Without a connection, or a right to it, it is refused in words, and that is all."""
    deed = world.random.choice(_DEEDS)
    client = device.client
    try:
        await deed(world, device)
    except ClientError:
        assert client is not None


def _message(world: "World", device: Device) -> Message | None:
    rows = [
        message
        for shown in device.screen.rows.values()
        for message in shown.values()
        if message.seq is not None
    ]
    return world.random.choice(sorted(rows, key=lambda m: (m.conversation_id, m.seq))) if rows else None


def _conversation(world: "World", device: Device, *, group: bool = False) -> int | None:
    ids = [id_ for id_, row in device.screen.list.items() if not group or row.kind == "group"]
    return world.random.choice(sorted(ids)) if ids else None


async def _edit(world: "World", device: Device) -> None:
    if (message := _message(world, device)) is not None:
        world.texts += 1
        await device.client.actions.edit(message, f"edit {world.texts} of {device.name}")


async def _delete(world: "World", device: Device) -> None:
    if (message := _message(world, device)) is not None:
        await device.client.actions.delete(message)


async def _react(world: "World", device: Device) -> None:
    if (message := _message(world, device)) is not None:
        emoji, on = world.random.choice(_EMOJI), world.random.random() < 0.7
        await device.client.actions.react(message, emoji, on)


async def _pin(world: "World", device: Device) -> None:
    if (message := _message(world, device)) is not None:
        await device.client.actions.pin_message(message, world.random.random() < 0.7)


async def _star(world: "World", device: Device) -> None:
    if (message := _message(world, device)) is not None:
        await device.client.actions.star(message, world.random.random() < 0.7)


async def _forward(world: "World", device: Device) -> None:
    message, to = _message(world, device), _conversation(world, device)
    if message is not None and to is not None:
        await device.forward(message, to)


async def _look_closer(world: "World", device: Device) -> None:
    if (message := _message(world, device)) is not None:
        await device.client.actions.details(message)
        await device.client.actions.versions(message)


async def _make_group(world: "World", device: Device) -> None:
    others = [each.user_id for each in world.devices if world.random.random() < 0.6]
    board = world.random.random() < 0.2
    await device.client.actions.create_group(f"Group of {device.name}", tuple(set(others)), board=board)


async def _add(world: "World", device: Device) -> None:
    if (group := _conversation(world, device, group=True)) is not None:
        await device.client.actions.add_members(group, (world.random.choice(world.devices).user_id,))


async def _remove(world: "World", device: Device) -> None:
    if (group := _conversation(world, device, group=True)) is not None:
        await device.client.actions.remove_member(group, world.random.choice(world.devices).user_id)


async def _leave(world: "World", device: Device) -> None:
    group = _conversation(world, device, group=True)
    if group is not None and world.random.random() < 0.5:
        await device.client.actions.remove_member(group, device.user_id)


async def _set_role(world: "World", device: Device) -> None:
    if (group := _conversation(world, device, group=True)) is not None:
        other_id = world.random.choice(world.devices).user_id
        role = world.random.choice(("owner", "admin", "member"))
        await device.client.actions.set_role(group, other_id, role)  # type: ignore[arg-type]


async def _set_info(world: "World", device: Device) -> None:
    if (group := _conversation(world, device, group=True)) is not None:
        world.texts += 1
        board = world.random.choice((None, None, True, False))
        await device.client.actions.set_info(group, title=f"title {world.texts}", board=board)


async def _prefer(world: "World", device: Device) -> None:
    if (conversation_id := _conversation(world, device)) is not None:
        choice = world.random.choice
        await device.client.actions.set_preferences(
            conversation_id,
            pinned=choice((None, True, False)),
            archived=choice((None, True, False)),
            alerts=choice((None, "none", "all")),
            marked_unread=choice((None, True, False)),
        )


async def _share(world: "World", device: Device) -> None:
    choice = world.random.choice
    await device.client.actions.update_settings(
        share_read=choice((None, True, False)),
        share_delivered=choice((None, True, False)),
        share_presence=choice((None, True, False)),
    )


async def _block(world: "World", device: Device) -> None:
    on = world.random.random() < 0.4
    await device.client.actions.block(world.random.choice(world.devices).user_id, on)


async def _show_oneself(world: "World", device: Device) -> None:
    world.texts += 1
    await device.client.actions.update_profile(about=f"about {world.texts}")


async def _type(world: "World", device: Device) -> None:
    if (conversation_id := _conversation(world, device)) is not None:
        await device.client.actions.typing(conversation_id, world.random.random() < 0.5)


_DEEDS: tuple[Deed, ...] = (
    _edit,
    _edit,
    _delete,
    _react,
    _react,
    _react,
    _pin,
    _star,
    _forward,
    _look_closer,
    _make_group,
    _add,
    _add,
    _remove,
    _leave,
    _set_role,
    _set_info,
    _prefer,
    _share,
    _block,
    _show_oneself,
    _type,
)
