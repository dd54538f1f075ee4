"""What people may be called."""

import pytest

from desktop_chat.protocol.errors import ErrorCode
from server.names import check_display_name, check_password, check_user_name, fold
from server.refusal import Refused


@pytest.mark.parametrize(
    ("text", "kept", "key"),
    [
        ("Ada", "Ada", "ada"),
        ("\uff21da", "Ada", "ada"),
        ("Stra\u00dfe", "Stra\u00dfe", "strasse"),
        ("\u738b\u82b3", "\u738b\u82b3", "\u738b\u82b3"),
        ("\u0e17\u0e35\u0e48", "\u0e17\u0e35\u0e48", "\u0e17\u0e35\u0e48"),
        ("a.b_c-9", "a.b_c-9", "a.b_c-9"),
        ("\u0438\u0432\u0430\u043d-1", "\u0438\u0432\u0430\u043d-1", "\u0438\u0432\u0430\u043d-1"),
        ("ken\u738b", "ken\u738b", "ken\u738b"),
        ("admin2", "admin2", "admin2"),
    ],
)
def test_user_names_that_are_taken(text: str, kept: str, key: str) -> None:
    assert check_user_name(text) == (kept, key)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "a" * 33,
        "a b",
        " ab",
        "a\n",
        "a@b",
        "\u202eab",
        "a\u200db",
        "..",
        "-_",
        "\U0001f642\U0001f642",
        "\u3164\u3164",
        "ada\u115f",
        "ada\ufe0f",
        "\u0430da",
        "ad\u03b1",
        "\u0430\u03b1",
        "Admin",
        "\uff53erver",
    ],
)
def test_user_names_that_are_refused(text: str) -> None:
    with pytest.raises(Refused) as refused:
        check_user_name(text)
    assert refused.value.code is ErrorCode.INVALID_NAME


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("  Ada Lovelace ", "Ada Lovelace"),
        ("", ""),
        ("\u200d", ""),
        ("\u3164\u115f\u1160", ""),
        ("\u2800 \u2800", ""),
        ("\ufe0f", ""),
        ("a\u3164", "a\u3164"),
        ("\U0001f469\u200d\U0001f680", "\U0001f469\u200d\U0001f680"),
    ],
)
def test_display_names_that_are_taken(text: str, kept: str) -> None:
    assert check_display_name(text) == kept


@pytest.mark.parametrize("text", ["a\nb", "a\x00", "a\u202eb", "a\u2066b", "a\u200fb", "a\u2028b", "x" * 65])
def test_display_names_that_are_refused(text: str) -> None:
    with pytest.raises(Refused) as refused:
        check_display_name(text)
    assert refused.value.code is ErrorCode.INVALID_NAME


def test_passwords() -> None:
    check_password("x" * 8)
    with pytest.raises(Refused) as refused:
        check_password("x" * 7)
    assert refused.value.code is ErrorCode.WEAK_PASSWORD


def test_folding_is_stable() -> None:
    for text in ("\u0130stanbul", "\ufb03", "\u1e9e", "\u03a3\u03c2"):
        assert fold(fold(text)) == fold(text)
