"""Conversation rows: what the server says of them, and what this device adds (run, draft, wishes)."""

import sqlite3
from collections.abc import Container, Iterable
from typing import Any, NamedTuple

import msgspec

from desktop_chat.core.attachments import FILE_KINDS
from desktop_chat.core.models import Conversation, Member, SendState, User
from desktop_chat.core.send_state import receipt
from desktop_chat.core.timeline import Run
from desktop_chat.core.unread import unread
from desktop_chat.protocol import records
from desktop_chat.protocol.events import ConversationUpdate
from desktop_chat.protocol.limits import PREVIEW_CHARS, RECEIPTS_MEMBERS_MAX
from desktop_chat.protocol.records import Head, Info, Personal, Preview
from desktop_chat.store import messages

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Info).decode
_NO_INFO = Info()
_INCOMPLETE = "first_seq <= last_seq AND NOT held_from BETWEEN 1 AND first_seq AND gone = 0"

_SHOWN_KINDS = ("text", *FILE_KINDS)
_SHOWN_BODY = "CASE kind WHEN 'text' THEN substr(body, 1, ?) ELSE body END"
"""What a row of the list needs of a local echo: of a text its beginning."""

_SELECT = """
    SELECT c.conversation_id, c.kind, c.peer_id, u.user_name, u.display_name, u.last_seen_ms,
        c.activity_ms, c.last_seq, c.message_count,
        c.preview_sender_id, c.preview_kind, c.preview_text, c.preview_ms, c.preview_seq,
        c.read_seq, c.seen_count, c.wanted_read_seq, c.held_from, c.held_to, c.draft,
        u.about, u.picture, u.deleted, c.info, c.first_seq, c.pinned, c.archived, c.alerts, c.marked_unread,
        c.gone, (SELECT count(*) FROM member m WHERE m.conversation_id = c.conversation_id), (SELECT role FROM
        member m WHERE m.conversation_id = c.conversation_id AND m.user_id = :own), (SELECT min(delivered_seq)
        FROM member m WHERE m.conversation_id = c.conversation_id AND m.user_id <> :own), (SELECT
        min(read_seq) FROM member m WHERE m.conversation_id = c.conversation_id AND m.user_id <> :own),
        CASE WHEN c.preview_kind IN ('file', 'picture') THEN (SELECT body FROM message m WHERE
        m.conversation_id = c.conversation_id AND m.seq = c.preview_seq AND m.kind = c.preview_kind) END
    FROM conversation c LEFT JOIN user u ON u.user_id = c.peer_id
"""


class Incomplete(NamedTuple):
    """A conversation whose log is held from ``held_from`` on, and begins at ``first_seq``."""

    conversation_id: int
    held_from: int
    first_seq: int


