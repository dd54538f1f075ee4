"""The ten invariants of ARCHITECTURE.md, held against a world at rest."""

from desktop_chat.protocol.records import Message
from desktop_chat.store import messages, sync_state
from server.store.memory import MemoryState
from tests.simulation.device import EVERYTHING, Device
from tests.simulation.world import World


def check(world: World) -> None:
    """Raises AssertionError for the first invariant that does not hold."""
    stored = check_state(world.server.store.state)
    for device in world.devices:
        _check_sent(device, stored)
        _check_copy(world, device)


def check_state(state: MemoryState) -> dict[tuple[str, int], Message]:
    """The invariants that a server's state holds by itself, at any time; every message by its key."""
    for conversation_id, log in state.messages.items():
        check_log(log)
        _check_pointers(state, conversation_id)
    stored = {(m.client_id, m.sender_id): m for log in state.messages.values() for m in log}
    assert len(stored) == sum(map(len, state.messages.values())), "3: a client id is stored twice"
    return stored


def check_log(log: list[Message]) -> None:
    """Invariant 1."""
    assert [m.seq for m in log] == list(range(1, len(log) + 1)), "1: seq is not 1..n"
    ids = [m.message_id for m in log]
    assert ids == sorted(set(ids)), "1: positions do not rise with seq"


def _check_pointers(state: MemoryState, conversation_id: int) -> None:
    last_seq = state.conversations[conversation_id].last_seq
    for member in state.members[conversation_id].values():
        assert member.read_seq <= member.delivered_seq <= last_seq, f"5: {member}"
        log = state.messages[conversation_id]
        unread = sum(1 for m in log if m.seq > member.read_seq and m.sender_id != member.user_id)
        counted = state.conversations[conversation_id].message_count - member.seen_count
        assert counted == unread, f"unread of {member} is {unread}, counted {counted}"


def _check_sent(device: Device, stored: dict[tuple[str, int], Message]) -> None:
    for client_id, seq in device.confirmed.items():
        message = stored.get((client_id, device.user_id))
        assert message is not None, f"2, 9: {device.name} was told that {client_id} is stored, and it is not"
        assert message.seq == seq, f"3: {client_id} was confirmed as {seq} and is {message.seq}"
    for conversation_id, typed in device.typed.items():
        kept = [client_id for client_id in typed if client_id not in device.discarded]
        found = [stored.get((client_id, device.user_id)) for client_id in kept]
        assert None not in found, f"9: {device.name} lost a message"
        seqs = [message.seq for message in found if message is not None]
        assert seqs == sorted(seqs), f"4: the order of {device.name} in {conversation_id} is not kept"


def _check_copy(world: World, device: Device) -> None:
    """Invariants 6, 8, 9 and 10: what the device stores and shows is what the server has for it."""
    assert device.screen.faults == [], f"9: {device.name}: {device.screen.faults}"
    state = world.server.store.state
    writer = device.database.writer
    mine = {id_ for id_, members in state.members.items() if device.user_id in members}
    assert set(device.screen.list) == mine, f"10: {device.name} lists other conversations than its own"
    resume = sync_state.resume(writer)
    assert resume is not None
    assert resume.position <= state.position
    for conversation_id in mine:
        log = state.messages[conversation_id]
        copy = messages.newest(writer, conversation_id, EVERYTHING)
        there = [(m.seq, m.message_id, m.client_id, m.sender_id, m.content.body) for m in log]
        here = [(m.seq, m.message_id, m.client_id, m.sender_id, m.body) for m in copy]
        assert here == there, f"8: {device.name} has another log of {conversation_id}: {here} not {there}"
        assert device.screen.timeline(conversation_id) == copy, f"9: {device.name} shows something else"
        row = device.screen.list[conversation_id]
        member = state.members[conversation_id][device.user_id]
        others = [m for m in state.members[conversation_id].values() if m.user_id != device.user_id]
        conversation = state.conversations[conversation_id]
        assert row.last_seq == conversation.last_seq
        assert row.unread == conversation.message_count - member.seen_count, f"{device.name}: unread"
        assert row.read_seq == member.read_seq
        if others:
            assert row.others_read_seq == min(m.read_seq for m in others), f"{device.name}: ticks"
            assert row.delivered_seq == min(m.delivered_seq for m in others), f"{device.name}: ticks"
        if log:
            assert row.preview_text == log[-1].content.body
