"""What travels in the headers of the file protocol: tus 1.0.0 (tus.io) and ranges (RFC 9110, section 14).
Pure."""

import base64
import binascii
import re

from desktop_chat.protocol.errors import ErrorCode
from server.actions.files import NewFile
from server.refusal import Refused

TUS_VERSION = "1.0.0"
TUS_EXTENSIONS = "creation,termination"
_NUMBER = re.compile(r"[0-9]{1,16}")
_CLIENT_ID = re.compile(r"[0-9a-f]{32}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_FILE_ID = _CLIENT_ID
_RANGE = re.compile(r"bytes=([0-9]{0,16})-([0-9]{0,16})", re.IGNORECASE)
_METADATA_MAX_CHARS = 4096


class Unsatisfiable(Exception):
    """A range that begins behind the end."""


def number(text: str | None, header: str) -> int:
    """A whole number in a header. Raises Refused (``bad_request``)."""
    if text is None or not _NUMBER.fullmatch(text):
        raise Refused(ErrorCode.BAD_REQUEST, f"{header} must be a whole number.")
    return int(text)


def new_file(length: str | None, metadata: str | None) -> NewFile:
    """What is to be uploaded, from ``Upload-Length`` and ``Upload-Metadata``. Raises Refused
    (``bad_request``)."""
    size_bytes = number(length, "Upload-Length")
    values = _metadata(metadata or "")
    client_id, sha256 = values.get("client_id", ""), values.get("sha256", "")
    if not _CLIENT_ID.fullmatch(client_id):
        raise Refused(ErrorCode.BAD_REQUEST, "Upload-Metadata must name a client_id of 32 hex digits.")
    if not _SHA256.fullmatch(sha256):
        raise Refused(ErrorCode.BAD_REQUEST, "Upload-Metadata must name a sha256 of 64 hex digits.")
    return NewFile(client_id, size_bytes, bytes.fromhex(sha256))


def is_file_id(text: str) -> bool:
    """Whether it could be a file's id: 32 hex digits, and so no path."""
    return _FILE_ID.fullmatch(text) is not None


def wanted_range(text: str | None, size_bytes: int) -> tuple[int, int] | None:
    """First byte and the one after the last that a ``Range`` asks for; None for the whole, which is also what
    several ranges at once and other units get. Raises Unsatisfiable."""
    match = None if text is None else _RANGE.fullmatch(text.strip())
    if match is None:
        return None
    first, last = match.groups()
    if first:
        start, end = int(first), size_bytes if not last else min(int(last) + 1, size_bytes)
        if last and int(last) < int(first):
            return None
    elif last:
        start, end = max(0, size_bytes - int(last)), size_bytes
    else:
        return None
    if start >= end:
        raise Unsatisfiable
    return start, end


def _metadata(text: str) -> dict[str, str]:
    """Keys and values, which travel as base64. What cannot be read is left out."""
    values = {}
    for pair in text[:_METADATA_MAX_CHARS].split(","):
        key, _, encoded = pair.strip().partition(" ")
        try:
            values[key] = base64.b64decode(encoded, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            continue
    return values
