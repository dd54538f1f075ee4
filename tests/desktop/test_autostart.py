"""Starting at login."""

import os
import plistlib
import re
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings

from desktop_chat.desktop.autostart import (
    LaunchAgent,
    XdgAutostart,
    exec_word,
    for_this_platform,
    start_command,
)


def test_on_and_off_again(tmp_path: Path) -> None:
    path = tmp_path / "autostart" / "desktop-chat.desktop"
    autostart = XdgAutostart(path, ["/opt/my apps/desktop-chat", "--hidden"])
    assert not autostart.enabled()
    autostart.set_enabled(False)
    autostart.set_enabled(True)
    assert autostart.enabled()
    assert 'Exec="/opt/my apps/desktop-chat" --hidden' in path.read_text().splitlines()
    autostart.set_enabled(False)
    assert not autostart.enabled()
    assert not path.exists()


@pytest.mark.parametrize("line", ["Hidden=true", "X-GNOME-Autostart-enabled = false"])
def test_what_the_desktop_turned_off_is_off(tmp_path: Path, line: str) -> None:
    path = tmp_path / "desktop-chat.desktop"
    path.write_text(f"[Desktop Entry]\nType=Application\nExec=desktop-chat\n{line}\n")
    autostart = XdgAutostart(path, ["desktop-chat"])
    assert not autostart.enabled()
    autostart.set_enabled(True)
    assert autostart.enabled()


@pytest.mark.parametrize(
    "word",
    ["plain", "--profile", "", "two words", 'a"b', "a$b`c", "back\\slash", "100%", "umlaut ü", "a;b"],
)
def test_every_word_comes_back(word: str) -> None:
    # A reader first undoes the escapes of a string value, then those within the quotes, then %%.
    value = exec_word(word).replace("\\\\", "\\")
    if value.startswith('"'):
        value = re.sub(r'\\(["`$\\])', r"\1", value[1:-1])
    assert value.replace("%%", "%") == word


def test_a_line_break_cannot_be_slipped_in() -> None:
    with pytest.raises(OSError, match="cannot be started"):
        exec_word("x\nHidden=true")


def test_a_launch_agent(tmp_path: Path) -> None:
    path = tmp_path / "LaunchAgents" / "desktop-chat.plist"
    agent = LaunchAgent(path, "desktop-chat", ["/Applications/x y", "--hidden"])
    agent.set_enabled(True)
    assert agent.enabled()
    written = plistlib.loads(path.read_bytes())
    assert written["ProgramArguments"] == ["/Applications/x y", "--hidden"]
    assert written["RunAtLoad"] is True
    agent.set_enabled(False)
    assert not agent.enabled()


def test_profiles_start_beside_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DESKTOP_CHAT_HOME", raising=False)
    default, work = for_this_platform("default"), for_this_platform("work")
    assert default is not None
    assert work is not None
    work.set_enabled(True)
    folder = Path(os.environ["XDG_CONFIG_HOME"]) / "autostart"
    assert [each.name for each in folder.iterdir()] == ["desktop-chat-work.desktop"]
    assert not default.enabled()
    work.set_enabled(False)
    assert start_command("work")[-3:] == ["--hidden", "--profile", "work"]
    assert start_command("default")[-1] == "--hidden"


def test_a_portable_copy_leaves_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DESKTOP_CHAT_HOME", str(tmp_path))
    assert for_this_platform("default") is None


def test_the_file_is_one_that_others_can_read(tmp_path: Path) -> None:
    path = tmp_path / "x.desktop"
    XdgAutostart(path, ["desktop-chat", "--hidden"]).set_enabled(True)
    entry = QSettings(str(path), QSettings.Format.IniFormat)
    assert entry.value("Desktop Entry/Exec") == "desktop-chat --hidden"
