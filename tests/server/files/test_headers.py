"""What is read from headers, and what is refused."""

import base64

import pytest

from desktop_chat.protocol.errors import ErrorCode
from server.actions.files import NewFile
from server.files import headers
from server.refusal import Refused

CLIENT_ID, SHA256 = "0" * 31 + "a", "0" * 63 + "b"


def metadata(**values: str) -> str:
    return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in values.items())


def test_a_new_file() -> None:
    given = metadata(client_id=CLIENT_ID, sha256=SHA256, other="ignored")
    wanted = NewFile(CLIENT_ID, 12, bytes.fromhex(SHA256))
    assert headers.new_file("12", given) == wanted
    assert headers.new_file("12", f"filename, is_confidential ,bad %%%,{given}") == wanted


@pytest.mark.parametrize(
    ("length", "given"),
    [
        (None, metadata(client_id=CLIENT_ID, sha256=SHA256)),
        ("-1", metadata(client_id=CLIENT_ID, sha256=SHA256)),
        ("1e3", metadata(client_id=CLIENT_ID, sha256=SHA256)),
        ("\u0661", metadata(client_id=CLIENT_ID, sha256=SHA256)),
        ("9" * 17, metadata(client_id=CLIENT_ID, sha256=SHA256)),
        ("1", None),
        ("1", metadata(client_id=CLIENT_ID)),
        ("1", metadata(client_id=CLIENT_ID, sha256=SHA256.upper())),
        ("1", metadata(client_id="../" + CLIENT_ID[3:], sha256=SHA256)),
        ("1", metadata(client_id=CLIENT_ID + "\n", sha256=SHA256)),
        ("1", f"client_id {CLIENT_ID},sha256 {SHA256}"),
    ],
)
def test_what_is_no_file_is_refused(length: str | None, given: str | None) -> None:
    with pytest.raises(Refused) as refused:
        headers.new_file(length, given)
    assert refused.value.code is ErrorCode.BAD_REQUEST


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (None, None),
        ("bytes=0-", (0, 10)),
        ("bytes=3-", (3, 10)),
        ("bytes=3-3", (3, 4)),
        ("BYTES=3-99", (3, 10)),
        ("bytes=-4", (6, 10)),
        ("bytes=-99", (0, 10)),
        ("bytes=0-1,4-5", None),
        ("bytes=5-3", None),
        ("bytes=-", None),
        ("lines=1-2", None),
        ("bytes=x-2", None),
    ],
)
def test_ranges(text: str | None, wanted: tuple[int, int] | None) -> None:
    assert headers.wanted_range(text, 10) == wanted


@pytest.mark.parametrize("text", ["bytes=10-", "bytes=11-20", "bytes=-0"])
def test_ranges_behind_the_end(text: str) -> None:
    with pytest.raises(headers.Unsatisfiable):
        headers.wanted_range(text, 10)


@pytest.mark.parametrize(
    ("text", "is_one"), [("0" * 32, True), ("0" * 31, False), ("A" * 32, False), ("../" + "0" * 29, False)]
)
def test_file_ids(text: str, is_one: bool) -> None:
    assert headers.is_file_id(text) is is_one
