"""The ten invariants of ARCHITECTURE.md, held against a world at rest."""

from itertools import zip_longest

from desktop_chat.core.models import NOTICE, Extra
from desktop_chat.core.models import Message as Row
from desktop_chat.core.send_state import shown_state
from desktop_chat.protocol.actions import Deleted, Edited, Reacted
from desktop_chat.protocol.records import Message
from desktop_chat.store import conversations, messages, sync_state
from server.store.memory_state import MemoryState
from server.store.memory_transaction import MemoryTransaction
from tests.simulation.device import EVERYTHING, Device
from tests.simulation.world import World


def check(world: World) -> None:
    """Raises AssertionError for the first invariant that does not hold."""
    state = world.server.store.state
    stored = check_state(state)
    first_seqs = {id_: row.first_seq for id_, row in state.conversations.items()}
    for device in world.devices:
        _check_sent(device, stored, first_seqs)
        _check_copy(world, device)


def check_state(state: MemoryState) -> dict[tuple[str, int], Message]:
    """The invariants that a server's state holds by itself, at any time; every message by its key."""
    for conversation_id, log in state.messages.items():
        check_log(log, state.conversations[conversation_id].first_seq)
        _check_pointers(state, conversation_id)
    stored = {(m.client_id, m.sender_id): m for log in state.messages.values() for m in log}
    assert len(stored) == sum(map(len, state.messages.values())), "3: a client id is stored twice"
    return stored


def check_log(log: list[Message], first_seq: int = 1) -> None:
    """Invariant 1."""
    assert [m.seq for m in log] == list(range(first_seq, first_seq + len(log))), "1: seq has a hole"
    ids = [m.message_id for m in log]
    assert ids == sorted(set(ids)), "1: positions do not rise with seq"


def _check_pointers(state: MemoryState, conversation_id: int) -> None:
    conversation = state.conversations[conversation_id]
    assert conversation.member_count == len(state.members[conversation_id])
    for member in state.members[conversation_id].values():
        assert member.read_seq <= member.delivered_seq <= conversation.last_seq, f"5: {member}"
        assert member.shown_read_seq <= member.shown_delivered_seq <= conversation.last_seq, f"5: {member}"
        written = [m for m in state.messages[conversation_id] if m.action is None]
        unread = sum(1 for m in written if m.seq > member.read_seq and m.sender_id != member.user_id)
        counted = conversation.message_count - member.seen_count
        assert counted == unread, f"unread of {member} is {unread}, counted {counted}"


def _check_sent(device: Device, stored: dict[tuple[str, int], Message], first_seqs: dict[int, int]) -> None:
    """Invariants 2, 3, 4 and 9. What was let go of with its time was stored; what was refused was not."""
    for conversation_id, typed in device.typed.items():
        found = []
        for client_id in typed:
            message = stored.get((client_id, device.user_id))
            seq = device.confirmed.get(client_id)
            if seq is not None and seq >= first_seqs[conversation_id]:
                assert message is not None, f"2, 9: {device.name} was told that {client_id} is stored"
                assert message.seq == seq, f"3: {client_id} was confirmed as {seq} and is {message.seq}"
            if message is not None:
                found.append(message.seq)
            elif seq is None and client_id not in device.discarded:
                # Stored by a run whose confirmation never came, and then let go of: nobody can tell any more.
                assert first_seqs[conversation_id] > 1, f"9: {device.name} lost a message"
        assert found == sorted(found), f"4: the order of {device.name} in {conversation_id} is not kept"


def _check_copy(world: World, device: Device) -> None:
    """Invariants 6, 8, 9 and 10: what the device stores and shows is what the server has for it: the snapshot
    that it began with and the events since come to what a fresh device would get."""
    assert device.screen.faults == [], f"9: {device.name}: {device.screen.faults}"
    state = world.server.store.state
    writer = device.database.writer
    mine = {id_ for id_, members in state.members.items() if device.user_id in members}
    listed = {id_ for id_, row in device.screen.list.items() if not row.gone}
    assert listed == mine, f"10: {device.name} lists other conversations than its own"
    resume = sync_state.resume(writer)
    assert resume is not None
    assert resume.position <= state.position
    _check_account(world, device)
    for conversation_id in mine:
        _check_conversation(world, device, conversation_id)


