"""Whether an account is still there: a command may have been on its way while it was deleted."""

from desktop_chat.protocol.errors import ErrorCode
from server.refusal import Refused
from server.store.reader import Reader
from server.store.records import UserRow


def check_user(reader: Reader, user_id: int) -> UserRow:
    """The account that a command comes from. Raises Refused (``bad_token``) where it was deleted since."""
    user = reader.user(user_id)
    if user is None or user.is_deleted:
        raise signed_out()
    return user


def signed_out() -> Refused:
    """The refusal for a token that is of no device, or not any more."""
    return Refused(ErrorCode.BAD_TOKEN, "This device is signed out. Sign in again.")
