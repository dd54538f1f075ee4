"""Pages of what was shared in a conversation."""

from desktop_chat.core import attachments
from desktop_chat.core.attachments import Attachment, FileBody
from desktop_chat.protocol.records import Content, Message
from desktop_chat.store import messages, shared
from desktop_chat.store.database import IN_MEMORY, Database

PICTURE = Attachment("a.png", 10, "ab" * 32, "image/png", 4, 4)
FILE = Attachment("a.pdf", 10, "ab" * 32)


def with_files(*files: Attachment) -> Content:
    body = FileBody(files)
    return Content(body.kind, attachments.encode(body))


def filled(*contents: Content | None) -> Database:
    database = Database(IN_MEMORY)
    with database.transaction() as connection:
        for conversation_id in (1, 2):
            for seq, content in enumerate(contents, 1):
                number = conversation_id * 1000 + seq
                wire = Message(
                    conversation_id, seq, number, 9, f"{number:032x}", seq, content, deleted=content is None
                )
                messages.insert_stored(connection, wire)
    return database


def seqs(database: Database, what: shared.What, before_seq: int | None = None, limit: int = 10) -> list[int]:
    found = shared.page(database.reader, 1, what, before_seq, limit)
    assert all(each.conversation_id == 1 for each in found)
    return [each.seq or 0 for each in found]


def test_each_list_has_what_belongs_into_it() -> None:
    database = filled(
        Content("text", "nothing"),
        Content("text", "see HTTP://example.org"),
        Content("text", "see www.example.org"),
        with_files(PICTURE),
        with_files(FILE),
        with_files(PICTURE, FILE),
        None,
    )
    assert seqs(database, "picture") == [6, 4]
    assert seqs(database, "file") == [6, 5]
    assert seqs(database, "link") == [3, 2]
    database.close()


def test_every_link_that_a_timeline_shows_is_among_those_found() -> None:
    captioned = FileBody((FILE,), "as on example.org")
    texts = (
        "example.org/x",
        "see WWW.Example.ORG.",
        "the **example**.org",
        "(http://localhost)",
        "Nothing. At all... at 10.30 or so.\nNo.",
    )
    database = filled(
        *(Content("text", each) for each in texts),
        Content(captioned.kind, attachments.encode(captioned)),
        with_files(FILE),
    )
    assert seqs(database, "link") == [6, 4, 3, 2, 1]
    database.close()


def test_pages_follow_each_other() -> None:
    database = filled(*[with_files(PICTURE)] * 7)
    assert seqs(database, "picture", limit=3) == [7, 6, 5]
    assert seqs(database, "picture", 5, 3) == [4, 3, 2]
    assert seqs(database, "picture", 2, 3) == [1]
    assert seqs(database, "picture", 1, 3) == []
    database.close()
