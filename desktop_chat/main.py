"""The composition root: arguments, paths, the QApplication, the loop."""

import argparse
import gc
import logging
import logging.handlers
import sys
from collections.abc import Sequence

from desktop_chat import __version__
from desktop_chat.paths import DEFAULT_PROFILE, ProfileNameError, ProfilePaths

_LOG_BYTES = 1024 * 1024


def main(arguments: Sequence[str] | None = None) -> int:
    """Start the app, or raise the window of the one that runs. Returns the exit code: 0, or 2 for arguments
    or a folder that cannot be used, with words on standard error."""
    options = _parser().parse_args(arguments)
    try:
        paths = ProfilePaths(options.profile)
        _log_to(paths)
    except (ProfileNameError, OSError) as error:
        print(f"desktop-chat: {error}", file=sys.stderr)  # noqa: T201
        return 2
    # What is made from here to the first paint lasts: looking through it for garbage, again and again, would
    # take a tenth of the start.
    gc.disable()
    # Qt is imported only once the arguments are known to be good.
    from PySide6.QtWidgets import QApplication

    from desktop_chat import qt_async
    from desktop_chat.application.application import Application
    from desktop_chat.desktop.single_instance import SingleInstance
    from desktop_chat.settings import SettingsStore

    qt = QApplication(sys.argv[:1])
    qt.setApplicationName("desktop-chat")
    qt.setApplicationVersion(__version__)
    qt.setDesktopFileName("desktop-chat")
    instance = SingleInstance(paths.lock, paths.socket)
    try:
        first = instance.claim()
    except OSError as error:
        print(f"desktop-chat: the profile cannot be used: {error}", file=sys.stderr)  # noqa: T201
        return 2
    if not first:
        return 0 if instance.raise_other() else 1
    try:
        application = Application(qt, paths, SettingsStore(paths.settings))
        instance.raised.connect(application.come_forward)
        application.open()
        _keep_what_is_made()
        return qt_async.run(application.run)
    finally:
        instance.release()


def _keep_what_is_made() -> None:
    """Collect garbage from now on, and never look again at what start-up has made."""
    gc.freeze()
    gc.enable()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="desktop-chat", description="The messenger you own.", allow_abbrev=False
    )
    parser.add_argument(
        "--profile",
        default=DEFAULT_PROFILE,
        metavar="NAME",
        help="keep account, cache and settings apart under this name (default: %(default)s)",
    )
    parser.add_argument("--version", action="version", version=f"desktop-chat {__version__}")
    return parser


def _log_to(paths: ProfilePaths) -> None:
    """Log to the profile's file, which never grows beyond a bound. Raises OSError."""
    handler = logging.handlers.RotatingFileHandler(
        paths.log, maxBytes=_LOG_BYTES, backupCount=1, encoding="utf-8"
    )
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
