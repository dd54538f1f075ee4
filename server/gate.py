"""The one authentication gate: whoever comes with a device token, over a socket or over HTTP, comes through
here."""

from typing import TYPE_CHECKING

from desktop_chat.protocol.errors import ErrorCode
from server.actions.accounts import check_token
from server.auth import token_hash
from server.refusal import Refused
from server.store.records import DeviceRow, UserRow

if TYPE_CHECKING:
    from server.service import Service


async def admit(service: "Service", token: str, address: str) -> tuple[UserRow, DeviceRow]:
    """Whose token it is. Wrong ones count as failed sign-ins of ``address``, right ones are never held up by
    them: a token cannot be guessed, and others behind the same address must not keep a device out. Raises
    Refused: ``bad_token``, ``too_fast``."""
    digest = token_hash(token)
    try:
        return await service.store.read(lambda reader: check_token(reader, digest))
    except Refused as refused:
        if refused.code is ErrorCode.BAD_TOKEN:
            service.sign_in_guard.token_failed(address, service.monotonic_s())
        raise
