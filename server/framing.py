"""WebSocket frames (RFC 6455, section 5) as bytes: what a chat needs for each message, and no more. Whatever
else a frame may be is left to websockets."""

WHOLE_TEXT = 0x81
WHOLE_BINARY = 0x82
MASK_BYTES = 4
PING = b"\x89\x00"
_MASKED = 0x80


class UnusualFrame(Exception):
    """What follows is nothing that a client may send: unmasked, or too long."""


def text_frame(payload: bytes) -> bytes:
    """A server's text frame: whole, unmasked, uncompressed."""
    size = len(payload)
    if size < 126:
        return b"\x81%c%b" % (size, payload)
    if size < 65_536:
        return b"\x81\x7e%b%b" % (size.to_bytes(2, "big"), payload)
    return b"\x81\x7f%b%b" % (size.to_bytes(8, "big"), payload)


def find_payload(data: bytes, start: int, max_bytes: int) -> tuple[int, int] | None:
    """Where the payload of the client's frame at ``start`` begins, after its mask, and ends, there or yet to
    come; None while that cannot be told. Raises UnusualFrame."""
    body = start + 2
    if len(data) < body:
        return None
    size = data[start + 1] - _MASKED
    if size < 0:
        raise UnusualFrame
    if size >= 126:
        length = body
        body += 2 if size == 126 else 8
        if len(data) < body:
            return None
        size = int.from_bytes(data[length:body], "big")
        if size > max_bytes:
            raise UnusualFrame
    body += MASK_BYTES
    return body, body + size
