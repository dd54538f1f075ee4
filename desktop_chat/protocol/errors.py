"""Every refusal and every reason to close, each with its kind: come back by yourself, or a person (or a
programmer) has to act."""

from enum import IntEnum, StrEnum


class Remedy(StrEnum):
    """Who can mend a refusal."""

    RETRY = "retry"
    """The same command may succeed later, as it stands."""
    PERSON = "person"
    """Somebody has to change what is asked, or sign in."""
    BUG = "bug"
    """A correct client never sees it."""


class ErrorCode(StrEnum):
    """The ``code`` of an ERROR."""

    BAD_FRAME = "bad_frame"
    UNKNOWN_TYPE = "unknown_type"
    BAD_REQUEST = "bad_request"
    TOO_LARGE = "too_large"
    UNSUPPORTED_PROTOCOL = "unsupported_protocol"
    NOT_CONNECTED = "not_connected"
    ALREADY_CONNECTED = "already_connected"
    BAD_TOKEN = "bad_token"  # noqa: S105  (a code, no secret)
    BAD_CREDENTIALS = "bad_credentials"
    REGISTRATION_CLOSED = "registration_closed"
    NAME_TAKEN = "name_taken"
    INVALID_NAME = "invalid_name"
    WEAK_PASSWORD = "weak_password"  # noqa: S105
    NOT_FOUND = "not_found"
    FORBIDDEN = "forbidden"
    BLOCKED = "blocked"
    BAD_INVITE = "bad_invite"
    LIMIT_REACHED = "limit_reached"
    TOO_FAST = "too_fast"
    SERVER_BUSY = "server_busy"
    INTERNAL = "internal"
    QUOTA_FULL = "quota_full"
    WRONG_OFFSET = "wrong_offset"
    UPLOAD_BUSY = "upload_busy"
    BAD_CHECKSUM = "bad_checksum"


REMEDIES: dict[ErrorCode, Remedy] = {
    ErrorCode.BAD_FRAME: Remedy.BUG,
    ErrorCode.UNKNOWN_TYPE: Remedy.BUG,
    ErrorCode.BAD_REQUEST: Remedy.BUG,
    ErrorCode.TOO_LARGE: Remedy.PERSON,
    ErrorCode.UNSUPPORTED_PROTOCOL: Remedy.PERSON,
    ErrorCode.NOT_CONNECTED: Remedy.RETRY,
    ErrorCode.ALREADY_CONNECTED: Remedy.BUG,
    ErrorCode.BAD_TOKEN: Remedy.PERSON,
    ErrorCode.BAD_CREDENTIALS: Remedy.PERSON,
    ErrorCode.REGISTRATION_CLOSED: Remedy.PERSON,
    ErrorCode.NAME_TAKEN: Remedy.PERSON,
    ErrorCode.INVALID_NAME: Remedy.PERSON,
    ErrorCode.WEAK_PASSWORD: Remedy.PERSON,
    ErrorCode.NOT_FOUND: Remedy.PERSON,
    ErrorCode.FORBIDDEN: Remedy.PERSON,
    ErrorCode.BLOCKED: Remedy.PERSON,
    ErrorCode.BAD_INVITE: Remedy.PERSON,
    ErrorCode.LIMIT_REACHED: Remedy.PERSON,
    ErrorCode.TOO_FAST: Remedy.RETRY,
    ErrorCode.SERVER_BUSY: Remedy.RETRY,
    ErrorCode.INTERNAL: Remedy.RETRY,
    ErrorCode.QUOTA_FULL: Remedy.PERSON,
    ErrorCode.WRONG_OFFSET: Remedy.RETRY,
    ErrorCode.UPLOAD_BUSY: Remedy.RETRY,
    ErrorCode.BAD_CHECKSUM: Remedy.PERSON,
}
"""A conversation that one is not a member of is ``not_found``, like one that is not there: nobody learns
of it by asking."""


class CloseCode(IntEnum):
    """Why a server closes a connection (RFC 6455, section 7.4.2: 4000-4999 are ours).

    4000-4099: come back by yourself. 4100-4199: a person has to act first.
    """

    RESTARTING = 4000
    SLOW_READER = 4001
    HANDSHAKE_TIMEOUT = 4002
    SIGNED_OUT = 4100
    TOO_MANY_BAD_FRAMES = 4101


def comes_back(close_code: int) -> bool:
    """Whether a client should reconnect by itself after this close code, 1006 and the like included."""
    return not 4100 <= close_code < 4200
