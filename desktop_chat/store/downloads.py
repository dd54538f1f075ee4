"""Downloads that are to survive a restart, and where files are that arrived or were sent from here."""

import sqlite3
from collections.abc import Sequence
from typing import Any

from desktop_chat.core.transfers import Claim, Download, UploadState


def put(connection: sqlite3.Connection, download: Download) -> None:
    """Remember a download, in place of what was known of its file."""
    connection.execute(
        "INSERT OR REPLACE INTO download VALUES (?, ?, ?, ?, ?, ?)",
        (
            download.file_id,
            download.path,
            download.size_bytes,
            download.sha256,
            int(download.state),
            int(download.claim),
        ),
    )


def load_all(connection: sqlite3.Connection) -> list[Download]:
    """Every download."""
    found = connection.execute("SELECT file_id, path, size_bytes, sha256, state, claim FROM download")
    return [_download(row) for row in found]


def by_file_id(connection: sqlite3.Connection, file_id: str) -> Download | None:
    """What is known of a file, None where it was never wanted here."""
    row = connection.execute(
        "SELECT file_id, path, size_bytes, sha256, state, claim FROM download WHERE file_id = ?", (file_id,)
    ).fetchone()
    return None if row is None else _download(row)


def set_state(connection: sqlite3.Connection, file_id: str, state: UploadState) -> None:
    """Note where a download stands."""
    connection.execute("UPDATE download SET state = ? WHERE file_id = ?", (int(state), file_id))


def fail(connection: sqlite3.Connection, file_id: str) -> None:
    """A download has stopped: it lets go of a name that it had reserved, not of one that was chosen."""
    connection.execute(
        "UPDATE download SET state = ?, claim = iif(claim = ?, claim, ?) WHERE file_id = ?",
        (int(UploadState.PAUSED), int(Claim.CHOSEN), int(Claim.NONE), file_id),
    )


def remove(connection: sqlite3.Connection, file_id: str) -> None:
    """Forget a download; the file, where it has arrived, stays."""
    connection.execute("DELETE FROM download WHERE file_id = ?", (file_id,))


def _download(row: Sequence[Any]) -> Download:
    return Download(row[0], row[1], row[2], row[3], UploadState(row[4]), Claim(row[5]))
