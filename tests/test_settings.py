"""The settings file: durable, private, tolerant."""

import json
import logging
import os
import stat
from pathlib import Path

import msgspec
import pytest

from desktop_chat import settings as module
from desktop_chat.settings import Account, Settings, SettingsStore


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    store = SettingsStore(tmp_path / "settings.json")
    assert store.current == Settings()
    assert not (tmp_path / "settings.json").exists()


def test_a_change_is_on_disk_at_once_and_private(tmp_path: Path) -> None:
    path = tmp_path / "profile" / "settings.json"
    store = SettingsStore(path)
    assert store.update(theme="dark", splitter_sizes=[320, 700]) == store.current
    assert SettingsStore(path).current == Settings(theme="dark", splitter_sizes=[320, 700])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert os.listdir(path.parent) == ["settings.json"]


def test_no_change_writes_nothing(tmp_path: Path) -> None:
    SettingsStore(tmp_path / "settings.json").update(theme="system")
    assert os.listdir(tmp_path) == []


def test_fields_of_a_newer_version_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text('{"theme": "light", "text_size": 17}')
    store = SettingsStore(path)
    assert store.current.theme == "light"
    store.update(theme="dark")
    written = json.loads(path.read_text())
    assert written["text_size"] == 17
    assert written["theme"] == "dark"


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"null", b'{"theme": "pink"}', b'{"notifications": 1}', b"\xff\x00", b"{}x"]
)
def test_a_broken_file_is_moved_aside(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, content: bytes
) -> None:
    path = tmp_path / "settings.json"
    path.write_bytes(content)
    with caplog.at_level(logging.WARNING, logger="desktop_chat.settings"):
        store = SettingsStore(path)
    assert "settings.json.broken" in caplog.text
    assert store.current == Settings()
    assert (tmp_path / "settings.json.broken").read_bytes() == content
    store.update(theme="dark")
    assert SettingsStore(path).current.theme == "dark"


def test_what_is_no_setting_is_refused(tmp_path: Path) -> None:
    store = SettingsStore(tmp_path / "settings.json")
    with pytest.raises(TypeError, match="colour"):
        store.update(colour="red")
    with pytest.raises(msgspec.ValidationError):
        store.update(theme="pink")
    assert store.current == Settings()


def test_a_write_that_fails_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "settings.json"
    store = SettingsStore(path)
    store.update(theme="light")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module.os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        store.update(theme="dark")
    assert store.current.theme == "light"
    assert SettingsStore(path).current.theme == "light"
    assert os.listdir(tmp_path) == ["settings.json"]


def test_the_one_account_of_an_older_version_is_the_first_of_several(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    old = {"server_address": "ws://127.0.0.1:1/", "hosted": True, "user_name": "ada", "user_id": 7}
    path.write_text(json.dumps({**old, "account": "7-abc", "window_geometry": "AAAA"}))
    store = SettingsStore(path)
    account = Account("7-abc", "ws://127.0.0.1:1/", 7, "ada", hosted=True)
    assert store.current.shown == account
    store.update(theme="dark")
    assert "user_id" not in json.loads(path.read_text())
    assert SettingsStore(path).current.accounts == [account]


def test_an_account_that_comes_again_takes_its_own_place() -> None:
    ada, bob = Account("a", "ws://127.0.0.1:1/", 1, "ada"), Account("b", "ws://127.0.0.1:1/", 2, "bob")
    settings = Settings(accounts=[ada, bob])
    moved = Account("a", "ws://127.0.0.1:2/", 1, "ada")
    assert settings.with_account(moved) == [moved, bob]
    assert Settings(accounts=[ada]).with_account(bob) == [ada, bob]
