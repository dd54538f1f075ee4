"""What a later start and the running app say to each other, over the socket of ``single_instance``.

Each message is a line of JSON. A start asks one thing and gets answers up to ``Done`` or ``Failed``. Both are
programs of one person, yet neither trusts what it reads: a line that is too long or no message ends the talk.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from desktop_chat.desktop.activation import TOKEN_MAX_CHARS
from desktop_chat.desktop.app_id import Action
from desktop_chat.protocol.limits import MAX_BODY_CHARS

MAX_LINE_BYTES = 256 * 1024
"""A message of the greatest length fits, whatever its characters."""
LINK_MAX_CHARS = 2048
WHO_MAX_CHARS = 200
ACCOUNT_MAX_CHARS = 400
"""A user name and a host name."""
TAIL_MAX = 10_000

Who = Annotated[str, Meta(max_length=WHO_MAX_CHARS)]
"""A conversation as a person names it; empty for all."""
AccountName = Annotated[str, Meta(max_length=ACCOUNT_MAX_CHARS)]
"""An account as a person names it; empty for the one on screen."""
Token = Annotated[str, Meta(max_length=TOKEN_MAX_CHARS)]
Format = Literal["json", "html", "text"]


class _Request(Struct, frozen=True, forbid_unknown_fields=True):
    """An app must not pass over what it does not know of a newer start's request: it may name the account."""


class Raise(_Request, frozen=True, tag="raise"):
    """Show the window. ``token`` lets it come to the front; see ``activation``."""

    token: Token = ""


class Stay(_Request, frozen=True, tag="stay"):
    """Go on as it is. Asks whether the app does: one that ends says so."""


class OpenLink(_Request, frozen=True, tag="open"):
    """Do what a link says; see ``links``. ``token`` as in ``Raise``."""

    url: Annotated[str, Meta(max_length=LINK_MAX_CHARS)]
    token: Token = ""


class Act(_Request, frozen=True, tag="act"):
    """Do what an action of the desktop file says. ``token`` as in ``Raise``."""

    action: Action
    token: Token = ""


class Send(_Request, frozen=True, tag="send"):
    """Send a text."""

    who: Annotated[str, Meta(min_length=1, max_length=WHO_MAX_CHARS)]
    text: Annotated[str, Meta(max_length=MAX_BODY_CHARS)]
    account: AccountName = ""


class Tail(_Request, frozen=True, tag="tail"):
    """Tell the newest messages, and with ``follow`` those that come until the asker goes."""

    who: Who = ""
    count: Annotated[int, Meta(ge=0, le=TAIL_MAX)] = 10
    follow: bool = False
    account: AccountName = ""


class Export(_Request, frozen=True, tag="export"):
    """Tell the whole cached history."""

    who: Who = ""
    format: Format = "text"
    account: AccountName = ""


Command = Send | Tail | Export
Request = Raise | Stay | OpenLink | Act | Command


class Text(Struct, frozen=True, tag="text"):
    """A part of the answer, to be written out as it is."""

    text: str


class Done(Struct, frozen=True, tag="done"):
    """That was all."""


class Failed(Struct, frozen=True, tag="failed"):
    """It could not be done, in words for a person."""

    words: str


Answer = Text | Done | Failed

MessageError = msgspec.MsgspecError
"""What a line that is no message raises."""

_encode = msgspec.json.Encoder().encode
decode_request = msgspec.json.Decoder(Request).decode
decode_answer = msgspec.json.Decoder(Answer).decode


def encode(message: Request | Answer) -> bytes:
    """A message as the line that it travels as."""
    return _encode(message) + b"\n"
