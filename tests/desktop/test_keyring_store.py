"""Where secrets go: a keyring that works, one that refuses, one that hangs, none at all."""

import asyncio
import json
import logging
import stat
import sys
from pathlib import Path

import pytest

from desktop_chat.desktop.keyring_store import (
    IN_FILE,
    IN_KEYRING,
    KeyringStore,
    SecretUnavailableError,
)

# A stand-in for the helper process, which keeps secrets in the folder it is given.
_WORKING = """
import pathlib, sys
folder, action, service, name = sys.argv[1:]
file = pathlib.Path(folder, (service + "/" + name).replace("/", "."))
if action == "set":
    file.write_text(sys.stdin.read())
elif not file.exists():
    sys.exit(4)
elif action == "get":
    sys.stdout.write(file.read_text())
else:
    file.unlink()
"""
_REFUSING = "import sys; sys.stderr.write('first\\nLocked: the keyring is locked\\n'); sys.exit(5)"
_HANGING = "import signal; signal.pause()"


def store(path: Path, source: str, *arguments: str, answer_within_s: float = 60) -> KeyringStore:
    return KeyringStore(
        path / "secrets.json", "work", [sys.executable, "-c", source, *arguments], answer_within_s
    )


async def test_a_keyring_that_works(tmp_path: Path) -> None:
    secrets = store(tmp_path, _WORKING, str(tmp_path))
    assert await secrets.get("ada") is None
    assert await secrets.set("ada", "tökén") == IN_KEYRING
    assert await store(tmp_path, _WORKING, str(tmp_path)).get("ada") == "tökén"
    assert (tmp_path / "desktop-chat.work.ada").read_text() == "tökén"
    assert "tökén" not in (tmp_path / "secrets.json").read_text()
    await secrets.delete("ada")
    await secrets.delete("ada")
    assert await secrets.get("ada") is None
    assert not (tmp_path / "desktop-chat.work.ada").exists()


@pytest.mark.parametrize(
    ("source", "answer_within_s"), [(_REFUSING, 60), (_HANGING, 0.05), ("raise SystemExit(3)", 60)]
)
async def test_a_keyring_that_does_not_take_it(tmp_path: Path, source: str, answer_within_s: float) -> None:
    secrets = store(tmp_path, source, answer_within_s=answer_within_s)
    assert await secrets.set("ada", "token") == IN_FILE
    assert await secrets.get("ada") == "token"
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600
    await secrets.delete("ada")
    assert await secrets.get("ada") is None
    assert "token" not in (tmp_path / "secrets.json").read_text()


async def test_no_helper_at_all(tmp_path: Path) -> None:
    secrets = KeyringStore(tmp_path / "secrets.json", "work", [str(tmp_path / "nothing")])
    assert await secrets.set("ada", "token") == IN_FILE
    assert await secrets.get("ada") == "token"


async def test_a_secret_that_the_keyring_holds_back_is_said(tmp_path: Path) -> None:
    await store(tmp_path, _WORKING, str(tmp_path)).set("ada", "token")
    with pytest.raises(SecretUnavailableError, match="Locked: the keyring is locked"):
        await store(tmp_path, _REFUSING).get("ada")
    with pytest.raises(SecretUnavailableError, match=r"no answer within 0\.05 seconds"):
        await store(tmp_path, _HANGING, answer_within_s=0.05).get("ada")
    assert await store(tmp_path, _WORKING, str(tmp_path)).get("ada") == "token"


async def test_a_secret_that_the_keyring_lost_is_none(tmp_path: Path) -> None:
    secrets = store(tmp_path, _WORKING, str(tmp_path))
    await secrets.set("ada", "token")
    (tmp_path / "desktop-chat.work.ada").unlink()
    assert await secrets.get("ada") is None


async def test_nothing_kept_asks_no_keyring(tmp_path: Path) -> None:
    assert await store(tmp_path, _HANGING).get("ada") is None


async def test_many_at_once_are_all_kept(tmp_path: Path) -> None:
    secrets = KeyringStore(tmp_path / "secrets.json", "work", [str(tmp_path / "nothing")])
    await asyncio.gather(*(secrets.set(f"account{n}", f"token{n}") for n in range(8)))
    assert [await secrets.get(f"account{n}") for n in range(8)] == [f"token{n}" for n in range(8)]


async def test_a_broken_file_is_said_and_written_anew(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "secrets.json").write_text("{broken")
    secrets = KeyringStore(tmp_path / "secrets.json", "work", [str(tmp_path / "nothing")])
    with caplog.at_level(logging.WARNING, logger="desktop_chat.desktop.keyring_store"):
        assert await secrets.get("ada") is None
        await secrets.set("ada", "token")
    assert "could not be read" in caplog.text
    assert await secrets.get("ada") == "token"


_BACKEND = """
import json, pathlib
from keyring.backend import KeyringBackend
from keyring.errors import PasswordDeleteError

class FileKeyring(KeyringBackend):
    priority = 1
    path = pathlib.Path(__file__).with_name("kept.json")

    def _all(self):
        return json.loads(self.path.read_text()) if self.path.exists() else {}

    def get_password(self, service, name):
        return self._all().get(service + "|" + name)

    def set_password(self, service, name, secret):
        self.path.write_text(json.dumps({**self._all(), service + "|" + name: secret}))

    def delete_password(self, service, name):
        kept = self._all()
        if service + "|" + name not in kept:
            raise PasswordDeleteError("not there")
        del kept[service + "|" + name]
        self.path.write_text(json.dumps(kept))
"""


async def test_the_real_helper_speaks_to_the_keyring_library(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file_keyring.py").write_text(_BACKEND)
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{Path.cwd()}")
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "file_keyring.FileKeyring")
    secrets = KeyringStore(tmp_path / "secrets.json", "work")
    assert await secrets.set("ada", "töken\n") == IN_KEYRING
    assert json.loads((tmp_path / "kept.json").read_text()) == {"desktop-chat|work/ada": "töken\n"}
    assert await secrets.get("ada") == "töken\n"
    await secrets.delete("ada")
    assert json.loads((tmp_path / "kept.json").read_text()) == {}


async def test_the_real_helper_without_a_keyring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    secrets = KeyringStore(tmp_path / "secrets.json", "work")
    assert await secrets.set("ada", "token") == IN_FILE
    assert await secrets.get("ada") == "token"
