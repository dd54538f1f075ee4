"""Conversation rows: what the server says of them, and what this device adds (run, draft, wishes)."""

import sqlite3
from collections.abc import Container, Iterable
from typing import Any

from desktop_chat.core.models import Conversation, SendState, User
from desktop_chat.core.timeline import Run
from desktop_chat.core.unread import unread
from desktop_chat.protocol.events import ConversationUpdate
from desktop_chat.protocol.limits import PREVIEW_CHARS
from desktop_chat.protocol.records import Head, Member, Personal
from desktop_chat.store import messages

_SELECT = """
    SELECT c.conversation_id, c.kind, c.peer_id, u.user_name, u.display_name, u.last_seen_ms,
        c.activity_ms, c.last_seq, c.message_count,
        c.preview_sender_id, c.preview_kind, c.preview_text, c.preview_ms,
        c.read_seq, c.seen_count, c.wanted_read_seq, c.held_from, c.held_to, c.draft,
        (SELECT min(delivered_seq) FROM member m
            WHERE m.conversation_id = c.conversation_id AND m.user_id <> :own),
        (SELECT min(read_seq) FROM member m
            WHERE m.conversation_id = c.conversation_id AND m.user_id <> :own)
    FROM conversation c LEFT JOIN user u ON u.user_id = c.peer_id
"""


def load_all(connection: sqlite3.Connection, own_id: int, online: Container[int]) -> list[Conversation]:
    """Every conversation, in no order."""
    echoes = {
        row[0]: row
        for row in connection.execute(
            "SELECT conversation_id, max(local_id), sent_at_ms, kind, substr(body, 1, ?), state FROM message"
            " WHERE seq IS NULL GROUP BY conversation_id",
            (PREVIEW_CHARS,),
        )
    }
    failed = dict(
        connection.execute(
            "SELECT conversation_id, count(*) FROM message WHERE seq IS NULL AND state = ?"
            " GROUP BY conversation_id",
            (int(SendState.FAILED),),
        ).fetchall()
    )
    found = connection.execute(_SELECT, {"own": own_id}).fetchall()
    return [
        _conversation(connection, row, own_id, online, echoes.get(row[0]), failed.get(row[0], 0))
        for row in found
    ]


def load(
    connection: sqlite3.Connection, own_id: int, online: Container[int], conversation_ids: Iterable[int]
) -> list[Conversation]:
    """The conversations with these ids that are known."""
    found = []
    for conversation_id in conversation_ids:
        row = connection.execute(
            _SELECT + " WHERE c.conversation_id = :id", {"own": own_id, "id": conversation_id}
        ).fetchone()
        if row is None:
            continue
        echo = connection.execute(
            "SELECT conversation_id, local_id, sent_at_ms, kind, substr(body, 1, ?), state FROM message"
            " WHERE conversation_id = ? AND seq IS NULL ORDER BY local_id DESC LIMIT 1",
            (PREVIEW_CHARS, conversation_id),
        ).fetchone()
        failed = 0
        if echo is not None:
            (failed,) = connection.execute(
                "SELECT count(*) FROM message WHERE conversation_id = ? AND seq IS NULL AND state = ?",
                (conversation_id, int(SendState.FAILED)),
            ).fetchone()
        found.append(_conversation(connection, row, own_id, online, echo, failed))
    return found


def with_user(connection: sqlite3.Connection, user_id: int) -> list[int]:
    """The ids of conversations whose row shows this user."""
    found = connection.execute("SELECT conversation_id FROM conversation WHERE peer_id = ?", (user_id,))
    return [row[0] for row in found]


def exists(connection: sqlite3.Connection, conversation_id: int) -> bool:
    """Whether the cache knows this conversation."""
    return (
        connection.execute(
            "SELECT 1 FROM conversation WHERE conversation_id = ?", (conversation_id,)
        ).fetchone()
        is not None
    )


def apply_update(connection: sqlite3.Connection, own_id: int, update: ConversationUpdate) -> bool:
    """Take over what an update says. Numbers only grow, so an update that comes twice or late changes
    nothing. Returns False for an unknown conversation that the update does not describe whole."""
    id_ = update.conversation_id
    if not exists(connection, id_):
        if update.kind is None or update.head is None or update.members is None:
            return False
        peer_id = _peer_id(own_id, update.members)
        connection.execute(
            "INSERT INTO conversation (conversation_id, kind, peer_id) VALUES (?, ?, ?)",
            (id_, update.kind, peer_id),
        )
    if update.head is not None:
        _apply_head(connection, id_, update.head)
    if update.personal is not None:
        _apply_personal(connection, own_id, id_, update.personal)
    for member in update.members or ():
        apply_member(connection, id_, member)
    return True


