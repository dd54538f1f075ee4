"""Between rows of the database and the rows that the server works with."""

from collections.abc import Sequence
from typing import Any

import msgspec

from desktop_chat.protocol.records import Info, Preview, Settings
from server.store.records import ConversationRow, MemberRow, UserRow

CONVERSATION_COLUMNS = 14

_encode = msgspec.json.Encoder().encode
_info = msgspec.json.Decoder(Info).decode
_settings = msgspec.json.Decoder(Settings).decode
_NO_INFO = Info()
_USUAL_SETTINGS = Settings()


def user_row(row: Sequence[Any]) -> UserRow:
    """From the columns of the user table, in their order."""
    settings = _USUAL_SETTINGS if row[14] is None else _settings(row[14])
    return UserRow(
        row[0],
        row[1],
        row[2],
        row[3],
        row[4],
        row[5],
        row[6],
        row[7],
        row[8],
        row[9],
        row[10],
        row[11],
        bool(row[12]),
        bool(row[13]),
        settings,
    )


def user_bindings(row: UserRow) -> dict[str, object]:
    """The columns of the user table."""
    bindings = {name: getattr(row, name) for name in row.__struct_fields__}
    bindings["settings"] = None if row.settings == _USUAL_SETTINGS else _encode(row.settings).decode()
    return bindings


def conversation_row(row: Sequence[Any]) -> ConversationRow:
    """From the columns of the conversation table, in their order."""
    return ConversationRow(
        row[0],
        row[1],
        row[2],
        row[3],
        row[4],
        None if row[6] is None else Preview(row[5], row[6], row[7], row[8], row[9]),
        row[10],
        row[11],
        row[12],
        _NO_INFO if row[13] is None else _info(row[13]),
    )


def conversation_bindings(row: ConversationRow) -> dict[str, object]:
    """The columns of the conversation table."""
    preview = row.preview
    return {
        "conversation_id": row.conversation_id,
        "kind": row.kind,
        "position": row.position,
        "last_seq": row.last_seq,
        "message_count": row.message_count,
        "preview_sender_id": None if preview is None else preview.sender_id,
        "preview_kind": None if preview is None else preview.kind,
        "preview_text": None if preview is None else preview.text,
        "preview_sent_at_ms": None if preview is None else preview.sent_at_ms,
        "preview_seq": None if preview is None else preview.seq,
        "first_seq": row.first_seq,
        "member_count": row.member_count,
        "members_position": row.members_position,
        "info": None if row.info == _NO_INFO else _encode(row.info).decode(),
    }


def head_bindings(row: ConversationRow) -> tuple[object, ...]:
    """What a message moves, for ``statements.conversations.set_heads``."""
    place = (row.conversation_id, row.position, row.last_seq, row.message_count)
    preview = row.preview
    if preview is None:
        return (*place, None, None, None, None, None)
    return (*place, preview.sender_id, preview.kind, preview.text, preview.sent_at_ms, preview.seq)


def member_row(row: Sequence[Any]) -> MemberRow:
    """From the columns of the member table, in their order."""
    return MemberRow(
        row[0],
        row[1],
        row[2],
        row[3],
        row[4],
        row[5],
        row[6],
        row[7],
        row[8],
        bool(row[9]),
        bool(row[10]),
        row[11],
        bool(row[12]),
    )


def member_bindings(row: MemberRow) -> dict[str, object]:
    """The columns of the member table."""
    return {name: getattr(row, name) for name in row.__struct_fields__}


def pointer_bindings(row: MemberRow) -> tuple[object, ...]:
    """What moves often, for ``statements.conversations.set_pointers``."""
    return (
        row.conversation_id,
        row.user_id,
        row.delivered_seq,
        row.read_seq,
        row.seen_count,
        row.shown_delivered_seq,
        row.shown_read_seq,
        row.position,
    )


def with_key(bindings: dict[str, object], *key: str) -> dict[str, object]:
    """The same, for a statement that replaces the row with this key."""
    for name in key:
        bindings[f"of_{name}"] = bindings.pop(name)
    return bindings
