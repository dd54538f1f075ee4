"""Identifiers that the client makes."""

import hashlib

HOSTED = "hosted"
"""Names, in an account key, the server that the app itself hosts: its address may change."""


def new_client_id(now_ms: int, random: bytes) -> str:
    """A UUIDv7 (RFC 9562, section 5.7) as 32 hex digits, from wall time and 10 random bytes."""
    value = (now_ms & (2**48 - 1)) << 80 | int.from_bytes(random[:10], "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return f"{value:032x}"


def account_key(user_id: int, server: str) -> str:
    """Names an account on this device, for its cache and its secret: of letters, figures and dashes.
    ``server`` is the server's address, or HOSTED."""
    return f"{user_id}-{hashlib.sha256(server.encode()).hexdigest()[:16]}"
