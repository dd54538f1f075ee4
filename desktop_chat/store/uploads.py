"""Uploads that are to survive a restart."""

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

from desktop_chat.core.transfers import Upload, UploadState

_SELECT = "SELECT client_id, path, size_bytes, modified_ns, sha256, state, file_id FROM upload"


def add(connection: sqlite3.Connection, upload: Upload) -> None:
    """Remember a new upload."""
    connection.execute(
        "INSERT INTO upload VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            bytes.fromhex(upload.client_id),
            upload.path,
            upload.size_bytes,
            upload.modified_ns,
            upload.sha256,
            int(upload.state),
            upload.file_id,
        ),
    )


def by_client_id(connection: sqlite3.Connection, client_id: str) -> Upload | None:
    """The upload with this idempotency key."""
    row = connection.execute(f"{_SELECT} WHERE client_id = ?", (bytes.fromhex(client_id),)).fetchone()
    return None if row is None else _upload(row)


def load_all(connection: sqlite3.Connection) -> list[Upload]:
    """Every upload, the oldest first."""
    return [_upload(row) for row in connection.execute(f"{_SELECT} ORDER BY client_id")]


def set_file_id(connection: sqlite3.Connection, client_id: str, file_id: str) -> None:
    """Note the server's name for an upload."""
    connection.execute(
        "UPDATE upload SET file_id = ? WHERE client_id = ?", (file_id, bytes.fromhex(client_id))
    )


def set_sha256(connection: sqlite3.Connection, client_id: str, sha256: bytes) -> None:
    """Note the hash of an upload's file."""
    connection.execute("UPDATE upload SET sha256 = ? WHERE client_id = ?", (sha256, bytes.fromhex(client_id)))


def settle(connection: sqlite3.Connection, client_ids: Iterable[str]) -> None:
    """The message with these uploads is sent: forget them, and remember where their files are."""
    for client_id in client_ids:
        key = (bytes.fromhex(client_id),)
        connection.execute(
            "INSERT OR REPLACE INTO download (file_id, path, size_bytes, sha256, state)"
            " SELECT file_id, path, size_bytes, sha256, state FROM upload"
            " WHERE client_id = ? AND file_id <> '' AND state = ?",
            (*key, int(UploadState.DONE)),
        )
        connection.execute("DELETE FROM upload WHERE client_id = ?", key)


def set_paused(connection: sqlite3.Connection, client_id: str, *, paused: bool) -> None:
    """Pause an upload or go on with it; one that is done stays done."""
    before, after = UploadState.ACTIVE, UploadState.PAUSED
    if not paused:
        before, after = after, before
    connection.execute(
        "UPDATE upload SET state = ? WHERE client_id = ? AND state = ?",
        (int(after), bytes.fromhex(client_id), int(before)),
    )


def set_done(connection: sqlite3.Connection, client_id: str) -> None:
    """All of it has arrived."""
    connection.execute(
        "UPDATE upload SET state = ? WHERE client_id = ?",
        (int(UploadState.DONE), bytes.fromhex(client_id)),
    )


def remove(connection: sqlite3.Connection, client_id: str) -> None:
    """Forget an upload."""
    connection.execute("DELETE FROM upload WHERE client_id = ?", (bytes.fromhex(client_id),))


def _upload(row: Sequence[Any]) -> Upload:
    return Upload(row[0].hex(), row[1], row[2], row[3], row[4], UploadState(row[5]), row[6])
