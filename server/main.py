"""The command line's commands. ``server.serving`` builds the server from its parts, ``server.administration``
does the rest."""

import asyncio
import os
import sys
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any, TypeVar

from server import administration, serving
from server.arguments import (
    ChangeAdmin,
    Command,
    MakeInvite,
    SetPassword,
    ShowAudit,
    ShowFingerprint,
    parse,
)
from server.config import Config, ConfigError
from server.lock import FolderInUse, FolderLock
from server.logs import set_up
from server.refusal import Refused
from server.serving import DATABASE
from server.store.migrations import SchemaError, upgrade
from server.tls import BadCertificate, fingerprint

T = TypeVar("T")

_BAD_SETTINGS = 2
_FAILED = 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    try:
        command = parse(sys.argv[1:] if arguments is None else arguments, os.environ)
    except ConfigError as error:
        return _fail(str(error), _BAD_SETTINGS)
    set_up(command.log_format if isinstance(command, Config) else "text")
    try:
        return _run_command(command)
    except (SchemaError, Refused, BadCertificate, FolderInUse, administration.NoSuchUser) as error:
        return _fail(str(error), _FAILED)
    except OSError as error:
        return _fail(f"The server cannot start: {error}.", _FAILED)


def _run_command(command: Command) -> int:
    if isinstance(command, Config):
        config = command
        return _in_folder(config.data, lambda: _run(serving.run(config)))
    if isinstance(command, ShowFingerprint):
        sys.stdout.write(f"{fingerprint(command.certificate)}\n")
        return 0
    if not (command.data / DATABASE).exists():
        return _fail(f"There is no server's data in {command.data}.", _FAILED)
    if isinstance(command, ShowAudit):
        administration.show_audit(command)
        return 0
    try:
        _in_folder(command.data, lambda: _run(_administer(command)))
    except FolderInUse:
        raise FolderInUse(
            f"A server is running on {command.data}. Stop it first, or let an admin do this in the app."
        ) from None
    return 0


def _administer(command: SetPassword | MakeInvite | ChangeAdmin) -> Coroutine[Any, Any, None]:
    if isinstance(command, SetPassword):
        return administration.set_password(command)
    if isinstance(command, MakeInvite):
        return administration.make_invite(command)
    return administration.change_admin(command)


def _in_folder(folder: Path, run: Callable[[], T]) -> T:
    """Run with the folder locked and its database current."""
    os.umask(0o077)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = FolderLock(folder)
    try:
        upgrade(folder / DATABASE)
        return run()
    finally:
        lock.release()


def _run(main_coroutine: Coroutine[Any, Any, T]) -> T:
    try:
        import uvloop
    except ImportError:
        return asyncio.run(main_coroutine)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main_coroutine)


def _fail(words: str, status: int) -> int:
    sys.stderr.write(f"desktop-chat-server: {words}\n")
    return status
