"""Signs profiles in before their apps start, as the app itself does, and puts their windows side by side."""

import asyncio
import os
import sys
from pathlib import Path

from PySide6.QtCore import QRect
from PySide6.QtWidgets import QApplication, QWidget

from desktop_chat.application.signing_in import SigningIn
from desktop_chat.desktop.hosted_server import HostedServer
from desktop_chat.desktop.keyring_store import KeyringStore
from desktop_chat.net.transport import open_websocket
from desktop_chat.paths import HOME_VARIABLE, ProfilePaths
from desktop_chat.settings import SettingsStore
from desktop_chat.ui.main_window import screens_now

_LARGEST_PX = (1120, 760)
# What is made for a demonstration has no place in a person's keyring.
_NO_KEYRING = (sys.executable, "-c", "raise SystemExit(3)")


async def prepare_profile(
    home: Path, profile: str, address: str, password: str, places: dict[str, str]
) -> ProfilePaths:
    """Sign a profile in to the account of the same name; ``home`` is what DESKTOP_CHAT_HOME will be for its
    app, ``places`` its window's, as the settings keep them."""
    os.environ[HOME_VARIABLE] = str(home)
    paths = ProfilePaths(profile)
    settings = SettingsStore(paths.settings)
    keyring = KeyringStore(paths.secrets, paths.profile, _NO_KEYRING)
    hosts_none = HostedServer(paths.hosted_server, asyncio.ensure_future, print, print)
    await SigningIn(settings, keyring, open_websocket, hosts_none).sign_in(address, profile, password)
    settings.update(window_places=places, close_to_tray=False)
    return paths


def side_by_side(count: int) -> list[dict[str, str]]:
    """Places for windows next to each other on this screen, as the settings keep them."""
    application = QApplication.instance() or QApplication(["desktop-chat"])
    assert isinstance(application, QApplication)
    screen = application.primaryScreen().availableGeometry()
    width = min(screen.width() // count, _LARGEST_PX[0])
    height = min(screen.height() - 40, _LARGEST_PX[1])
    places = []
    for number in range(count):
        window = QWidget()
        window.setGeometry(QRect(screen.x() + number * width, screen.y() + 30, width - 4, height))
        places.append({screens_now(): bytes(window.saveGeometry().toBase64().data()).decode()})
    return places
