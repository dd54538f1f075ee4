"""The commands that put the app into the desktop's menu, and take it out again."""

import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path

from desktop_chat.commands.finding import CommandError
from desktop_chat.desktop import autostart, desktop_entry
from desktop_chat.paths import HOME_VARIABLE

Say = Callable[[str], object]
Complain = Callable[[str], int]
"""Says what went wrong, and gives the exit code for it."""


def install(say: Say, complain: Complain) -> int:
    """Write the files and say where they are. Returns the exit code; raises CommandError."""
    _check_platform()
    if HOME_VARIABLE in os.environ:
        raise CommandError(
            f"This is a portable copy ({HOME_VARIABLE} is set): it leaves nothing on a computer."
        )
    data = desktop_entry.data_folder()
    try:
        desktop_entry.install(data, autostart.program())
    except OSError as error:
        raise CommandError(f"The files cannot be written: {_said(error)}.") from None
    for path in desktop_entry.places(data):
        say(f"Written: {path}")
    code, told = _tell_desktop(data, complain)
    if not code and not told:
        complain("update-desktop-database is not installed: links follow once the desktop looks again.")
    return code


def uninstall(say: Say, complain: Complain) -> int:
    """Remove the files and say which. Returns the exit code; raises CommandError."""
    _check_platform()
    data = desktop_entry.data_folder()
    try:
        removed = desktop_entry.uninstall(data)
    except OSError as error:
        raise CommandError(f"The files cannot be removed: {_said(error)}.") from None
    for path in removed:
        say(f"Removed: {path}")
    if not removed:
        say("There was nothing to remove.")
        return 0
    return _tell_desktop(data, complain)[0]


def _said(error: OSError) -> str:
    return f"{error.strerror} ({error.filename})" if error.strerror and error.filename else str(error)


def _check_platform() -> None:
    if sys.platform != "linux":
        raise CommandError("Only desktops on Linux take programs in this way.")


def _tell_desktop(data: Path, complain: Complain) -> tuple[int, bool]:
    """The exit code, and whether the desktop knows of its links."""
    if os.environ.get("DBUS_SESSION_BUS_ADDRESS"):
        from desktop_chat.desktop.bus_name import reload_services

        asyncio.run(reload_services())
    try:
        told = desktop_entry.update_database(data)
    except OSError as error:
        return complain(f"The files are in order, but links may not follow them yet: {error}."), False
    return 0, told
