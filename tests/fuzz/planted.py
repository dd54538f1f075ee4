"""Secrets: text that only some may ever be sent. Each is a mark with a number, planted in what clients say
and looked for, as bytes, in everything that the server says."""

import base64
import re
from collections.abc import Callable
from enum import Enum
from typing import Any

import msgspec

_MARK = "XqZ9"
_FIND = re.compile(rb"XqZ9([0-9]{7})")
_MARK_BYTES = _MARK.encode()

PUBLIC_FIELDS = frozenset({"user_name", "display_name", "query", "kind", "epoch", "client_id", "reaction"})
"""What everybody may learn, and what is no text of a person. ``about`` and ``title`` belong to a group where
one is named; else where they come out first says whose they are."""
OWN_FIELDS = frozenset({"device_name", "draft", "label", "nickname"})
"""What only the devices of the user who said it may be sent."""
NOBODYS_FIELDS = frozenset({"password", "old_password", "new_password", "current_password", "invite"})
"""What is never sent to anybody."""
_TOKEN_BYTES = {32: 43, 15: 20}
"""Sizes of what is a secret once it is text, and how many characters that has: device tokens and codes."""


class Audience(Enum):
    """Who may be sent a secret."""

    MEMBERS = "the members of a conversation"
    OWNER = "the user who said it"
    ONCE = "whoever signs in or makes an invite, once"
    NOBODY = "nobody"
    UNKNOWN = "to be seen from where it comes out first"
    ALL = "everybody"


class Secret(msgspec.Struct):
    """One planted secret; ``of`` is the conversation or the user. ``places`` are conversations whose members
    may read it, each with the rest before which it was not there; ``gone_since`` is the rest at which the
    last message with it was deleted."""

    audience: Audience
    of: int = 0
    places: dict[int, int] = {}
    gone_since: int | None = None


class Planted:
    """All secrets of one world."""

    def __init__(self) -> None:
        self.secrets: list[Secret] = []
        self._ids = 0
        self.since: Callable[[], int] = lambda: 0
        """How many rests there were."""

    def plant(self, audience: Audience, of: int = 0) -> str:
        """A new secret, as text."""
        places = {of: self.since()} if audience is Audience.MEMBERS else {}
        self.secrets.append(Secret(audience, of, places))
        return f"{_MARK}{len(self.secrets) - 1:07d}"

    def for_field(self, name: str, conversation_id: int | None, user_id: int) -> str:
        """A secret for a field of a command of this user, about this conversation if about one."""
        if name in PUBLIC_FIELDS:
            return ""
        if name in NOBODYS_FIELDS:
            return self.plant(Audience.NOBODY)
        if name in OWN_FIELDS:
            return self.plant(Audience.OWNER, user_id)
        if conversation_id is None:
            return self.plant(Audience.UNKNOWN)
        return self.plant(Audience.MEMBERS, conversation_id)

    def token_bytes(self, size: int) -> bytes:
        """Random bytes for a device token or an invite's code, such that its text is a secret."""
        if size not in _TOKEN_BYTES:  # an id, which is none
            self._ids += 1
            return self._ids.to_bytes(size, "big")
        text = self.plant(Audience.ONCE).ljust(_TOKEN_BYTES[size], "A")
        token = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        assert len(token) == size
        return token


def found_in(frame: bytes) -> list[int]:
    """The numbers of the secrets in a frame."""
    if _MARK_BYTES not in frame:
        return []
    return [int(each) for each in _FIND.findall(frame)]


def conversation_around(decoded: Any, number: int, inside: int | None = None) -> int | None:
    """The conversation that a frame names around a secret, None where it names none."""
    mark = f"{_MARK}{number:07d}"
    if isinstance(decoded, dict):
        inside = decoded.get("conversation_id", inside)
        decoded = list(decoded.values())
    for each in decoded:
        if isinstance(each, str) and mark in each:
            return inside
        if isinstance(each, dict | list):
            deeper = conversation_around(each, number, inside)
            if deeper is not None:
                return deeper
    return None
