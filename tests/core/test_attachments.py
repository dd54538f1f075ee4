"""Names from anybody, and bodies from anybody."""

import msgspec
import pytest

from desktop_chat.core import attachments
from desktop_chat.core.attachments import FILE, PICTURE, Attachment, FileBody

HASH = "ab" * 32


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("report.pdf", "report.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Windows\\System32\\evil.exe", "evil.exe"),
        ("photo\u202egnp.exe", "photognp.exe"),
        ("a\x00b\nc\x1b[31m.txt", "abc[31m.txt"),
        (".bashrc", "bashrc"),
        ("..", "file"),
        ("", "file"),
        ("/", "file"),
        ("   ", "file"),
        ("name. . .", "name"),
        ("con.txt", "_con.txt"),
        ("LPT1", "_LPT1"),
        ('a<b>c:d"e|f?g*h.txt', "abcdefgh.txt"),
        ("Отчёт за март.docx", "Отчёт за март.docx"),
        ("שלום.txt", "שלום.txt"),
        ("\ud800.txt", "\ufffd.txt"),
        (".png", "png"),
        ("zero\u200bwidth\u2066.txt", "zerowidth.txt"),
    ],
)
def test_a_name_becomes_that_of_a_file(name: str, safe: str) -> None:
    assert attachments.safe_name(name) == safe
    assert attachments.safe_name(safe) == safe


@pytest.mark.parametrize("mark", ["a", "ü", "漢", "👩‍💻"])
def test_a_long_name_keeps_its_ending(mark: str) -> None:
    safe = attachments.safe_name(mark * 1000 + ".pdf")
    assert safe.endswith(".pdf")
    assert len(safe) <= attachments.NAME_MAX_CHARS
    assert len(safe.encode()) <= 200


def test_names_that_are_free() -> None:
    names = attachments.free_names("a.tar.gz")
    assert [next(names) for _ in range(3)] == ["a.tar.gz", "a.tar (1).gz", "a.tar (2).gz"]
    names = attachments.free_names("README")
    assert [next(names) for _ in range(2)] == ["README", "README (1)"]


def test_there_and_back() -> None:
    body = FileBody((Attachment("a.png", 10, HASH, "image/png", 4, 3),), "Look")
    text = attachments.encode(body)
    assert attachments.decode(text) == body
    assert body.kind == PICTURE
    assert attachments.caption(PICTURE, text) == "Look"
    assert attachments.searched(PICTURE, text) == "Look\na.png"
    assert attachments.summary(PICTURE, text) == "📷 Look"
    assert attachments.searched("text", "words") == attachments.caption("text", "words") == "words"


@pytest.mark.parametrize(
    "body",
    [
        "",
        "null",
        "[]",
        "{",
        "[" * 5000,
        '{"files": [{"name": "a"}]}',
        '{"files": [{"name": "a", "size_bytes": -1}]}',
        '{"files": [{"name": "a", "size_bytes": 1, "sha256": "../.."}]}',
        '{"files": [{"name": "a", "size_bytes": 1, "width": 1e99}]}',
        '{"files": [' + ",".join(['{"name": "a", "size_bytes": 1}'] * 21) + "]}",
        "\ud800",
    ],
)
def test_a_body_that_is_none_is_one_of_no_files(body: str) -> None:
    assert attachments.decode(body) == FileBody()
    assert attachments.summary(FILE, body) == "📎 File"


def test_fields_of_a_later_version_are_passed_over() -> None:
    body = '{"files": [{"name": "a", "size_bytes": 1, "blurred": "x"}], "album": true}'
    assert attachments.decode(body).files == (Attachment("a", 1),)


@pytest.mark.parametrize(
    ("attachment", "picture"),
    [
        (Attachment("a.png", 1, HASH, "image/png", 800, 600), True),
        (Attachment("a.svg", 1, HASH, "image/svg+xml", 800, 600), False),
        (Attachment("a.png", 1, HASH, "image/png"), False),
        (Attachment("a.png", 1, HASH, "image/png", 30_001, 1), False),
        (Attachment("a.png", 1, HASH, "image/png", 30_000, 30_000), False),
    ],
)
def test_what_is_a_picture(attachment: Attachment, picture: bool) -> None:
    assert attachment.is_picture is picture
    assert FileBody((attachment,)).kind == (PICTURE if picture else FILE)


def test_files_in_a_few_words() -> None:
    two = (Attachment("a.pdf", 1), Attachment("b.pdf", 1))
    assert attachments.summary(FILE, attachments.encode(FileBody(two))) == "📎 2 files"
    assert attachments.summary(FILE, attachments.encode(FileBody(two[:1]))) == "📎 a.pdf"


def test_a_caption_is_changed_and_nothing_else() -> None:
    body = '{"files":[{"name":"a.pdf","size_bytes":3,"pages":4}],"mood":"calm","caption":"old"}'
    changed = msgspec.json.decode(attachments.with_words(attachments.FILE, body, "new “one”"))
    assert changed == {**msgspec.json.decode(body), "caption": "new “one”"}
    assert "caption" not in msgspec.json.decode(attachments.with_words(attachments.FILE, body, ""))
    assert attachments.with_words("text", "old", "new") == "new"
    with pytest.raises(ValueError, match="cannot be read"):
        attachments.with_words(attachments.PICTURE, "[]", "new")
