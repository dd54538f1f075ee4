"""Which way a request takes."""

import pytest

from server.request_head import RequestHead, read_head

_UPGRADE = b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade"


@pytest.mark.parametrize(
    "head",
    [
        _UPGRADE,
        _UPGRADE.replace(b"Upgrade: w", b"upgrade:h2c, W"),
        _UPGRADE.replace(b"GET / ", b"GET /?x=1 "),
    ],
)
def test_a_websocket(head: bytes) -> None:
    assert read_head(head) == RequestHead(True)


@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.1\r\nHost: x",
        _UPGRADE.replace(b"GET", b"POST"),
        _UPGRADE.replace(b"GET / ", b"GET /other "),
        _UPGRADE.replace(b"GET / ", b"GET http://x/ "),
        _UPGRADE + b"\r\nOrigin: null",
        _UPGRADE + b"\r\nORIGIN : null",
        b"",
        b"\r\n",
        b"GET",
        b"\xff\xfe \x00",
    ],
)
def test_everything_else(head: bytes) -> None:
    assert not read_head(head).opens_websocket


def test_the_last_of_what_was_forwarded() -> None:
    head = _UPGRADE + b"\r\nX-Forwarded-For: 6.6.6.6\r\nx-forwarded-for:  5.5.5.5, 1.1.1.1 "
    assert read_head(head) == RequestHead(True, "5.5.5.5, 1.1.1.1")


@pytest.mark.parametrize(
    ("line", "is_spoken"),
    [
        (b"GET / HTTP/1.1", True),
        (b"GET / HTTP/1.0", True),
        (b"GET / HTTP/2.0", False),
        (b"PRI * HTTP/2.0", False),
        (b"GET / HTTP/0.9", False),
        (b"GET /", True),
        (b"GET / HTTP/1.1 x", True),
    ],
)
def test_versions_that_are_not_spoken_are_seen_at_the_door(line: bytes, is_spoken: bool) -> None:
    assert read_head(line).is_spoken is is_spoken
