"""Nothing of the person who runs the tests is read or touched: folders, desktop, bus, locale and clock zone
are made up, one set for each process. It takes effect when it is imported."""

import os
import shutil
import tempfile
import time
from pathlib import Path

_OF_THE_DESKTOP = (
    "DBUS_SESSION_BUS_ADDRESS",
    "DESKTOP_CHAT_HOME",
    "DISPLAY",
    "LANGUAGE",
    "QT_QPA_PLATFORMTHEME",
    "QT_SCALE_FACTOR",
    "WAYLAND_DISPLAY",
    "XDG_CURRENT_DESKTOP",
)
_made: list[Path] = []


def _isolate() -> None:
    home = Path(tempfile.mkdtemp(prefix="desktop-chat-tests-"))
    _made.append(home)
    for name in _OF_THE_DESKTOP:
        os.environ.pop(name, None)
    os.environ["HOME"] = str(home)
    for name, folder in {
        "XDG_CACHE_HOME": ".cache",
        "XDG_CONFIG_HOME": ".config",
        "XDG_DATA_HOME": ".local/share",
        "XDG_RUNTIME_DIR": "run",
        "XDG_STATE_HOME": ".local/state",
    }.items():
        path = home / folder
        path.mkdir(parents=True, mode=0o700)
        os.environ[name] = str(path)
    os.environ["LC_ALL"] = "C.UTF-8"
    os.environ["TZ"] = "UTC"
    time.tzset()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


def pytest_unconfigure() -> None:
    """Leave nothing behind."""
    while _made:
        shutil.rmtree(_made.pop(), ignore_errors=True)


_isolate()
