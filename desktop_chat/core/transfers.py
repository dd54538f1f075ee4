"""Files on their way: what is known of an upload, and how much to send at once. Pure."""

from enum import IntEnum, StrEnum

from msgspec import Struct

FIRST_PIECE_BYTES = 256 * 1024
_SMALLEST_PIECE_BYTES = 64 * 1024
_LARGEST_PIECE_BYTES = 8 * 1024 * 1024
_QUICK_S = 1.0
_SLOW_S = 4.0


class UploadState(IntEnum):
    """Where an upload stands; kept in the store as these numbers."""

    ACTIVE = 1
    PAUSED = 2
    DONE = 3


class Upload(Struct, frozen=True):
    """An upload as the store remembers it. ``path`` is the local file's name in bytes; with ``size_bytes``
    and ``modified_ns`` it tells whether the file is still the one whose ``sha256`` was announced. ``file_id``
    is the server's name for it, empty before that is known; ``sha256`` is empty before the file was
    hashed."""

    client_id: str
    path: bytes
    size_bytes: int
    modified_ns: int
    sha256: bytes
    state: UploadState = UploadState.ACTIVE
    file_id: str = ""


class Claim(IntEnum):
    """Whose the name is that a download is to get; kept in the store as these numbers."""

    NONE = 0
    """Anybody's: what is there must never be replaced."""
    RESERVED = 1
    """The download's: it holds the name with an empty file."""
    CHOSEN = 2
    """The download's, for a person chose it: what is there is replaced."""


class Download(Struct, frozen=True):
    """A download that a person asked for, as the store remembers it; and, DONE, where on this computer a file
    is. ``path`` is a file's name in bytes."""

    file_id: str
    path: bytes
    size_bytes: int
    sha256: bytes
    state: UploadState = UploadState.ACTIVE
    claim: Claim = Claim.NONE


class TransferPhase(StrEnum):
    """Where a file stands, for a person."""

    WAITING = "waiting"
    """For its turn, for the connection, or for its hash."""
    RUNNING = "running"
    PAUSED = "paused"
    FAILED = "failed"
    DONE = "done"
    """Sent, or on this computer."""


class Transfer(Struct, frozen=True):
    """A file on its way. ``key`` is the client_id of an upload or the file_id of a download; ``error`` says
    why it failed, in words; ``path`` is where on this computer the whole file is, empty where it is not."""

    key: str
    phase: TransferPhase
    done_bytes: int = 0
    total_bytes: int = 0
    error: str = ""
    path: str = ""


def next_piece_bytes(piece_bytes: int, took_s: float) -> int:
    """How large the next piece of an upload should be, after one that took that long. A piece is what a lost
    connection may cost, and each waits for a disk, so a piece takes about a second or two."""
    if took_s < _QUICK_S:
        return min(piece_bytes * 2, _LARGEST_PIECE_BYTES)
    if took_s > _SLOW_S:
        return max(piece_bytes // 2, _SMALLEST_PIECE_BYTES)
    return piece_bytes
