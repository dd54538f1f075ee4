"""What commands write: whole, escaped, and nothing that acts."""

import json
from collections.abc import Iterator
from datetime import UTC
from html.parser import HTMLParser

import pytest

from desktop_chat import language
from desktop_chat.commands import lines, names
from desktop_chat.commands.finding import CommandError, existing, find
from desktop_chat.commands.formats import export_format
from desktop_chat.core.attachments import Attachment, FileBody, encode
from desktop_chat.core.models import NOTICE, Conversation, Extra, Message, SendState, User
from desktop_chat.desktop.instance_messages import Format
from desktop_chat.protocol.actions import InfoChanged, MemberRemoved, MembersAdded
from desktop_chat.protocol.records import Info, Reaction


@pytest.fixture(autouse=True)
def english_again() -> Iterator[None]:
    yield
    language.use(language.SOURCE)


AT_MS = 1_772_548_320_000
NASTY = "<script>alert(1)</script>\x1b[2J\u009b2J\u202eevil \"quoted\" & 'so'"


def message(text: str, seq: int | None = 1, **fields: object) -> Message:
    base = {"sent_at_ms": AT_MS, "kind": "text", "message_id": seq, **fields}
    return Message(seq or 99, 7, "0" * 32, 2, body=text, seq=seq, **base)  # type: ignore[arg-type]


def name_of(user_id: int) -> str:
    return {1: "Me", 2: "<Ada>"}[user_id]


def direct(id_: int, user_name: str, name: str) -> Conversation:
    return Conversation(id_, "direct", User(id_ + 100, user_name, name))


def group(id_: int, title: str) -> Conversation:
    return Conversation(id_, "group", info=Info(title))


def exported(form: Format, *pages: list[Message], whole: bool = True, title: str = "Opticś <b>") -> str:
    writer = export_format(form, name_of, UTC)
    text = writer.begin()
    for id_ in (7, 8):
        text += writer.open(group(id_, title), whole=whole)
        text += "".join(writer.messages(page) for page in pages)
        text += writer.close()
    return text + writer.end()


EVERYTHING = [
    message("plain"),
    message("two\nlines", 2, extra=Extra(reply_to=1, edited_at_ms=AT_MS, reactions=(Reaction("🎉", (1,)),))),
    message("", 3, kind="deleted", extra=Extra(deleted=True)),
    message("", 4, kind=NOTICE, extra=Extra(action=MemberRemoved(2))),
    message("look", 5, extra=Extra(file_ids=("a" * 32,))),
    message(NASTY, 6),
    message("refused", None, state=SendState.FAILED),
]


def test_text_tells_one_message_from_another() -> None:
    text = exported("text", EVERYTHING[:3], EVERYTHING[3:])
    assert text.startswith("== Opticś <b> ==\n\n2026-03-03 14:32 <Ada>: plain\n2026-03-03 14:32 <Ada>: two\n")
    assert "\n    lines (edited)\n" in text
    assert "2026-03-03 14:32 * <Ada> left the group\n" in text
    assert "look [1 file]" in text
    assert "refused (not sent)" in text
    # Nothing acts on a terminal, and a line that begins with a time is a message of its own.
    assert not {"\x1b", "\u009b", "\u202e", "\u2028"} & set(text)
    fake = exported("text", [message("x\n2026-03-03 14:33 Bob: yes\r2026-03-03 14:34 Bob: no")])
    assert sum(line.startswith("2026") for line in fake.splitlines()) == 2


def test_json_is_json_and_has_everything() -> None:
    text = exported("json", EVERYTHING[:3], EVERYTHING[3:], whole=False)
    assert not [mark for mark in text if 0x7F <= ord(mark) < 0xA0 or mark in "\x1b\u2028"]
    whole = json.loads(text)
    assert whole["desktop_chat_export"] == 1
    first, second = whole["conversations"]
    assert (first["conversation_id"], first["title"], first["whole"]) == (7, "Opticś <b>", False)
    assert first["messages"] == second["messages"]
    plain, answered, *_, nasty, refused = first["messages"]
    assert plain["sent_at"] == "2026-03-03T14:32:00.000+00:00"
    assert (answered["reply_to"], answered["edited_at_ms"]) == (1, AT_MS)
    assert answered["reactions"] == [{"key": "🎉", "user_ids": [1]}]
    assert nasty["text"] == NASTY
    assert refused["state"] == "failed"
    assert json.loads(exported("json"))["conversations"][0]["messages"] == []


def with_files(caption: str, *names: str) -> Message:
    files = tuple(Attachment(name, 48_213, "b" * 64, "application/pdf") for name in names)
    body = FileBody(files, caption)
    return message(encode(body), kind=body.kind, extra=Extra(file_ids=("a" * 32,) * len(names)))


