"""What a row says of its files."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from desktop_chat.core import attachments
from desktop_chat.core.attachments import Attachment, FileBody
from desktop_chat.core.models import ConnectionPhase, ConnectionState, Extra, Message, SendState
from desktop_chat.core.transfers import Transfer, TransferPhase
from desktop_chat.services.transfers import Transfers
from desktop_chat.viewmodels import timeline_rows, wording
from desktop_chat.viewmodels.attached_files import AttachedFile, attached_files
from desktop_chat.viewmodels.file_actions import opens
from desktop_chat.viewmodels.picked_files import PickedFiles
from tests.viewmodels.engine import ScriptedEngine

HASH = "ab" * 32
FILE_ID, UPLOAD_ID = "1" * 32, "2" * 32


def engine() -> ScriptedEngine:
    made = ScriptedEngine()
    made.transfers = Transfers(lambda change: None)  # type: ignore[attr-defined]
    return made


def message(
    *files: Attachment, caption: str = "", extra: Extra | None = None, seq: int | None = 1
) -> Message:
    body = FileBody(files, caption)
    return Message(
        1,
        1,
        "c" * 32,
        2,
        0,
        body.kind,
        attachments.encode(body),
        seq,
        extra=extra or Extra(file_ids=(FILE_ID,)),
    )


def only(of: Message, client: ScriptedEngine) -> AttachedFile:
    [file] = attached_files(of, client)  # type: ignore[arg-type]
    return file


@pytest.mark.parametrize(
    ("size_bytes", "words"),
    [
        (1, "1 byte"),
        (999, "999 bytes"),
        (18_200, "18 KB"),
        (2_140_000, "2.1 MB"),
        (14_000_000, "14 MB"),
        (148_400_000, "148 MB"),
        (2**31, "2.1 GB"),
    ],
)
def test_sizes_in_words(size_bytes: int, words: str) -> None:
    assert wording.size(size_bytes) == words


def test_what_stands_below_a_name() -> None:
    client, of = engine(), message(Attachment("a.pdf", 14_000_000, HASH))
    assert only(of, client).words == "14 MB"
    assert not only(of, client).here
    for phase, words in (
        (TransferPhase.RUNNING, "2.1 of 14 MB"),
        (TransferPhase.PAUSED, "Paused · 2.1 of 14 MB"),
        (TransferPhase.WAITING, "Waiting · 14 MB"),
    ):
        client.transfers.put(Transfer(FILE_ID, phase, 2_100_000, 14_000_000))  # type: ignore[attr-defined]
        assert only(of, client).words == words
        assert only(of, client).share == 0.15
    client.transfers.move(FILE_ID, TransferPhase.FAILED, "The disk is full.")  # type: ignore[attr-defined]
    assert only(of, client).words == "The disk is full."
    client.transfers.whole(FILE_ID, "/tmp/a.pdf", 14_000_000)  # type: ignore[attr-defined]
    assert only(of, client).here
    assert only(of, client).words == "14 MB"


def test_nothing_runs_without_a_connection() -> None:
    client, of = engine(), message(Attachment("a.pdf", 100, HASH))
    client.transfers.went(FILE_ID, 10, 100)  # type: ignore[attr-defined]
    client.connection_state = ConnectionState(ConnectionPhase.OFFLINE)
    assert only(of, client).phase is TransferPhase.WAITING


def test_an_echo_shows_its_uploads() -> None:
    client = engine()
    of = replace(
        message(Attachment("a.pdf", 100), extra=Extra(upload_ids=(UPLOAD_ID,)), seq=None),
        state=SendState.PENDING,
    )
    file = only(of, client)
    assert (file.key, file.sending) == (UPLOAD_ID, True)
    assert file.moving, "after a start it waits, even before anybody has looked"


def test_a_name_from_somebody_is_plain_and_safe() -> None:
    file = only(message(Attachment("../..\\photo\u202egnp.exe\n", 100, HASH)), engine())
    assert file.name == "photognp.exe"


def test_more_descriptions_than_files_and_the_other_way_round() -> None:
    two = (Attachment("a", 1, HASH), Attachment("b", 1, HASH))
    assert len(attached_files(message(*two), engine())) == 1  # type: ignore[arg-type]
    more = Extra(file_ids=(FILE_ID, "3" * 32))
    assert len(attached_files(message(two[0], extra=more), engine())) == 1  # type: ignore[arg-type]
    broken = replace(message(), body="{")
    assert attached_files(broken, engine()) == ()  # type: ignore[arg-type]
    assert "cannot be read" in timeline_rows.shown_text(broken).text
    unnamed = replace(message(two[0]), extra=None)
    assert attached_files(unnamed, engine()) == ()  # type: ignore[arg-type]
    assert "cannot be read" in timeline_rows.shown_text(unnamed).text


def test_it_is_spoken_and_quoted() -> None:
    picture = Attachment("lake.png", 900_000, HASH, "image/png", 1600, 1000)
    file = only(message(picture), engine())
    assert file.spoken == "Photo lake.png, 1,600 by 1,000, 900 KB"
    assert timeline_rows.quoted_text(message(picture)) == "📷 Photo"
    assert timeline_rows.quoted_text(message(picture, caption="The *lake*")) == "📷 The lake"
    assert timeline_rows.shown_text(message(picture, caption="The *lake*")).text == "The lake"


@pytest.mark.parametrize(
    "ending",
    [
        *("exe", "EXE", "desktop", "sh", "py", "svg", "html", "shtml", "jnlp", "msix", "appx"),
        *("docm", "xlsm", "terminal", "inetloc", "webloc", "url", "new"),
    ],
)
def test_what_a_system_might_run_is_not_opened(ending: str) -> None:
    assert not opens(f"a.{ending}")
    assert not opens(f"a.pdf.{ending}")


@pytest.mark.parametrize("name", ["pdf", "a", "a.", "a.pdf ", "a.pdf."])
def test_what_has_no_ending_is_not_opened(name: str) -> None:
    assert not opens(name)


@pytest.mark.parametrize("name", ["a.pdf", "A.PDF", "a.txt", "a.exe.png", "a.docx", "a.tar.gz", "a.mp4"])
def test_what_is_opened(name: str) -> None:
    assert opens(name)


def test_what_can_be_picked(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "empty").touch()
    for number in range(22):
        (tmp_path / f"{number}.txt").write_text("x")
    picked = PickedFiles()
    assert "“folder” is a folder" in picked.add([tmp_path / "folder"])
    assert "“empty” is empty" in picked.add([tmp_path / "empty"])
    assert "“none” cannot be read" in picked.add([tmp_path / "none"])
    words = picked.add([tmp_path / "folder"] * 500)
    assert words.count("is a folder") == 3
    assert words.endswith("497 more cannot be sent either.")
    assert picked.files == []
    assert picked.add([tmp_path / "0.txt", tmp_path / "0.txt"]) == ""
    assert picked.title == "Send file"
    assert picked.files[0].media_type == "text/plain"
    words = picked.add(tmp_path / f"{number}.txt" for number in range(22))
    assert "20 files fit in one message; 2 files were left out" in words
    assert picked.title == "Send 20 files"
    picked.remove(tmp_path / "3.txt")
    assert len(picked.files) == 19
