"""A user name comes from how a person is called, or is one that servers take."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop_chat import language
from desktop_chat.application.signing_in import SigningIn, user_name_from
from desktop_chat.desktop.keyring_store import KeyringStore
from desktop_chat.net.transport import Transport, TransportError
from desktop_chat.services.errors import ClientError
from desktop_chat.settings import SettingsStore
from server.names import check_password, check_user_name
from server.refusal import Refused


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


async def registering(tmp_path: Path, name: str, password: str) -> str:
    """Why an account was not made."""

    async def nobody(address: str) -> Transport:
        raise TransportError("A server was asked.")

    settings, keyring = SettingsStore(tmp_path / "settings.json"), KeyringStore(tmp_path / "secrets", "tests")
    signing_in = SigningIn(settings, keyring, nobody)
    with pytest.raises(ClientError) as refused:
        await signing_in.register("127.0.0.1", name, password)
    return str(refused.value)


@pytest.mark.parametrize("name", ["a", " a ", "x" * 33, "ﷺ" * 2, "ab", "x" * 32, "e\u0301\u0301"])
@pytest.mark.parametrize("password", ["", "1234567", "12345678"])
async def test_what_no_server_takes_is_said_without_one(name: str, password: str, tmp_path: Path) -> None:
    words = "A server was asked."
    try:
        check_user_name(name.strip())
        check_password(password)
    except Refused as refused:
        words = refused.message
    assert await registering(tmp_path, name, password) == words


async def test_what_no_server_takes_is_said_in_the_language(tmp_path: Path) -> None:
    language.use("de")
    said = await registering(tmp_path, "a", "12345678")
    assert said == "Ein Benutzername hat 2 bis 32 Zeichen."
    said = await registering(tmp_path, "ada", "1234567")
    assert said == "Ein Passwort hat mindestens 8 Zeichen."
