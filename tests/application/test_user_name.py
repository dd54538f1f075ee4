"""A user name comes from how a person is called, or is one that servers take."""

from collections.abc import Iterator

import pytest

from desktop_chat import language
from desktop_chat.application.signing_in import user_name_from
from desktop_chat.services.errors import ClientError
from server.names import check_user_name


@pytest.fixture(autouse=True)
def english_again() -> Iterator[None]:
    yield
    language.use(language.SOURCE)


@pytest.mark.parametrize(
    ("name", "user_name"),
    [
        ("Ada Lovelace", "ada.lovelace"),
        ("  Zoë  ", "zoë"),
        ("王小明", "王小明"),
        ("محمد علي", "محمد.علي"),
        ("X", "x.1"),
        ("O'Neil, Pat (lab)", "oneil.pat.lab"),
        ("<b>bold</b>", "bboldb"),
    ],
)
def test_names(name: str, user_name: str) -> None:
    assert user_name_from(name) == user_name
    check_user_name(user_name)


@pytest.mark.parametrize("name", ["", "   ", "!?", "🎉"])
def test_a_name_without_letters_is_refused_in_words(name: str) -> None:
    with pytest.raises(ClientError, match="name"):
        user_name_from(name)


def test_a_very_long_name_fits() -> None:
    check_user_name(user_name_from("Wolfeschlegelsteinhausenbergerdorff " * 4))
