"""The composition root: arguments, paths, the QApplication, the loop."""

import argparse
import gc
import logging
import logging.handlers
import sys
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from desktop_chat import __version__
from desktop_chat.desktop.app_id import ACTIONS, APP_ID
from desktop_chat.paths import DEFAULT_PROFILE, ProfileNameError, ProfilePaths

if TYPE_CHECKING:
    from desktop_chat.desktop.instance_messages import Request
    from desktop_chat.desktop.single_instance import SingleInstance

_LOG_BYTES = 1024 * 1024
_SCHEME = "desktop-chat:"
_TRIES_WHILE_ENDING = 40
"""Whoever comes while the app ends waits some seconds for its place."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Start the app, or have the one that runs do what this start is for. Returns the exit code: 0, 1 where
    that was not done, or 2 for arguments or a folder that cannot be used, with words on standard error."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.command and not options.command.lower().startswith(_SCHEME):
        # Imported for those who want it: the first paint does not wait for it.
        from desktop_chat.commands.command_line import run_command

        return run_command(parser, options)
    if options.action and options.command:
        parser.error("--action goes with neither a link nor a command")
    if options.rest:
        parser.error(f"unexpected: {' '.join(options.rest)}")
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

    from desktop_chat.qt_imports import without_feature_hook

    without_feature_hook()

    from desktop_chat import qt_async
    from desktop_chat.application.application import Application
    from desktop_chat.desktop.single_instance import SingleInstance
    from desktop_chat.settings import SettingsStore
    from desktop_chat.ui.locale import speak

    qt = QApplication(sys.argv[:1])
    qt.setApplicationName("desktop-chat")
    qt.setApplicationVersion(__version__)
    qt.setDesktopFileName(APP_ID)
    instance = SingleInstance(paths.lock, paths.socket)
    try:
        code = _claim(instance, options)
    except OSError as error:
        print(f"desktop-chat: the profile cannot be used: {error}", file=sys.stderr)  # noqa: T201
        return 2
    if code is not None:
        return code
    try:
        settings = SettingsStore(paths.settings)
        speak(qt, settings.current.language)
        application = Application(qt, paths, settings)
        instance.asked.connect(application.outside.take)
        application.open(hidden=options.hidden or options.activated)
        errand = None
        if options.command:
            errand = partial(application.open_link, options.command)
        elif options.action:
            errand = partial(application.act, options.action)
        _keep_what_is_made()
        return qt_async.run(partial(application.run, errand))
    finally:
        instance.release()


def _claim(instance: "SingleInstance", options: argparse.Namespace) -> int | None:
    """Become the app, and return None; or have the process that stays the app do what this start is for, and
    return the exit code. Raises OSError."""
    # The session bus starts the app when its name is free: one that runs without it is ending.
    if instance.claim(_TRIES_WHILE_ENDING if options.activated else 1):
        return None
    from desktop_chat.desktop.instance_messages import Done, Failed

    answer = instance.tell_other(_request(options))
    if isinstance(answer, Done):
        # The bus waits for a name that this process does not bring, unless it fails.
        return 1 if options.activated else 0
    # One that says that it ends is waited for. One that says nothing may hang, or has just ended.
    if instance.claim(_TRIES_WHILE_ENDING if isinstance(answer, Failed) else 1):
        return None
    return 0 if options.hidden else 1


def _request(options: argparse.Namespace) -> "Request":
    """What this start is for, for the app that runs."""
    from desktop_chat.desktop.activation import own_token
    from desktop_chat.desktop.instance_messages import LINK_MAX_CHARS, Act, OpenLink, Raise, Stay

    if options.hidden:
        return Stay()  # it runs, and nobody asked to see it
    if options.command:
        return OpenLink(options.command[:LINK_MAX_CHARS], own_token())
    return Act(options.action, own_token()) if options.action else Raise(own_token())


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
    parser.add_argument(
        "--hidden",
        action="store_true",
        help="start without a window, in the tray, as at login",
    )
    parser.add_argument("--action", choices=ACTIONS, help="do what the menu of the app's icon offers")
    # Started by the session bus, which then says what for.
    parser.add_argument("--activated", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument(
        "command",
        nargs="?",
        default="",
        metavar="COMMAND | LINK",
        help="send, tail, export, install-desktop or uninstall-desktop: see “COMMAND --help”; "
        "or a link that begins with desktop-chat:",
    )
    parser.add_argument("rest", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    parser.add_argument("--version", action="version", version=f"desktop-chat {__version__}")
    return parser


def _log_to(paths: ProfilePaths) -> None:
    """Log to the profile's file, which never grows beyond a bound. Raises OSError."""
    handler = logging.handlers.RotatingFileHandler(
        paths.log, maxBytes=_LOG_BYTES, backupCount=1, encoding="utf-8"
    )
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
