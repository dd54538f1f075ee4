"""Codes to register with: how they are made, whoever asks for one."""

from collections.abc import Callable

from server.auth import code_hash, token_text
from server.store.records import InviteRow

VALID_H = 24 * 7
_CODE_BYTES = 15
_HOUR_MS = 3600 * 1000


def new_invite(
    creator_id: int, uses: int, valid_h: int, now_ms: int, random_bytes: Callable[[int], bytes]
) -> tuple[str, InviteRow]:
    """A code, and what is to be kept of it. ``creator_id`` is 0 for the server's command line."""
    code = token_text(random_bytes(_CODE_BYTES))
    return code, InviteRow(code_hash(code), creator_id, uses, now_ms + valid_h * _HOUR_MS)
