"""Opens an account's client on its cache, whatever state the file is in."""

import logging
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from desktop_chat.language import tr
from desktop_chat.net.file_transfer import HttpFiles
from desktop_chat.net.pinning import Pins, trusted_digest
from desktop_chat.net.transport import OpenTransport
from desktop_chat.services.client import Client
from desktop_chat.store.database import StoreError

_log = logging.getLogger(__name__)


def open_client(
    path: Path,
    user_id: int,
    address: str,
    token: Callable[[], Awaitable[str | None]],
    open_transport: OpenTransport,
    pins: Pins | None = None,
) -> tuple[Client, str]:
    """The client on its cache, and words for the person where something had to be done about the file. With
    ``pins`` files go to no other server than the one that is known by them.

    A cache that SQLite cannot read is moved aside, never deleted, since messages that were not sent may be
    in it; everything else comes back from the server. Raises ``store.migrations.NewerSchemaError``.
    """

    def address_now() -> str:
        return client.address  # the server may have moved since

    def digest() -> bytes | None:
        return None if pins is None else trusted_digest(address_now(), pins)

    def open_() -> Client:
        files = HttpFiles(address_now, token, digest)
        return Client(path, user_id, address, token, open_transport=open_transport, file_transport=files)

    try:
        client = open_()
        return client, ""
    except StoreError as error:
        aside = _move_aside(path)
        _log.warning("The cache could not be read (%s); it is kept as %s.", error, aside)
        words = tr(
            "The local copy of your messages could not be read and was set aside as {name}. "
            "Everything the server has is loaded again.",
            name=aside.name,
        )
        client = open_()
        return client, words


def _move_aside(path: Path) -> Path:
    aside = path.with_name(f"{path.name}.broken-{time.time_ns() // 1_000_000}")
    for ending in ("", "-wal", "-shm"):
        part = path.with_name(path.name + ending)
        if part.exists():
            part.rename(aside.with_name(aside.name + ending))
    return aside
