"""A refusal as it travels inside the server, until it becomes an ERROR packet."""

from desktop_chat.protocol.errors import ErrorCode


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
