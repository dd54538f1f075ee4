"""Where a profile's files are."""

import os
import stat
import sys
from pathlib import Path

import pytest

from desktop_chat.paths import ProfileNameError, ProfilePaths


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESKTOP_CHAT_HOME", str(tmp_path / "home"))


def test_everything_of_a_profile_lies_in_its_folder() -> None:
    paths = ProfilePaths("work")
    assert paths.folder.is_dir()
    assert stat.S_IMODE(paths.folder.stat().st_mode) == 0o700
    inside = [paths.settings, paths.log, paths.lock, paths.secrets, paths.hosted_server]
    assert {path.parent for path in inside} == {paths.folder}
    assert len(set(inside)) == len(inside)
    assert ProfilePaths("play").folder != paths.folder


def test_each_account_has_a_cache_of_its_own() -> None:
    paths = ProfilePaths()
    one, two = paths.account_cache("one"), paths.account_cache("two")
    assert one != two
    assert one.parent.is_dir()
    for key in ("", "../x", "a/b", "x" * 65):
        with pytest.raises(ValueError, match="key of an account"):
            paths.account_cache(key)


@pytest.mark.parametrize("name", ["a", "Work", "a-b_c", "7", "x" * 32])
def test_good_names(name: str) -> None:
    assert ProfilePaths(name).folder.name == name


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a b", "-a", "ä", "x" * 33, "a\n", "a\x00"])
def test_bad_names_are_refused_in_words(name: str) -> None:
    with pytest.raises(ProfileNameError, match="cannot be the name of a profile"):
        ProfilePaths(name)


def test_the_socket_fits_the_kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESKTOP_CHAT_HOME", "/tmp/" + "deep/" * 2)
    assert ProfilePaths("a").socket.parent == ProfilePaths("a").folder
    deep = tmp_path / ("deep/" * 30)
    monkeypatch.setenv("DESKTOP_CHAT_HOME", str(deep))
    one, two = ProfilePaths("one").socket, ProfilePaths("two").socket
    assert one != two
    assert one == ProfilePaths("one").socket
    assert len(os.fsencode(one)) <= 100
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(deep))
    assert len(os.fsencode(ProfilePaths("one").socket)) <= 100


def test_without_the_variable_the_platform_decides(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("DESKTOP_CHAT_HOME")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    folder = ProfilePaths().folder
    if sys.platform == "linux":
        assert folder == tmp_path / "data" / "desktop-chat" / "profiles" / "default"
    assert folder.is_dir()
