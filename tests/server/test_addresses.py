"""Whom a connection counts for."""

import pytest

from server.addresses import client_address, is_loopback


@pytest.mark.parametrize(
    ("forwarded", "address"),
    [
        (None, "10.0.0.1"),
        ("1.1.1.1", "1.1.1.1"),
        ("6.6.6.6, 1.1.1.1", "1.1.1.1"),
        ("6.6.6.6,1.1.1.1 ", "1.1.1.1"),
        ("", "10.0.0.1"),
        ("1.1.1.1,", "10.0.0.1"),
        ("x" * 100, "x" * 64),
    ],
)
def test_only_the_proxys_own_word_counts(forwarded: str | None, address: str) -> None:
    assert client_address("10.0.0.1", forwarded) == address


def test_loopback() -> None:
    assert [is_loopback(each) for each in ("localhost", "127.8.0.1", "::1")] == [True] * 3
    assert [is_loopback(each) for each in ("0.0.0.0", "::", "10.0.0.1", "example.org", "")] == [False] * 5