def is_with_somebody_else(connection: sqlite3.Connection, own_id: int, update: ConversationUpdate) -> bool:
    """Whether an update describes, under the id of a known conversation, one with another person: the server
    was set up anew, and what was meant for the one must not reach the other."""
    if update.members is None:
        return False
    row = connection.execute(
        "SELECT kind, peer_id FROM conversation WHERE conversation_id = ?", (update.conversation_id,)
    ).fetchone()
    return row is not None and tuple(row) != (update.kind, _peer_id(own_id, update.members))


def take_over(connection: sqlite3.Connection, own_id: int, update: ConversationUpdate) -> None:
    """Let the conversation be with whom the update says."""
    connection.execute(
        "UPDATE conversation SET kind = ?, peer_id = ? WHERE conversation_id = ?",
        (update.kind, _peer_id(own_id, update.members or []), update.conversation_id),
    )


def apply_member(connection: sqlite3.Connection, conversation_id: int, member: Member) -> None:
    """Move a member's pointers, forward only."""
    connection.execute(
        "INSERT INTO member VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
        " delivered_seq = max(delivered_seq, excluded.delivered_seq),"
        " read_seq = max(read_seq, excluded.read_seq)",
        (conversation_id, member.user_id, member.delivered_seq, member.read_seq),
    )


def run(connection: sqlite3.Connection, conversation_id: int) -> Run | None:
    """The run of seqs that the cache holds; None for an unknown conversation."""
    row = connection.execute(
        "SELECT held_from, held_to FROM conversation WHERE conversation_id = ?", (conversation_id,)
    ).fetchone()
    return None if row is None else Run(*row)


def set_run(connection: sqlite3.Connection, conversation_id: int, run: Run) -> None:
    """Remember the run; its rows are stored in the same transaction."""
    connection.execute(
        "UPDATE conversation SET held_from = ?, held_to = ? WHERE conversation_id = ?",
        (run.held_from, run.held_to, conversation_id),
    )


def behind(connection: sqlite3.Connection) -> list[int]:
    """Conversations whose cache does not reach their head, the liveliest first."""
    found = connection.execute(
        "SELECT conversation_id FROM conversation WHERE held_to < last_seq ORDER BY preview_ms DESC"
    )
    return [row[0] for row in found]


def held_to_below_head(connection: sqlite3.Connection, conversation_id: int) -> int | None:
    """The end of the run where it is below the head, 0 when nothing is held; None where all is there."""
    row = connection.execute(
        "SELECT held_to FROM conversation WHERE conversation_id = ? AND held_to < last_seq",
        (conversation_id,),
    ).fetchone()
    return None if row is None else int(row[0])


def want_read(connection: sqlite3.Connection, conversation_id: int, seq: int) -> bool:
    """A person has seen everything up to ``seq``, whether the server knows yet or not. Returns whether
    that is news."""
    cursor = connection.execute(
        "UPDATE conversation SET wanted_read_seq = :seq WHERE conversation_id = :id"
        " AND wanted_read_seq < :seq AND read_seq < :seq AND :seq <= last_seq",
        {"seq": seq, "id": conversation_id},
    )
    return cursor.rowcount > 0


def unreported_reads(connection: sqlite3.Connection) -> list[tuple[int, int]]:
    """(conversation id, seq) of what was read here and the server does not know."""
    return connection.execute(
        "SELECT conversation_id, wanted_read_seq FROM conversation WHERE wanted_read_seq > read_seq"
    ).fetchall()


def unreported_deliveries(connection: sqlite3.Connection, own_id: int) -> list[tuple[int, int]]:
    """(conversation id, seq) of what this device has stored beyond its account's delivered pointer."""
    return connection.execute(
        "SELECT c.conversation_id, c.held_to FROM conversation c JOIN member m"
        " ON m.conversation_id = c.conversation_id AND m.user_id = ? WHERE c.held_to > m.delivered_seq",
        (own_id,),
    ).fetchall()