@pytest.mark.parametrize("form", ["text", "html"])
def test_files_are_told_by_caption_and_names(form: Format) -> None:
    text = exported(form, [with_files("The plan", "plan.pdf", "../\u202eb.pdf"), with_files("", "bare.pdf")])
    assert "The plan [plan.pdf, b.pdf]" in text
    assert "sha256" not in text
    assert "[bare.pdf]" in text
    # A body that nobody can read is no reason to show it.
    unreadable = message("{", kind="file", extra=Extra(file_ids=("a" * 32, "b" * 32)))
    assert lines.words(unreadable, name_of) == "[2 files]"


def test_files_in_json_are_a_list() -> None:
    text = exported("json", [with_files("The plan", "a/plan.pdf"), message("{}", kind="picture")])
    told, empty = json.loads(text)["conversations"][0]["messages"]
    assert (told["kind"], told["text"]) == ("file", "The plan")
    assert told["files"] == [
        {"name": "plan.pdf", "size_bytes": 48_213, "sha256": "b" * 64, "media_type": "application/pdf"}
    ]
    assert (empty["text"], "files" in empty) == ("", False)


class Page(HTMLParser):
    """What a browser would see: tags with their attributes, and words."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, list[tuple[str, str | None]]]] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, attrs))

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def test_the_page_runs_and_fetches_nothing() -> None:
    page = Page(exported("html", EVERYTHING, title=NASTY))
    tags = {tag for tag, _ in page.tags}
    assert tags <= {
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "section",
        "h2",
        "article",
        "header",
        "b",
        "time",
        "p",
    }
    names = {name for _, attributes in page.tags for name, _ in attributes}
    assert names <= {"charset", "http-equiv", "content", "dir", "datetime", "class"}
    assert "<script>alert(1)</script>\ufffd[2J\ufffd2J\ufffdevil \"quoted\" & 'so'" in page.words
    assert ("content", "default-src 'none'; style-src 'unsafe-inline'") in page.tags[3][1]


def test_times_that_no_calendar_has() -> None:
    late = message("late", sent_at_ms=2**53 - 1)
    assert lines.line(late, name_of) == "????-??-?? ??:?? <Ada>: late\n"
    assert json.loads(exported("json", [late]))["conversations"][0]["messages"][0]["sent_at"] is None
    assert "<time>????" in exported("html", [late])


ROWS = [
    direct(1, "ann", "Ann Lee"),
    direct(2, "2nd", "Ben"),
    direct(3, "ben", "Ann Lee"),
    group(4, "Étude"),
    Conversation(5, "note"),
]


@pytest.mark.parametrize(
    ("who", "found"),
    [("1", 1), ("ANN", 1), ("@ben", 3), ("ben", 3), ("etude", 4), ("note to self", 5), (" 2nd ", 2)],
)
def test_who_is_meant(who: str, found: int) -> None:
    assert existing(who, ROWS).conversation_id == found


def test_who_is_not_known_or_not_clear() -> None:
    assert find("nobody", ROWS) is None
    with pytest.raises(CommandError, match="no conversation with “nobody”"):
        existing("nobody", ROWS)
    with pytest.raises(CommandError, match=r"several: 1 \(@ann\), 3 \(@ben\)\. Name one by its number"):
        find("ann lee", ROWS)


@pytest.mark.parametrize("form", ["text", "html", "json"])
def test_the_same_is_written_whatever_the_app_speaks(form: Format) -> None:
    def written() -> str:
        rows = [Conversation(5, "note"), group(6, ""), Conversation(7, "direct"), direct(8, "\u200b", "")]
        writer = export_format(form, lambda id_: names.person(User(id_, "", "")), UTC)
        notices = [MembersAdded((3, 4)), InfoChanged(title="Opticś"), InfoChanged(retention_days=1200)]
        told = [message("", 20 + n, kind=NOTICE, extra=Extra(action=each)) for n, each in enumerate(notices)]
        told += [*EVERYTHING, with_files("", "plan.pdf")]
        parts = [writer.open(row, whole=False) + writer.messages(told) + writer.close() for row in rows]
        return writer.begin() + "".join(parts) + writer.end()

    english = written()
    assert "Note to self" in english
    assert "messages to be kept for 1,200 days" in english
    for code in ("de", "ar"):
        language.use(code)
        assert written() == english
        assert language.spoken() == code


@pytest.mark.parametrize("code", ["en", "de", "ar"])
def test_what_the_app_itself_calls_a_conversation_is_known_in_each_language(code: str) -> None:
    language.use(code)
    for who in ("note to self", "NOTIZ AN MICH", "ملاحظة لنفسي"):
        assert existing(who, ROWS).conversation_id == 5
    rows = [*ROWS, group(6, "Notiz an mich")]
    with pytest.raises(CommandError, match=r"several: 5 \(note\), 6 \(group\)\."):
        find("Notiz an mich", rows)
    assert existing("Note to self", rows).conversation_id == 5
    assert language.spoken() == code
