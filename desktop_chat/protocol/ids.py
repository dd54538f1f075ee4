"""The identifiers on the wire, each one type with its bounds. Integers stay below 2**53 so that every
JSON reader keeps them exact (RFC 8259, section 6)."""

from typing import Annotated

from msgspec import Meta

from desktop_chat.protocol import limits

_MAX_INT = 2**53 - 1

RequestId = Annotated[int, Meta(ge=1, le=_MAX_INT)]
"""Chosen by the client for each command, rising within one connection; the reply names it in ``re``."""
UserId = Annotated[int, Meta(ge=1, le=_MAX_INT)]
DeviceId = Annotated[int, Meta(ge=1, le=_MAX_INT)]
ConversationId = Annotated[int, Meta(ge=1, le=_MAX_INT)]
MessageId = Annotated[int, Meta(ge=1, le=_MAX_INT)]
"""The server's name for a message: the position at which it was stored."""
Seq = Annotated[int, Meta(ge=1, le=_MAX_INT)]
"""Order in a conversation: 1, 2, 3 … without a hole."""
Pointer = Annotated[int, Meta(ge=0, le=_MAX_INT)]
"""A seq that something has reached; 0 before the first."""
Position = Annotated[int, Meta(ge=0, le=_MAX_INT)]
"""Place in the server's log; rises with everything that is stored."""
Count = Annotated[int, Meta(ge=0, le=_MAX_INT)]
TimeMs = Annotated[int, Meta(ge=0, le=_MAX_INT)]
"""Milliseconds since 1970-01-01 UTC, the server's clock."""

ClientId = Annotated[str, Meta(pattern=r"\A[0-9a-f]{32}\Z")]
"""Made by the client for each message, a UUIDv7 (RFC 9562) as 32 hex digits: the idempotency key."""
Epoch = Annotated[str, Meta(pattern=r"\A[0-9a-f]{32}\Z")]
"""Made with the server's store; another epoch means another log."""

FileId = Annotated[str, Meta(pattern=r"\A[0-9a-f]{32}\Z")]
"""Made by the server for each upload, not to be guessed; see docs/files.md."""
Picture = Annotated[str, Meta(pattern=r"\A([0-9a-f]{32})?\Z")]
"""A file that shows a person or a group; empty for none."""

Kind = Annotated[str, Meta(min_length=1, max_length=limits.MAX_KIND_CHARS, pattern=r"\A[a-z0-9_.-]+\Z")]
Body = Annotated[str, Meta(max_length=limits.MAX_BODY_CHARS)]
Title = Annotated[str, Meta(max_length=limits.TITLE_MAX_CHARS)]
About = Annotated[str, Meta(max_length=limits.ABOUT_MAX_CHARS)]
ReactionKey = Annotated[str, Meta(min_length=1, max_length=limits.REACTION_KEY_MAX_CHARS)]
"""What a person reacted with: an emoji, or whatever else clients agree on; never interpreted."""
InviteCode = Annotated[str, Meta(max_length=limits.INVITE_CODE_MAX_CHARS)]
UserName = Annotated[str, Meta(min_length=1, max_length=limits.USER_NAME_MAX_CHARS)]
DisplayName = Annotated[str, Meta(max_length=limits.DISPLAY_NAME_MAX_CHARS)]
DeviceName = Annotated[str, Meta(max_length=limits.DEVICE_NAME_MAX_CHARS)]
Password = Annotated[str, Meta(max_length=limits.PASSWORD_MAX_CHARS)]
Token = Annotated[str, Meta(min_length=1, max_length=limits.TOKEN_MAX_CHARS)]
