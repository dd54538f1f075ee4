"""The composition root: builds the server from its parts, runs it, and stops it in order."""

import asyncio
import contextlib
import getpass
import logging
import os
import secrets
import signal
import sys
import threading
import time
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path

from server.actions.accounts import do_set_password
from server.arguments import SetPassword, parse
from server.auth import Argon2Hasher
from server.config import Config, ConfigError, Limits
from server.files.blobs import BlobStore
from server.files.folder import Folder
from server.files.sweeper import keep_sweeping
from server.keepalive import keep_alive
from server.listener import listen, sockets, url
from server.lock import FolderInUse, FolderLock
from server.names import check_password, fold
from server.refusal import Refused
from server.service import Service
from server.store.migrations import SchemaError, upgrade
from server.store.sqlite import SqliteStore

_log = logging.getLogger("server")
_DATABASE = "server.sqlite3"
_FILES = "files"
_BAD_SETTINGS = 2
_FAILED = 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    logging.basicConfig(
        stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s"
    )
    logging.getLogger("alembic").setLevel(logging.WARNING)
    try:
        command = parse(sys.argv[1:] if arguments is None else arguments, os.environ)
    except ConfigError as error:
        return _fail(str(error), _BAD_SETTINGS)
    try:
        if isinstance(command, SetPassword):
            if not (command.data / _DATABASE).exists():
                return _fail(f"There is no server's data in {command.data}.", _FAILED)
            return _in_folder(command.data, lambda: _run(_set_password(command)))
        return _in_folder(command.data, lambda: _run(_serve(command)))
    except (FolderInUse, SchemaError, Refused) as error:
        return _fail(str(error), _FAILED)
    except OSError as error:
        return _fail(f"The server cannot start: {error}.", _FAILED)


def _in_folder(folder: Path, run: Callable[[], int]) -> int:
    """Run with the folder locked and its database current."""
    os.umask(0o077)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = FolderLock(folder)
    try:
        upgrade(folder / _DATABASE)
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


def _open_store(folder: Path, limits: Limits, lost: Callable[[], None]) -> SqliteStore:
    return SqliteStore(
        folder / _DATABASE,
        new_epoch=lambda: secrets.token_hex(16),
        queue_max=limits.store_queue_max,
        read_queue_max=limits.read_queue_max,
        lost=lost,
    )


async def _serve(config: Config) -> int:
    stop, lost = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, stop.set)

    def stop_for_good() -> None:
        lost.set()
        stop.set()

    service = Service(
        config,
        _open_store(config.data, config.limits, stop_for_good),
        Argon2Hasher(config.limits.hash_queue_max),
        now_ms=lambda: time.time_ns() // 1_000_000,
        monotonic_s=time.monotonic,
        token_bytes=secrets.token_bytes,
        blobs=BlobStore(Folder(config.data / _FILES)),
    )
    service.start()
    assert service.files is not None
    sweeping = loop.create_task(keep_sweeping(service.files), name="sweeper")
    try:
        server = await listen(config, service)
        pinging = loop.create_task(
            keep_alive(lambda: sockets(server), config.limits.ping_interval_s), name="keepalive"
        )
        if config.exit_with_stdin:
            _stop_with_stdin(loop, stop)
        sys.stdout.write(f"ready {url(server, config.host)}\n")
        sys.stdout.flush()
        _log.info("listening url=%s registration=%s", url(server, config.host), config.registration)
        await stop.wait()
        pinging.cancel()
        sweeping.cancel()
        server.close(close_connections=False)
    finally:
        await service.stop()
    await server.wait_closed()
    _log.info("stopped")
    return _FAILED if lost.is_set() else 0


def _stop_with_stdin(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    """Set ``stop`` when standard input ends. It ends with the process at its other end, even if that one was
    killed, so the server cannot be left behind."""

    def wait_for_end() -> None:
        with contextlib.suppress(OSError):
            while os.read(sys.stdin.fileno(), 4096):
                pass
        with contextlib.suppress(RuntimeError):  # the loop is closed: stopped already
            loop.call_soon_threadsafe(stop.set)

    threading.Thread(target=wait_for_end, name="standard input", daemon=True).start()


async def _set_password(command: SetPassword) -> int:
    password = getpass.getpass("New password: ") if sys.stdin.isatty() else sys.stdin.readline()
    password = password.rstrip("\r\n")
    check_password(password)
    store = _open_store(command.data, Limits(), lambda: None)
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
