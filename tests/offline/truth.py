"""What the server holds, read from its own file while it runs or does not."""

from contextlib import closing
from pathlib import Path

from msgspec import Struct

from desktop_chat.core.models import NOTICE
from desktop_chat.protocol.actions import Deleted, Edited, Reacted
from desktop_chat.protocol.records import Message
from server.store.reader import Reader
from server.store.sqlite import connect_sqlite
from server.store.sqlite_reader import SqliteReader
from tests.offline.records import Entry, Talk

_ALL = 10**6


class Kept(Struct):
    """One conversation in the server's store. ``log`` is all of it; ``bodies`` has for each message by seq
    what it ever said, the oldest first; ``talks`` what each member by id has to hold of it."""

    log: list[Message]
    bodies: dict[int, list[str]]
    talks: dict[int, Talk]
    whole_files: set[str]

    def entry(self, seq: int) -> Message | None:
        """The entry with this seq."""
        return next((each for each in self.log if each.seq == seq), None)


def read(database: Path, conversation_ids: list[int]) -> dict[int, Kept]:
    """These conversations, of one moment."""
    with closing(connect_sqlite(database, read_only=True)) as connection:
        connection.execute("BEGIN")
        reader = SqliteReader(connection)
        return {each: _kept(reader, each) for each in conversation_ids}


def log(database: Path, conversation_id: int) -> list[Message]:
    """All entries of a conversation, in their order."""
    with closing(connect_sqlite(database, read_only=True)) as connection:
        return SqliteReader(connection).page_after(conversation_id, 0, _ALL)


def _kept(reader: Reader, conversation_id: int) -> Kept:
    row = reader.conversation(conversation_id)
    assert row is not None
    entries = reader.page_after(conversation_id, 0, _ALL)
    shown = [_entry(each) for each in entries if not isinstance(each.action, Edited | Deleted | Reacted)]
    talks = {}
    for member in reader.members(conversation_id):
        stars = reader.stars(member.user_id, 0)
        starred = sorted(each.seq for each in stars if each.conversation_id == conversation_id and each.on)
        unread = row.message_count - member.seen_count
        talks[member.user_id] = Talk(
            shown, row.last_seq, member.read_seq, unread, row.info.pinned_seqs, tuple(starred)
        )
    bodies = {}
    for each in entries:
        before = [version.content.body for version in reader.versions(conversation_id, each.seq)]
        bodies[each.seq] = [*before, *([each.content.body] if each.content else [])]
    files = [reader.file(file_id) for each in entries for file_id in each.file_ids]
    whole = {each.file_id for each in files if each is not None and each.finished_at_ms is not None}
    return Kept(entries, bodies, talks, whole)


def _entry(m: Message) -> Entry:
    kind, body = ("deleted", "") if m.deleted else (NOTICE, "")
    if m.content is not None:
        kind, body = m.content.kind, m.content.body
    rest = (m.action, m.reply_to, m.mentions, m.file_ids, m.changed_seq, m.edited_at_ms, m.reactions)
    return Entry(m.seq, m.message_id, m.client_id, m.sender_id, kind, body, repr(rest))
