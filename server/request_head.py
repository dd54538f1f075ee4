"""What the head of an HTTP request says about the way it should take. Pure; who carries the request out
parses the head again, and strictly."""

import re

from msgspec import Struct

HEAD_END = b"\r\n\r\n"
_PATHS = (b"/", b"")
_VERSION = re.compile(rb"HTTP/[0-9]\.[0-9]")
_SPOKEN = (b"HTTP/1.1", b"HTTP/1.0")


class RequestHead(Struct, frozen=True):
    """``opens_websocket``: it asks for a WebSocket at the one place where there is one, and comes from no web
    page. ``forwarded`` is the last ``X-Forwarded-For``. ``is_spoken``: its version of HTTP is one of ours, or
    it is for the parser to say what it is."""

    opens_websocket: bool
    forwarded: str | None = None
    is_spoken: bool = True


def read_head(head: bytes) -> RequestHead:
    """Read a head, without the empty line at its end."""
    first, *lines = head.split(b"\r\n")
    words = first.split(b" ")
    target = words[1] if len(words) == 3 else b"?"
    upgrades = from_page = False
    forwarded = None
    for line in lines:
        name, _, value = line.partition(b":")
        name = name.strip().lower()
        if name == b"upgrade":
            upgrades = upgrades or b"websocket" in value.lower()
        elif name == b"origin":
            # Only browsers send it. A page that is open on this computer reaches loopback too, and must not.
            from_page = True
        elif name == b"x-forwarded-for":
            forwarded = value.strip().decode("latin-1")
    at_place = words[0] == b"GET" and target.partition(b"?")[0] in _PATHS
    is_spoken = words[-1] in _SPOKEN or not _VERSION.fullmatch(words[-1])
    return RequestHead(upgrades and at_place and not from_page, forwarded, is_spoken)
