"""Starting at login, hidden in the tray, by each platform's own means and nothing else.

Linux: a file in the autostart folder (Desktop Application Autostart Specification). macOS: a launch agent
(launchd.plist(5)). Windows: a value of the user's Run key. What is there is the truth, not the app's
settings: the desktop's own tools may change it.
"""

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from desktop_chat.desktop.app_id import APP_ID
from desktop_chat.language import tr
from desktop_chat.paths import DEFAULT_PROFILE, HOME_VARIABLE
from desktop_chat.settings import write_durably

_NAME = "desktop-chat"
_RESERVED = re.compile(r"""[^A-Za-z0-9_./=:@,+-]""")
_ESCAPED = re.compile(r'["`$\\]')
_OFF = re.compile(
    r"^(Hidden\s*=\s*true|X-GNOME-Autostart-enabled\s*=\s*false)\s*$", re.MULTILINE | re.IGNORECASE
)


class Autostart(Protocol):
    """Whether this profile's app starts when its person signs in to the computer."""

    def enabled(self) -> bool:
        """Whether it does. Raises OSError."""

    def set_enabled(self, on: bool) -> None:
        """Have it start, or not. Raises OSError."""


def for_this_platform(profile: str) -> Autostart | None:
    """This platform's way; None where there is none, and for a portable copy, which leaves nothing on the
    computer it is on."""
    if HOME_VARIABLE in os.environ:
        return None
    command = start_command(profile)
    name = _NAME if profile == DEFAULT_PROFILE else f"{_NAME}-{profile}"
    if sys.platform == "linux":
        folder = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
        return XdgAutostart(Path(folder).expanduser() / "autostart" / f"{name}.desktop", command)
    if sys.platform == "darwin":
        folder = "~/Library/LaunchAgents"
        return LaunchAgent(Path(folder).expanduser() / f"{name}.plist", name, command)
    if sys.platform == "win32":
        return RunKey(name, command)
    return None


def start_command(profile: str) -> list[str]:
    """What starts this app, hidden, with a profile."""
    return [*program(), "--hidden", *(["--profile", profile] if profile != DEFAULT_PROFILE else [])]


def program() -> list[str]:
    """What starts this very installation of the app."""
    script = Path(sys.executable).with_name(_NAME + (".exe" if sys.platform == "win32" else ""))
    if getattr(sys, "frozen", False):
        return [sys.executable]
    if script.exists():
        return [str(script)]
    return [sys.executable, "-m", "desktop_chat"]


class XdgAutostart:
    """See ``Autostart``."""

    def __init__(self, path: Path, command: Sequence[str]) -> None:
        self._path = path
        self._command = command

    def enabled(self) -> bool:
        """See ``Autostart.enabled``."""
        try:
            return not _OFF.search(self._path.read_text(encoding="utf-8", errors="replace"))
        except FileNotFoundError:
            return False

    def set_enabled(self, on: bool) -> None:
        """See ``Autostart.set_enabled``."""
        if not on:
            self._path.unlink(missing_ok=True)
            return
        lines = (
            "[Desktop Entry]",
            "Type=Application",
            f"Name={_NAME}",
            "Comment=The messenger you own",
            f"Exec={' '.join(map(exec_word, self._command))}",
            f"Icon={APP_ID}",
            "Terminal=false",
            "StartupNotify=false",
            "X-GNOME-Autostart-enabled=true",
        )
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_durably(self._path, ("\n".join(lines) + "\n").encode())


def exec_word(word: str) -> str:
    """One argument of an Exec line (Desktop Entry Specification, “The Exec key”): quoted where it has to be,
    then escaped as a string value of the file. Raises OSError for one that no line can hold."""
    if any(ord(mark) < 0x20 or "\ud800" <= mark <= "\udfff" for mark in word):
        raise OSError(tr("{command} cannot be started by the desktop", command=repr(word)))
    word = word.replace("%", "%%")
    if word and not _RESERVED.search(word.replace("%%", "")):
        return word
    return '"' + _ESCAPED.sub(r"\\\g<0>", word).replace("\\", "\\\\") + '"'


class LaunchAgent:
    """See ``Autostart``."""

    def __init__(self, path: Path, label: str, command: Sequence[str]) -> None:
        self._path = path
        self._label = label
        self._command = command

    def enabled(self) -> bool:
        """See ``Autostart.enabled``."""
        return self._path.exists()

    def set_enabled(self, on: bool) -> None:
        """See ``Autostart.set_enabled``."""
        if not on:
            self._path.unlink(missing_ok=True)
            return
        import plistlib

        agent = {
            "Label": self._label,
            "ProgramArguments": list(self._command),
            "RunAtLoad": True,
            "ProcessType": "Interactive",
        }
        self._path.parent.mkdir(parents=True, exist_ok=True)
        write_durably(self._path, plistlib.dumps(agent))


if sys.platform == "win32":
    import winreg

    _RUN = r"Software\Microsoft\Windows\CurrentVersion\Run"

    class RunKey:
        """See ``Autostart``."""

        def __init__(self, name: str, command: Sequence[str]) -> None:
            self._name = name
            self._command = command

        def enabled(self) -> bool:
            """See ``Autostart.enabled``."""
            try:
                with winreg.OpenKey(winreg.HKEY_CURRENT_USER, _RUN) as key:
                    winreg.QueryValueEx(key, self._name)
            except FileNotFoundError:
                return False
            return True

        def set_enabled(self, on: bool) -> None:
            """See ``Autostart.set_enabled``."""
            with winreg.CreateKey(winreg.HKEY_CURRENT_USER, _RUN) as key:
                if on:
                    line = subprocess.list2cmdline(self._command)
                    winreg.SetValueEx(key, self._name, 0, winreg.REG_SZ, line)
                    return
                try:
                    winreg.DeleteValue(key, self._name)
                except FileNotFoundError:
                    return
