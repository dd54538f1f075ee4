"""Links that begin with ``desktop-chat:``, as other programs hand them over.

    desktop-chat://join/HOST[:PORT][/PATH][?name=USER&invite=CODE][#sha256=FINGERPRINT]
    desktop-chat://conversation/ID[/SEQ]

Whoever made such a link is not trusted: it fills in a form or shows something, and never does anything by
itself.
"""

import re
from urllib.parse import parse_qs, urlsplit

from msgspec import Struct

from desktop_chat.language import tr
from desktop_chat.net.transport import checked_address
from desktop_chat.protocol.limits import INVITE_CODE_MAX_CHARS, USER_NAME_MAX_CHARS

SCHEME = "desktop-chat"
MAX_CHARS = 2048
"""Longer than any link that means something."""
_MAX_NUMBER = 2**53 - 1
_SAID_CHARS = 80
_ALLOWED = re.compile(r"[!-~]+")
"""The characters of a URI (RFC 3986, section 2), and no control character or blank among them."""
_CONVERSATION = re.compile(r"/([1-9][0-9]{0,15})(?:/([1-9][0-9]{0,15}))?/?")
_PLACE = re.compile(r"[A-Za-z0-9.:\[\]_-]+(?:/[A-Za-z0-9._~-]+)*")
"""Host, port and path of a server, of plain characters: more are not typed, but may deceive."""
_INVITE = re.compile(r"[A-Za-z0-9_.~-]*")


class LinkError(ValueError):
    """A link that means nothing here, in words for a person."""


class JoinLink(Struct, frozen=True):
    """Somebody invites to a server. ``address`` is as a person would type it, and can be one."""

    address: str
    user_name: str = ""
    invite: str = ""


class ConversationLink(Struct, frozen=True):
    """A conversation, and a message of it; ``seq`` is 0 for none."""

    conversation_id: int
    seq: int = 0


Link = JoinLink | ConversationLink


def parse(text: str) -> Link:
    """What a link means. Raises LinkError."""
    if len(text) > MAX_CHARS or not _ALLOWED.fullmatch(text):
        raise _meaningless(text)
    try:
        parts = urlsplit(text)
    except ValueError:
        raise _meaningless(text) from None
    if parts.scheme != SCHEME:
        raise _meaningless(text)
    if parts.netloc == "join":
        return _join(text, parts.path, parts.query, parts.fragment)
    if parts.netloc == "conversation" and not parts.query and not parts.fragment:
        match = _CONVERSATION.fullmatch(parts.path)
        if match is not None:
            conversation_id, seq = int(match[1]), int(match[2] or 0)
            if max(conversation_id, seq) <= _MAX_NUMBER:
                return ConversationLink(conversation_id, seq)
    raise _meaningless(text)


def _join(text: str, path: str, query: str, fragment: str) -> JoinLink:
    place = path.removeprefix("/").removesuffix("/")
    # No scheme: it follows from the host, and nobody is talked out of TLS by a link.
    if not _PLACE.fullmatch(place):
        raise _meaningless(text)
    address = place + (f"#{fragment}" if fragment else "")
    try:
        checked_address(address)
        fields = parse_qs(query, max_num_fields=8, errors="strict", encoding="utf-8")
    except ValueError as error:
        raise LinkError(tr("This link leads to no server: {reason}", reason=str(error))) from None
    user_name, invite = fields.get("name", [""])[0], fields.get("invite", [""])[0]
    if len(user_name) > USER_NAME_MAX_CHARS or not (user_name.isprintable() or not user_name):
        raise _meaningless(text)
    if len(invite) > INVITE_CODE_MAX_CHARS or not _INVITE.fullmatch(invite):
        raise _meaningless(text)
    return JoinLink(address, user_name, invite)


def _meaningless(text: str) -> LinkError:
    said = "".join(mark if mark.isprintable() else "\ufffd" for mark in text[:_SAID_CHARS])
    return LinkError(tr("“{link}” is no link that this version understands.", link=said))
