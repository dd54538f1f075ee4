"""A server's life, from its certificate to its last connection."""

import asyncio
import contextlib
import gc
import logging
import os
import secrets
import signal
import socket
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from aiohttp import web

from server import expiring, operation
from server.actions.invites import do_create_invite
from server.auth import Argon2Hasher
from server.config import Config, Limits
from server.door import Arrivals
from server.files import http as files_http
from server.files import sweeper
from server.files.blobs import BlobStore
from server.files.folder import Folder
from server.http import make_app
from server.inviting import VALID_H, new_invite
from server.keepalive import keep_alive
from server.listener import Listener
from server.metrics import Metrics
from server.service import Service
from server.store.sqlite import SqliteStore
from server.store.writer import Writer
from server.tls import ServerTls, make_certificate

_log = logging.getLogger(__name__)
DATABASE = "server.sqlite3"
_FILES = "files"
_FAILED = 1
_GRACE_S = 3.0
_RESTART_PAUSE_S = 60.0
_GC_THRESHOLD = 5_000


def routes(service: Service, metrics: Metrics) -> list[web.RouteDef]:
    """Every route of the server. A module with routes is named here, and nowhere else."""
    return [*operation.routes(service, metrics), *files_http.routes(service)]


async def run(config: Config) -> int:
    """Serve until SIGTERM, SIGINT, the end of standard input where that counts, or the loss of the folder.
    Returns the exit status. Raises OSError and BadCertificate where it cannot start."""
    stop, lost = asyncio.Event(), asyncio.Event()

    def stop_for_good() -> None:
        lost.set()
        stop.set()

    tls = _tls(config) if config.speaks_tls else None
    store = open_store(config.data, config.limits, stop_for_good)
    service = Service(
        config,
        store,
        Argon2Hasher(config.limits.hash_queue_max),
        now_ms=lambda: time.time_ns() // 1_000_000,
        monotonic_s=time.monotonic,
        token_bytes=secrets.token_bytes,
        blobs=BlobStore(Folder(config.data / _FILES)),
    )
    arrivals = Arrivals(config, service.counters)
    app = make_app(service, routes(service, Metrics(service, store, arrivals)))
    listener = Listener(config, service, arrivals, app, tls)
    _stop_on_signals(stop)
    service.start()
    try:
        await listener.start()
    except BaseException:
        await service.stop()
        raise
    _spare_the_collector()
    await _serve(config, service, listener, tls, stop)
    _log.info("stopped")
    return _FAILED if lost.is_set() else 0


def open_store(folder: Path, limits: Limits, lost: Callable[[], None]) -> SqliteStore:
    """The store in a folder."""
    return SqliteStore(
        folder / DATABASE,
        new_epoch=lambda: secrets.token_hex(16),
        queue_max=limits.store_queue_max,
        read_queue_max=limits.read_queue_max,
        lost=lost,
    )


async def _serve(
    config: Config, service: Service, listener: Listener, tls: ServerTls | None, stop: asyncio.Event
) -> None:
    loop, limits = asyncio.get_running_loop(), config.limits
    works = {
        "keepalive": lambda: keep_alive(listener.sockets, limits.ping_interval_s),
        "expiring": lambda: expiring.keep_expiring(service, limits.sweep_interval_s),
    }
    if service.files is not None:
        files = service.files
        works["files"] = lambda: sweeper.keep_sweeping(files)
    if tls is not None:
        certificate = tls
        loop.add_signal_handler(signal.SIGHUP, tls.reload)
        works["tls"] = lambda: _look_at_certificate(certificate, limits.tls_check_interval_s)
    beside = [loop.create_task(_keep(name, work), name=name) for name, work in works.items()]
    if config.exit_with_stdin:
        _stop_with_stdin(loop, stop)
    sys.stdout.write(f"ready {listener.url}\n")
    if tls is not None:
        sys.stdout.write(f"fingerprint {tls.fingerprint}\n")
    code = await _first_invite(service)
    if code:
        sys.stdout.write(f"invite {code}\n")
    sys.stdout.flush()
    _log.info("listening url=%s registration=%s", listener.url, config.registration)
    await stop.wait()
    for each in beside:
        each.cancel()
    await asyncio.gather(*beside, return_exceptions=True)
    await _drain(service, listener, limits.drain_timeout_s)


async def _keep(name: str, work: Callable[[], Awaitable[None]]) -> None:
    """Do what has no end, again after a pause where it fails all the same."""
    while True:
        try:
            await work()
        except Exception:
            _log.exception("a part of the server failed part=%s", name)
        await asyncio.sleep(_RESTART_PAUSE_S)


async def _first_invite(service: Service) -> str:
    """A code for whoever makes the first account, which is the admin's; "" where nobody needs one."""
    if service.config.registration != "invite":
        return ""
    now_ms = service.now_ms()
    code, invite = new_invite(0, 1, VALID_H, now_ms, service.token_bytes)

    def perform(writer: Writer) -> bool:
        if writer.find_users("", 1):  # those that were deleted are none
            return False
        do_create_invite(writer, invite, now_ms, by_anybody=True)
        return True

    return code if await service.store.perform(perform) else ""


def _spare_the_collector() -> None:
    """What is there now stays, and would be looked through again and again: 50,000 objects, 30 ms each time.
    A message on its way is a few objects that never form a cycle."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_GC_THRESHOLD)


async def _drain(service: Service, listener: Listener, timeout_s: float) -> None:
    """Stop in order, or, where that takes too long, at once. What was confirmed is on the disk either way."""
    _log.info("draining connections=%d timeout_s=%g", len(service.connections), timeout_s)
    loop = asyncio.get_running_loop()
    # A disk that hangs holds threads, which nothing but the end of the process lets go of.
    overdue = loop.call_later(timeout_s + _GRACE_S, _end_at_once)
    deadline_s = loop.time() + timeout_s
    listener.stop_accepting()
    await service.drain()
    await listener.finish_requests(max(0.0, deadline_s - loop.time()))
    await service.stop()
    await listener.close()
    overdue.cancel()


def _end_at_once() -> None:
    _log.warning("the server did not stop in time, and ends as it is")
    os._exit(_FAILED)


def _stop_on_signals(stop: asyncio.Event) -> None:
    """The first SIGTERM or SIGINT sets ``stop``; the second ends the process at once."""
    loop = asyncio.get_running_loop()

    def asked(number: signal.Signals) -> None:
        if stop.is_set():
            loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        stop.set()

    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, asked, each)


def _tls(config: Config) -> ServerTls:
    if config.tls_cert is not None and config.tls_key is not None:
        return ServerTls(config.tls_cert, config.tls_key)
    names = ["localhost", "127.0.0.1", "::1", socket.gethostname() or "localhost", config.host]
    certificate = make_certificate(config.data, names)
    return ServerTls(certificate, certificate.with_name("key.pem"))


async def _look_at_certificate(tls: ServerTls, interval_s: float) -> None:
    while True:
        await asyncio.sleep(interval_s)
        tls.reload_if_changed()


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
