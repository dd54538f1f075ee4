"""By what a server is known again, and what is kept of it."""

from pathlib import Path

import pytest

from desktop_chat.net.pinning import KnownServers, expected_fingerprint, trusted_digest

_ONE, _OTHER = "1" * 64, "a" * 64


def test_what_is_pinned_is_known_by_every_later_run(tmp_path: Path) -> None:
    path = tmp_path / "known-servers.json"
    known = KnownServers(path)
    assert known.pinned("chat.lab:8765") is None
    known.pin("chat.lab:8765", _ONE)
    known.pin("[::1]:1", _OTHER)
    known.pin("chat.lab:8765", _OTHER)
    again = KnownServers(path)
    assert [again.pinned(each) for each in ("chat.lab:8765", "[::1]:1", "chat.lab:1")] == [
        _OTHER,
        _OTHER,
        None,
    ]
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b'{"a":1}', b"\xff"])
def test_a_list_that_makes_no_sense_is_not_taken_for_an_empty_one(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "known-servers.json"
    path.write_bytes(content)
    known = KnownServers(path)
    with pytest.raises(ValueError, match="known-servers"):
        known.pinned("chat.lab:8765")
    with pytest.raises(ValueError, match="known-servers"):
        known.pin("chat.lab:8765", _ONE)
    assert path.read_bytes() == content


def test_a_fingerprint_in_an_address() -> None:
    assert expected_fingerprint("") == ""
    assert expected_fingerprint(f"SHA256={_OTHER.upper()}") == _OTHER
    for wrong in ("sha256=", f"sha256={_ONE}1", f"md5={_ONE}", _ONE):
        with pytest.raises(ValueError, match="fingerprint"):
            expected_fingerprint(wrong)


def test_a_server_is_trusted_by_its_address_else_by_its_pin(tmp_path: Path) -> None:
    known = KnownServers(tmp_path / "known-servers.json")
    known.pin("chat.lab:8765", _ONE)
    known.pin("[::1]:1", _OTHER)
    assert trusted_digest("wss://chat.lab:8765/", known) == bytes.fromhex(_ONE)
    assert trusted_digest("wss://[::1]:1/", known) == bytes.fromhex(_OTHER)
    assert trusted_digest(f"wss://chat.lab:8765/#sha256={_OTHER}", known) == bytes.fromhex(_OTHER)
    assert trusted_digest("wss://elsewhere:8765/", known) is None