def _check_conversation(world: World, device: Device, conversation_id: int) -> None:
    state = world.server.store.state
    conversation, name = state.conversations[conversation_id], device.name
    log = MemoryTransaction(state).page_after(conversation_id, 0, EVERYTHING)
    copy = messages.newest(device.database.writer, conversation_id, EVERYTHING)
    there = [_what_counts(m) for m in log if not isinstance(m.action, Edited | Deleted | Reacted)]
    here = [_what_is_shown(m) for m in copy if m.seq is not None]  # what was refused stays to be looked at
    differing = [each for each in zip_longest(here, there) if each[0] != each[1]]
    assert here == there, f"8: {name} has another log of {conversation_id}: {differing[:3]}"
    assert device.screen.timeline(conversation_id) == copy, f"9: {name} shows something else"
    row = device.screen.list[conversation_id]
    members = state.members[conversation_id]
    member = members[device.user_id]
    others = [m for m in members.values() if m.user_id != device.user_id]
    assert (row.last_seq, row.first_seq) == (conversation.last_seq, conversation.first_seq)
    assert row.unread == conversation.message_count - member.seen_count, f"{name}: unread"
    assert row.read_seq == member.read_seq
    assert row.info == conversation.info, f"{name}: info"
    assert (row.pinned, row.archived, row.alerts, row.marked_unread) == (
        member.pinned,
        member.archived,
        member.alerts,
        member.marked_unread,
    ), f"{name}: preferences"
    roles = [(m.user_id, m.role) for m in conversations.members(device.database.writer, conversation_id)]
    assert roles == sorted((m.user_id, m.role) for m in members.values()), f"{name}: members"
    if others:
        assert row.others_read_seq == min(m.shown_read_seq for m in others), f"{name}: ticks"
        assert row.delivered_seq == min(m.shown_delivered_seq for m in others), f"{name}: ticks"
    if conversation.preview is not None and not row.failed_count:
        assert row.preview_text == conversation.preview.text, f"{name}: preview"
        newest = next((m for m in reversed(copy) if m.seq == conversation.preview.seq), None)
        if newest is not None and newest.sender_id == device.user_id:
            bubble = shown_state(newest, row, device.user_id)
            assert row.preview_state is bubble, f"{name}: the list and the bubble show other ticks"


def _check_account(world: World, device: Device) -> None:
    state = world.server.store.state
    user = state.users[device.user_id]
    blocked = tuple(sorted(blocked for who, blocked in state.blocks if who == device.user_id))
    assert device.screen.account.settings == user.settings, f"{device.name}: settings"
    assert device.screen.account.blocked_ids == blocked, f"{device.name}: blocked"
    stars = {
        (star.conversation_id, star.seq)
        for (who, _, _), (star, _) in state.stars.items()
        if who == device.user_id and star.on
    }
    # A star in a conversation that one left is of no use, and not compared.
    mine = {id_ for id_, members in state.members.items() if device.user_id in members}
    known = {(id_, seq) for id_ in mine for seq in device.client.starred_in(id_)}
    assert known == {each for each in stars if each[0] in mine}, f"{device.name}: stars"


def _what_counts(m: Message) -> tuple[object, ...]:
    kind, body = ("deleted", "") if m.deleted else (NOTICE, "")
    if m.content is not None:
        kind, body = m.content.kind, m.content.body
    rest = (m.action, m.reply_to, m.mentions, m.origin, m.changed_seq, m.edited_at_ms, m.reactions)
    return (m.seq, m.message_id, m.client_id, m.sender_id, kind, body, *rest)


def _what_is_shown(m: Row) -> tuple[object, ...]:
    extra = m.extra or Extra()
    rest = (
        extra.action,
        extra.reply_to,
        extra.mentions,
        extra.origin,
        extra.changed_seq,
        extra.edited_at_ms,
        extra.reactions,
    )
    return (m.seq, m.message_id, m.client_id, m.sender_id, m.kind, m.body, *rest)
