"""A refusal as it travels inside the server, until it becomes an ERROR packet."""

from desktop_chat.protocol.errors import ErrorCode
from server.store.base import DiskFailed, StoreLost, StoreUnavailable

_DISK_RETRY_S = 30.0


class Refused(Exception):
    """A command is refused: ``code`` for the program, ``message`` for the person, and where the same command
    may succeed later, ``retry_after_s`` says when. Nothing was changed when it is raised."""

    def __init__(self, code: ErrorCode, message: str, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.retry_after_s = retry_after_s


def busy(retry_after_s: float = 1.0) -> Refused:
    """The refusal for work that the server cannot take on right now."""
    return Refused(
        ErrorCode.SERVER_BUSY,
        "The server has too much to do right now. Try again in a moment.",
        retry_after_s,
    )


def unavailable(error: StoreUnavailable) -> Refused:
    """The refusal for what the store cannot do."""
    if isinstance(error, StoreLost):
        return Refused(
            ErrorCode.INTERNAL,
            "The server's folder is gone. Whoever runs the server has to look at it.",
            _DISK_RETRY_S,
        )
    if isinstance(error, DiskFailed):
        return Refused(
            ErrorCode.SERVER_BUSY,
            "The server's disk cannot store anything now: it is full or failing. Whoever runs the server has "
            "to look at it.",
            _DISK_RETRY_S,
        )
    return busy()