def load_all(connection: sqlite3.Connection, own_id: int, online: Container[int]) -> list[Conversation]:
    """Every conversation, in no order."""
    echoes = {
        row[0]: row
        for row in connection.execute(
            f"SELECT conversation_id, max(local_id), sent_at_ms, kind, {_SHOWN_BODY}, state FROM message"  # noqa: S608
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
            f"SELECT conversation_id, local_id, sent_at_ms, kind, {_SHOWN_BODY}, state FROM message"  # noqa: S608
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
        if update.kind is None or update.head is None:
            return False
        peer_id = _peer_id(own_id, update)
        connection.execute(
            "INSERT INTO conversation (conversation_id, kind, peer_id) VALUES (?, ?, ?)",
            (id_, update.kind, peer_id),
        )
    if update.head is not None:
        _apply_head(connection, id_, update.head)
    if update.personal is not None:
        _apply_personal(connection, own_id, id_, update.personal)
    if update.info is not None:
        connection.execute(
            "UPDATE conversation SET info = ? WHERE conversation_id = ?", (_encode(update.info).decode(), id_)
        )
    _apply_members(connection, update)
    return True


def any_held(connection: sqlite3.Connection) -> bool:
    """Whether any conversation is known here."""
    return connection.execute("SELECT 1 FROM conversation LIMIT 1").fetchone() is not None


def is_with_somebody_else(connection: sqlite3.Connection, own_id: int, update: ConversationUpdate) -> bool:
    """Whether an update describes, under the id of a known conversation, one with another person: the server
    was set up anew, and what was meant for the one must not reach the other."""
    if update.kind is None:
        return False
    row = connection.execute(
        "SELECT kind, peer_id FROM conversation WHERE conversation_id = ?", (update.conversation_id,)
    ).fetchone()
    return row is not None and tuple(row) != (update.kind, _peer_id(own_id, update))


def take_over(connection: sqlite3.Connection, own_id: int, update: ConversationUpdate) -> None:
    """Let the conversation be with whom the update says."""
    connection.execute(
        "UPDATE conversation SET kind = ?, peer_id = ? WHERE conversation_id = ?",
        (update.kind, _peer_id(own_id, update), update.conversation_id),
    )


def apply_member(connection: sqlite3.Connection, conversation_id: int, member: records.Member) -> None:
    """Move a member's pointers, forward only."""
    connection.execute(
        "UPDATE member SET delivered_seq = max(delivered_seq, ?), read_seq = max(read_seq, ?)"
        " WHERE conversation_id = ? AND user_id = ?",
        (member.delivered_seq, member.read_seq, conversation_id, member.user_id),
    )


def members(connection: sqlite3.Connection, conversation_id: int) -> list[Member]:
    """Who is in a conversation, by user id."""
    found = connection.execute(
        "SELECT user_id, role FROM member WHERE conversation_id = ? ORDER BY user_id", (conversation_id,)
    )
    return [Member(*row) for row in found]


def leave(connection: sqlite3.Connection, conversation_id: int) -> bool:
    """The user is not in a conversation any more: its messages go. What was never sent, and the draft, stay
    for the person to look at; returns whether there is any, else the conversation is gone too."""
    messages.expire(connection, conversation_id, 2**53)
    connection.execute("DELETE FROM member WHERE conversation_id = ?", (conversation_id,))
    cursor = connection.execute(
        "DELETE FROM conversation WHERE conversation_id = ? AND draft = ''"
        " AND conversation_id NOT IN (SELECT conversation_id FROM message WHERE seq IS NULL)",
        (conversation_id,),
    )
    connection.execute(
        "UPDATE conversation SET gone = 1, last_seq = 0, message_count = 0, read_seq = 0, seen_count = 0,"
        " wanted_read_seq = 0, held_from = 0, held_to = 0, preview_kind = '', preview_text = ''"
        " WHERE conversation_id = ?",
        (conversation_id,),
    )
    return cursor.rowcount == 0 and exists(connection, conversation_id)


def reaches_start(connection: sqlite3.Connection, conversation_id: int) -> bool:
    """Whether the cache holds a conversation's log from its first entry on."""
    row = connection.execute(
        "SELECT held_from BETWEEN 1 AND first_seq OR first_seq > last_seq FROM conversation"
        " WHERE conversation_id = ?",
        (conversation_id,),
    ).fetchone()
    return row is not None and bool(row[0])


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


def incomplete(connection: sqlite3.Connection) -> int:
    """Of how many conversations the cache does not hold the log from its first entry on."""
    (count,) = connection.execute(f"SELECT count(*) FROM conversation WHERE {_INCOMPLETE}").fetchone()  # noqa: S608
    return int(count)


def all_incomplete(connection: sqlite3.Connection) -> list[Incomplete]:
    """The conversations of which something is held and older entries are not, the liveliest first."""
    found = connection.execute(
        f"SELECT conversation_id, held_from, first_seq FROM conversation WHERE {_INCOMPLETE}"  # noqa: S608
        " AND held_from > 0 ORDER BY preview_ms DESC"
    )
    return [Incomplete(*row) for row in found]


def behind(connection: sqlite3.Connection) -> list[int]:
    """Conversations whose cache does not reach their head, the liveliest first."""
    found = connection.execute(
        "SELECT conversation_id FROM conversation WHERE held_to < last_seq AND first_seq <= last_seq"
        " ORDER BY preview_ms DESC"
    )
    return [row[0] for row in found]


def held_to_below_head(connection: sqlite3.Connection, conversation_id: int) -> int | None:
    """The end of the run where it is below the head, 0 when nothing is held; None where all is there."""
    row = connection.execute(
        "SELECT held_to FROM conversation WHERE conversation_id = ? AND held_to < last_seq"
        " AND first_seq <= last_seq",
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


def place(connection: sqlite3.Connection, conversation_id: int, at_ms: int) -> bool:
    """Something happened that is no message, as when a group was made: that places a conversation in which
    nothing was written yet. Whether it did."""
    return (
        connection.execute(
            "UPDATE conversation SET activity_ms = ?1"
            " WHERE conversation_id = ?2 AND preview_ms = 0 AND activity_ms < ?1",
            (at_ms, conversation_id),
        ).rowcount
        > 0
    )


def _peer_id(own_id: int, update: ConversationUpdate) -> int | None:
    if update.kind == "group":
        return None
    return next((each.user_id for each in update.members or () if each.user_id != own_id), None)


def _apply_head(connection: sqlite3.Connection, conversation_id: int, head: Head) -> None:
    preview = head.preview or Preview(0, "", "", 0)
    connection.execute(
        "UPDATE conversation SET last_seq = :last_seq, message_count = :message_count,"
        " first_seq = :first_seq, preview_sender_id = :sender_id, preview_kind = :kind,"
        " preview_text = :text, preview_ms = :sent_at_ms, preview_seq = :preview_seq,"
        # What is gone with its time was the last thing that happened all the same.
        " activity_ms = CASE WHEN :sent_at_ms > 0 THEN :sent_at_ms ELSE max(activity_ms, preview_ms) END"
        " WHERE conversation_id = :id AND last_seq <= :last_seq AND first_seq <= :first_seq",
        {
            "id": conversation_id,
            "last_seq": head.last_seq,
            "message_count": head.message_count,
            "first_seq": head.first_seq,
            "sender_id": preview.sender_id,
            "kind": preview.kind,
            "text": preview.text,
            "sent_at_ms": preview.sent_at_ms,
            # A server that does not say it knows no entries but messages: the newest is the last.
            "preview_seq": preview.seq or head.last_seq,
        },
    )


def _apply_personal(
    connection: sqlite3.Connection, own_id: int, conversation_id: int, personal: Personal
) -> None:
    connection.execute(
        "UPDATE conversation SET read_seq = max(read_seq, ?), seen_count = max(seen_count, ?), pinned = ?,"
        " archived = ?, alerts = ?, marked_unread = ? WHERE conversation_id = ?",
        (
            personal.read_seq,
            personal.seen_count,
            personal.pinned,
            personal.archived,
            personal.alerts,
            personal.marked_unread,
            conversation_id,
        ),
    )
    apply_member(connection, conversation_id, records.Member(own_id, personal.read_seq, personal.read_seq))


def _apply_members(connection: sqlite3.Connection, update: ConversationUpdate) -> None:
    id_ = update.conversation_id
    if update.kind is not None:
        connection.execute("UPDATE conversation SET gone = 0 WHERE conversation_id = ?", (id_,))
        if update.members is not None:
            kept = {each.user_id for each in update.members}
            left = {each.user_id for each in members(connection, id_)} - kept
            _remove_members(connection, id_, left)
    _remove_members(connection, id_, update.left)
    for member in update.members or ():
        connection.execute(
            "INSERT INTO member (conversation_id, user_id, delivered_seq, read_seq, role)"
            " VALUES (?, ?, 0, 0, ?) ON CONFLICT DO UPDATE SET role = excluded.role",
            (id_, member.user_id, member.role),
        )
        apply_member(connection, id_, member)


def _remove_members(connection: sqlite3.Connection, conversation_id: int, user_ids: Iterable[int]) -> None:
    connection.executemany(
        "DELETE FROM member WHERE conversation_id = ? AND user_id = ?",
        [(conversation_id, user_id) for user_id in user_ids],
    )


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
        sender_id, preview_kind, preview_text, preview_ms, preview_seq,
        read_seq, seen_count, wanted_read_seq, held_from, held_to, draft,
        about, picture, deleted, info, first_seq, pinned, archived, alerts, marked_unread, gone,
        member_count, role, delivered_seq, others_read_seq, file_body,
    ) = row  # fmt: skip
    peer = None
    if peer_id is not None:
        peer = User(
            peer_id,
            user_name or "",
            display_name or "",
            peer_id in online,
            last_seen_ms or 0,
            about or "",
            picture or "",
            bool(deleted),
        )
    delivered_seq = last_seq if delivered_seq is None else delivered_seq
    others_read_seq = last_seq if others_read_seq is None else others_read_seq
    if member_count > RECEIPTS_MEMBERS_MAX:
        delivered_seq = others_read_seq = 0
    if file_body is not None:
        preview_text = file_body  # the server, which does not look into it, has nothing to say of it
    preview_state = SendState.SENT
    if sender_id == own_id and preview_kind:
        preview_state = receipt(preview_seq, delivered_seq, others_read_seq)
    if echo is not None:
        _, _, echo_ms, echo_kind, echo_text, echo_state = echo
        # A message that failed long ago does not stand in front of what was said since.
        if echo_state != SendState.FAILED or echo_ms >= preview_ms:
            preview_ms = max(preview_ms, echo_ms)
            preview_kind, preview_text = echo_kind, echo_text if echo_kind in _SHOWN_KINDS else ""
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
        info=_NO_INFO if info is None else _decode(info),
        first_seq=first_seq,
        member_count=member_count,
        role=role or "member",
        pinned=bool(pinned),
        archived=bool(archived),
        alerts=alerts,
        marked_unread=bool(marked_unread),
        gone=bool(gone),
    )
