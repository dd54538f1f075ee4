"""What rows say: titles, previews and states in words, and text from people made safe to show in one line."""

import unicodedata

from desktop_chat.core.models import Conversation, SendState, User
from desktop_chat.protocol.actions import (
    AnyAction,
    Created,
    InfoChanged,
    MemberRemoved,
    MembersAdded,
    Pinned,
    RoleChanged,
)

DELETED = "This message was deleted"
NOTE_TITLE = "Note to self"

_BIDI_CONTROLS = (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C)
_LINE_BREAKS = (0x0A, 0x0B, 0x0C, 0x0D, 0x85, 0x2028, 0x2029, 0x09)
_C0_C1 = (*range(0x20), *range(0x7F, 0xA0))

_UNSEEN = ("Cc", "Cf", "Mn", "Me", "Zs", "Zl", "Zp")
_BLANK_LETTERS = "\u115f\u1160\u2800\u3164\uffa0"
"""Letters and symbols by their category, with nothing to see: fillers and the empty Braille cell."""

_ONE_LINE: dict[int, str | None] = {
    **dict.fromkeys(_C0_C1, "\ufffd"),
    **dict.fromkeys(_BIDI_CONTROLS, None),
    **dict.fromkeys(_LINE_BREAKS, " "),
}
_BODY: dict[int, str] = {
    **dict.fromkeys(_C0_C1, "\ufffd"),
    # An override could make a link or a file name read backwards; what it hides is shown in its true order.
    **dict.fromkeys((0x202D, 0x202E), "\ufffd"),
    **dict.fromkeys((0x0A, 0x0B, 0x0C, 0x0D, 0x85, 0x2029), "\u2028"),
    0x09: "\t",
}

_STATES = {
    SendState.PENDING: "waiting to be sent",
    SendState.SENDING: "sending",
    SendState.FAILED: "not sent",
    SendState.SENT: "sent",
    SendState.DELIVERED: "delivered",
    SendState.READ: "read",
}


def one_line(text: str, limit: int = 200) -> str:
    """At most ``limit`` code points of ``text`` as one line: line breaks become spaces, direction controls
    are left out, other control characters are shown as the replacement character."""
    return text[:limit].translate(_ONE_LINE).strip()


def shown_body(body: str) -> str:
    """A message's text as it is laid out, code point for code point: what is at an index here is at the
    same index in ``body``. Line breaks become line separators (U+2028)."""
    return body.translate(_BODY)


def person(user: User) -> str:
    """What to call a person on screen: the display name, or the user name where that one cannot be seen."""
    for name in (one_line(user.display_name), one_line(user.user_name)):
        if any(is_visible(mark) for mark in name):
            return name
    return "Unnamed"


def is_visible(mark: str) -> bool:
    """Whether a code point by itself leaves anything on screen: no space, no format or variation mark."""
    return mark not in _BLANK_LETTERS and unicodedata.category(mark) not in _UNSEEN


def title(conversation: Conversation) -> str:
    """What to call a conversation on screen."""
    if conversation.kind == "note":
        return NOTE_TITLE
    if conversation.kind == "group":
        return one_line(conversation.info.title) or "Group"
    if conversation.peer is None:
        return "Unknown person"
    return person(conversation.peer)


def subtitle(conversation: Conversation, presence: str) -> str:
    """What stands below a conversation's title; ``presence`` is what there is to say of one other person."""
    if conversation.kind == "note":
        return "messages and links to keep"
    if conversation.gone:
        return "you are not in this group any more"
    if conversation.kind == "group":
        return "1 member" if conversation.member_count == 1 else f"{conversation.member_count} members"
    return presence


def avatar_id(conversation: Conversation, own_id: int) -> int:
    """What a conversation's avatar is coloured by: the other person, or for a group the group itself."""
    if conversation.kind == "group":
        return -conversation.conversation_id
    return conversation.peer.user_id if conversation.peer is not None else own_id


def preview(conversation: Conversation) -> str:
    """The newest message in one line."""
    if not conversation.preview_kind:
        return "No messages yet"
    if conversation.preview_kind == "deleted":
        return DELETED
    if conversation.preview_kind != "text":
        return "A message this version cannot show"
    return one_line(conversation.preview_text)


def notice(action: AnyAction | None) -> str:
    """What somebody did to a conversation, as that person would say it."""
    match action:
        case Created():
            return "made this group"
        case MembersAdded(user_ids):
            return "added a person" if len(user_ids) == 1 else f"added {len(user_ids)} people"
        case MemberRemoved():
            return "changed who is in this group"
        case RoleChanged(role=role):
            return f"gave somebody the role “{role}”"
        case Pinned(on=on):
            return "pinned a message" if on else "took a pinned message off"
        case InfoChanged(title=str(title)):
            return f"named the group “{one_line(title)}”"
        case _:
            return "changed what is said about this conversation"


def state(send_state: SendState) -> str:
    """A send state in words."""
    return _STATES[send_state]


def unread(count: int) -> str:
    """A count as a badge shows it."""
    return str(count) if count < 1000 else "999+"
