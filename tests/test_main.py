"""The command line, before any window."""

import asyncio
import sys
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from desktop_chat.desktop.instance_messages import Failed, OpenLink, Raise
from desktop_chat.desktop.instance_talk import Talk
from desktop_chat.desktop.single_instance import SingleInstance
from desktop_chat.main import main
from desktop_chat.paths import ProfilePaths


@pytest.mark.parametrize("name", ["", "../escape", "a b", "ä", "x" * 40])
def test_a_name_that_is_no_profile_is_refused_in_words(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--profile", name]) == 2
    assert "cannot be the name of a profile" in capsys.readouterr().err


def test_a_folder_that_cannot_be_used_is_said_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("DESKTOP_CHAT_HOME", str(tmp_path / "file"))
    assert main([]) == 2
    assert "desktop-chat: " in capsys.readouterr().err


def test_help_and_version_end_well(capsys: pytest.CaptureFixture[str]) -> None:
    for argument in ("--help", "--version"):
        with pytest.raises(SystemExit) as ended:
            main([argument])
        assert ended.value.code == 0
    assert "--profile" in capsys.readouterr().out


def test_an_action_goes_with_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--action", "new-conversation", "desktop-chat://conversation/1"])
    assert ended.value.code == 2
    assert "goes with neither" in capsys.readouterr().err


async def test_who_comes_while_the_app_ends_takes_its_place(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DESKTOP_CHAT_HOME", str(tmp_path))
    paths = ProfilePaths("tests")
    ending, asked = SingleInstance(paths.lock, paths.socket), asyncio.Event()

    def end(request: OpenLink, talk: Talk) -> None:
        talk.close(Failed("The app is just ending."))
        asked.set()

    ending.asked.connect(end)
    assert ending.claim()
    arguments = ("-m", "desktop_chat", "--profile", "tests", "desktop-chat://conversation/1")
    process = await asyncio.create_subprocess_exec(sys.executable, *arguments)
    try:
        await asked.wait()
        ending.release()
        later = SingleInstance(paths.lock, paths.socket)
        # Who is first answers that it has come forward.
        assert await asyncio.to_thread(later.tell_other, Raise())
    finally:
        process.kill()
        await process.wait()
        ending.deleteLater()