def set_draft(connection: sqlite3.Connection, conversation_id: int, text: str) -> None:
    """Keep what is in the composer."""
    connection.execute("UPDATE conversation SET draft = ? WHERE conversation_id = ?", (text, conversation_id))


def touch(connection: sqlite3.Connection, conversation_id: int, now_ms: int) -> None:
    """Place an empty conversation that was opened here as if something had happened in it now."""
    connection.execute(
        "UPDATE conversation SET activity_ms = ? WHERE conversation_id = ?", (now_ms, conversation_id)
    )


def _peer_id(own_id: int, members: list[Member]) -> int | None:
    return next((member.user_id for member in members if member.user_id != own_id), None)


def _apply_head(connection: sqlite3.Connection, conversation_id: int, head: Head) -> None:
    preview = head.preview
    connection.execute(
        "UPDATE conversation SET last_seq = ?, message_count = ? WHERE conversation_id = ? AND last_seq <= ?",
        (head.last_seq, head.message_count, conversation_id, head.last_seq),
    )
    if preview is not None:
        connection.execute(
            "UPDATE conversation"
            " SET preview_sender_id = ?, preview_kind = ?, preview_text = ?, preview_ms = ?"
            " WHERE conversation_id = ? AND last_seq = ?",
            (
                preview.sender_id,
                preview.kind,
                preview.text,
                preview.sent_at_ms,
                conversation_id,
                head.last_seq,
            ),
        )


def _apply_personal(
    connection: sqlite3.Connection, own_id: int, conversation_id: int, personal: Personal
) -> None:
    connection.execute(
        "UPDATE conversation SET read_seq = max(read_seq, ?), seen_count = max(seen_count, ?)"
        " WHERE conversation_id = ?",
        (personal.read_seq, personal.seen_count, conversation_id),
    )
    apply_member(connection, conversation_id, Member(own_id, personal.read_seq, personal.read_seq))


def _conversation(
    connection: sqlite3.Connection,
    row: tuple[Any, ...],
    own_id: int,
    online: Container[int],
    echo: tuple[Any, ...] | None,
    failed_count: int,
) -> Conversation:
    (
        conversation_id, kind, peer_id, user_name, display_name, last_seen_ms,
        activity_ms, last_seq, message_count,
        sender_id, preview_kind, preview_text, preview_ms,
        read_seq, seen_count, wanted_read_seq, held_from, held_to, draft,
        delivered_seq, others_read_seq,
    ) = row  # fmt: skip
    peer = None
    if peer_id is not None:
        peer = User(peer_id, user_name or "", display_name or "", peer_id in online, last_seen_ms or 0)
    delivered_seq = last_seq if delivered_seq is None else delivered_seq
    others_read_seq = last_seq if others_read_seq is None else others_read_seq
    preview_state = SendState.SENT
    if sender_id == own_id and last_seq:
        if others_read_seq >= last_seq:
            preview_state = SendState.READ
        elif delivered_seq >= last_seq:
            preview_state = SendState.DELIVERED
    if echo is not None:
        _, _, echo_ms, echo_kind, echo_text, echo_state = echo
        # A message that failed long ago does not stand in front of what was said since.
        if echo_state != SendState.FAILED or echo_ms >= preview_ms:
            preview_ms = max(preview_ms, echo_ms)
            preview_kind, preview_text = echo_kind, echo_text
            sender_id, preview_state = own_id, SendState(echo_state)
    others_after = 0
    if read_seq < wanted_read_seq < last_seq:
        others_after = messages.others_after(connection, conversation_id, own_id, wanted_read_seq)
    return Conversation(
        conversation_id=conversation_id,
        kind=kind,
        peer=peer,
        preview_text=preview_text,
        preview_kind=preview_kind,
        preview_sender_id=sender_id,
        preview_state=preview_state,
        activity_ms=preview_ms or activity_ms,
        last_seq=last_seq,
        message_count=message_count,
        unread=unread(
            message_count=message_count,
            seen_count=seen_count,
            last_seq=last_seq,
            read_seq=read_seq,
            wanted_read_seq=wanted_read_seq,
            others_after=others_after,
        ),
        read_seq=max(read_seq, wanted_read_seq),
        delivered_seq=delivered_seq,
        others_read_seq=others_read_seq,
        held_from=held_from,
        held_to=held_to,
        draft=draft,
        failed_count=failed_count,
    )
