"""The command line's commands. ``server.serving`` builds the server from its parts."""

import asyncio
import getpass
import os
import sys
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path

from server import serving
from server.actions.accounts import do_set_password
from server.arguments import SetPassword, ShowFingerprint, parse
from server.auth import Argon2Hasher
from server.config import Config, ConfigError, Limits
from server.lock import FolderInUse, FolderLock
from server.logs import set_up
from server.names import check_password, fold
from server.refusal import Refused
from server.serving import DATABASE, open_store
from server.store.migrations import SchemaError, upgrade
from server.tls import BadCertificate, fingerprint

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
        if isinstance(command, ShowFingerprint):
            sys.stdout.write(f"{fingerprint(command.certificate)}\n")
            return 0
        if isinstance(command, SetPassword):
            if not (command.data / DATABASE).exists():
                return _fail(f"There is no server's data in {command.data}.", _FAILED)
            return _in_folder(command.data, lambda: _run(_set_password(command)))
        return _in_folder(command.data, lambda: _run(serving.run(command)))
    except (FolderInUse, SchemaError, Refused, BadCertificate) as error:
        return _fail(str(error), _FAILED)
    except OSError as error:
        return _fail(f"The server cannot start: {error}.", _FAILED)


def _in_folder(folder: Path, run: Callable[[], int]) -> int:
    """Run with the folder locked and its database current."""
    os.umask(0o077)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = FolderLock(folder)
    try:
        upgrade(folder / DATABASE)
        return run()
    finally:
        lock.release()


def _run(main_coroutine: Coroutine[None, None, int]) -> int:
    try:
        import uvloop
    except ImportError:
        return asyncio.run(main_coroutine)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main_coroutine)


async def _set_password(command: SetPassword) -> int:
    password = getpass.getpass("New password: ") if sys.stdin.isatty() else sys.stdin.readline()
    password = password.rstrip("\r\n")
    check_password(password)
    store = open_store(command.data, Limits(), lambda: None)
    hasher = Argon2Hasher(queue_max=1)
    store.start()
    try:
        user = await store.read(lambda reader: reader.user_by_key(fold(command.user_name)))
        if user is None:
            return _fail(f"There is no user called {command.user_name!r} on this server.", _FAILED)
        password_hash = await hasher.hash(password)
        await store.perform(lambda writer: do_set_password(writer, user.user_id, password_hash))
        devices = await store.read(lambda reader: reader.devices_of(user.user_id))
    finally:
        hasher.close()
        await store.close()
    sys.stdout.write(
        f"{user.user_name} has a new password. Devices that are signed in stay signed in: {len(devices)}.\n"
    )
    return 0


def _fail(words: str, status: int) -> int:
    sys.stderr.write(f"desktop-chat-server: {words}\n")
    return status
