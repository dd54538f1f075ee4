"""The app among the programs of a Linux desktop: desktop file, icon, and the file by which the session bus
starts it. All of them lie below the person's own data folder (XDG Base Directory Specification).
"""

import os
import shlex
import shutil
import subprocess
from collections.abc import Callable, Sequence
from importlib.resources import files
from pathlib import Path

from desktop_chat.desktop.app_id import APP_ID
from desktop_chat.desktop.autostart import exec_word
from desktop_chat.settings import write_durably

_PROGRAM = "desktop-chat"
"""What the files that come along call the program; a packager installs them as they are."""
_TOOL = "update-desktop-database"
_TOOL_WITHIN_S = 60.0


def data_folder() -> Path:
    """Where a person's own programs are registered."""
    told = Path(os.environ.get("XDG_DATA_HOME", ""))
    return told if told.is_absolute() else Path("~/.local/share").expanduser()


def places(data: Path) -> list[Path]:
    """Where each file goes. The desktop file is the last: it leads to the others."""
    return [
        data / "icons" / "hicolor" / "scalable" / "apps" / f"{APP_ID}.svg",
        data / "dbus-1" / "services" / f"{APP_ID}.service",
        data / "applications" / f"{APP_ID}.desktop",
    ]


def install(data: Path, program: Sequence[str]) -> None:
    """Write the files, for the app that ``program`` starts. Raises OSError."""
    resources = files("resources")
    service = resources.joinpath("desktop", f"{APP_ID}.service").read_text("utf-8")
    entry = resources.joinpath("desktop", f"{APP_ID}.desktop").read_text("utf-8")
    contents = (
        resources.joinpath("icons", "desktop-chat.svg").read_bytes(),
        _with_program(service, program, _service_word).encode(),
        _with_program(entry, program, exec_word).encode(),
    )
    for path, content in zip(places(data), contents, strict=True):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_durably(path, content)


def uninstall(data: Path) -> list[Path]:
    """Remove the files; gives those that were there. Raises OSError."""
    removed = []
    for path in reversed(places(data)):
        try:
            path.unlink()
        except (FileNotFoundError, NotADirectoryError):
            continue
        removed.append(path)
    return removed


def update_database(data: Path) -> bool:
    """Have the desktop know which links the app opens; False where nothing here can do that. Raises OSError
    where it fails."""
    tool = shutil.which(_TOOL)
    applications = data / "applications"
    if tool is None or not applications.is_dir():
        return False
    try:
        done = subprocess.run(  # noqa: S603
            [tool, str(applications)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TOOL_WITHIN_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise OSError(f"{_TOOL} does not come to an end") from None
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip()
        raise OSError(f"{_TOOL} failed: {said or done.returncode}")
    return True


def _with_program(template: str, program: Sequence[str], quoted: Callable[[str], str]) -> str:
    command = " ".join(map(quoted, program))
    starts = {f"Exec={_PROGRAM}": f"Exec={command}", f"TryExec={_PROGRAM}": f"TryExec={program[0]}"}
    lines = []
    for line in template.splitlines():
        words = line.split(" ")
        lines.append(" ".join([starts.get(words[0], words[0]), *words[1:]]) + "\n")
    return "".join(lines)


def _service_word(word: str) -> str:
    """One argument of a service file's Exec line (D-Bus Specification, “Message Bus Starting Services”),
    quoted as for a shell. Raises OSError for a backslash, which the buses understand in different ways."""
    exec_word(word)  # refuses what no line can hold
    if "\\" in word:
        raise OSError(f"{word!r} cannot be started by the session bus")
    return shlex.quote(word)
