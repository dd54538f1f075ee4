"""What a view model has to show when an intent cannot be carried out."""

from desktop_chat.core.session import Refused
from desktop_chat.language import known, tr
from desktop_chat.net.connection import ConnectionLost
from desktop_chat.protocol.errors import ErrorCode


class ClientError(Exception):
    """An intent that was not carried out, in words for a person; ``code`` where the server refused it."""

    def __init__(self, words: str, code: ErrorCode | None = None) -> None:
        super().__init__(words)
        self.code = code

    @classmethod
    def of(cls, error: Refused | ConnectionLost) -> "ClientError":
        """The same in words for a person."""
        if isinstance(error, Refused):
            return cls(known(error.error.message), error.error.code)
        return cls(tr("There is no connection to the server. Try again when you are online."))
