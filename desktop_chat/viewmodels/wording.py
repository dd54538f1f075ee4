"""What rows say: titles, previews and states in words."""

from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from desktop_chat.core.attachments import FILE_KINDS, PICTURE
from desktop_chat.core.models import Conversation, SendState, User
from desktop_chat.protocol.actions import (
    AnyAction,
    Created,
    InfoChanged,
    MemberRemoved,
    MembersAdded,
    Pinned,
    Role,
    RoleChanged,
)
from desktop_chat.settings import Account
from desktop_chat.viewmodels import rich_text, safe_text

DELETED = "This message was deleted"
NOTE_TITLE = "Note to self"
YOU = "you"

_ROLES = {"owner": "an owner", "admin": "an admin", "member": "a member"}

_STATES = {
    SendState.PENDING: "waiting to be sent",
    SendState.SENDING: "sending",
    SendState.FAILED: "not sent",
    SendState.SENT: "sent",
    SendState.DELIVERED: "delivered",
    SendState.READ: "read",
}


def person(user: User) -> str:
    """What to call a person on screen: the display name, or the user name where that one cannot be seen."""
    for name in (safe_text.one_line(user.display_name), safe_text.one_line(user.user_name)):
        if any(safe_text.is_visible(mark) for mark in name):
            return name
    return "Unnamed"


def server(account: Account) -> str:
    """What to call the server of an account, shortly."""
    return "this computer" if account.hosted else urlsplit(account.server_address).hostname or ""


def account(which: Account, accounts: Sequence[Account]) -> str:
    """What to call one of several accounts, shortly: by its server, and by who one is there where others have
    a server that is called the same."""
    alike = [each for each in accounts if server(each) == server(which)]
    if len(alike) < 2:
        return server(which)
    place = server(which) if which.hosted else urlsplit(which.server_address).netloc
    return f"{which.user_name}, {place}"


def title(conversation: Conversation) -> str:
    """What to call a conversation on screen."""
    if conversation.kind == "note":
        return NOTE_TITLE
    if conversation.kind == "group":
        return safe_text.one_line(conversation.info.title) or "Group"
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


def portrait(conversation: Conversation) -> str:
    """The file_id of the picture that shows whom or what a conversation is with; empty for none."""
    if conversation.kind == "group":
        return conversation.info.picture
    peer = conversation.peer if conversation.kind == "direct" else None
    return peer.picture if peer is not None else ""


def preview(conversation: Conversation) -> str:
    """The newest message in one line."""
    if not conversation.preview_kind:
        return "No messages yet"
    if conversation.preview_kind == "deleted":
        return DELETED
    if conversation.preview_kind in FILE_KINDS:
        return "📷 Photo" if conversation.preview_kind == PICTURE else "📎 File"
    if conversation.preview_kind != "text":
        return "A message this version cannot show"
    return rich_text.plain(safe_text.one_line(conversation.preview_text))


def older_missing(whose: str) -> str:
    """That a look into the cache does not reach everything yet; ``whose`` messages are missing."""
    return f"Older messages of {whose} are not here yet. They are being fetched."


def notice(action: AnyAction | None, actor_id: int, name_of: Callable[[int], str]) -> str:
    """What somebody did to a conversation, in a sentence. ``name_of`` says what to call a person: "you", or
    a name."""
    match action:
        case Created(title=title):
            done = f"made the group “{safe_text.one_line(title)}”"
        case MembersAdded(user_ids):
            done = f"added {_listed([name_of(each) for each in user_ids])}"
        case MemberRemoved(user_id):
            done = "left the group" if user_id == actor_id else f"removed {name_of(user_id)}"
        case RoleChanged(user_id, role):
            done = f"made {name_of(user_id)} {_ROLES[role]}"
        case Pinned(on=on):
            done = "pinned a message" if on else "took a pinned message off"
        case InfoChanged():
            done = _info_changed(action)
        case _:
            done = "changed this conversation"
    actor = name_of(actor_id)
    return f"{'You' if actor == YOU else actor} {done}"


def _info_changed(action: InfoChanged) -> str:
    if action.title is not None:
        return f"named the group “{safe_text.one_line(action.title)}”"
    if action.picture is not None:
        return "changed the group's picture" if action.picture else "removed the group's picture"
    if action.board is not None:
        return "made this a notice board" if action.board else "let everybody write here"
    if action.retention_days is not None:
        days = action.retention_days
        return (
            f"set messages to be kept for {days} day{'s' if days != 1 else ''}"
            if days
            else ("set messages to be kept for as long as the server keeps them")
        )
    return "changed what is said about the group"


def _listed(names: list[str]) -> str:
    """ "Alice, Bob and 3 others"."""
    if len(names) > 3:
        return f"{', '.join(names[:2])} and {len(names) - 2} others"
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1]))) if names else "nobody"


def role(of: Role) -> str:
    """A role in words; a plain member's is none."""
    return "" if of == "member" else of


def state(send_state: SendState) -> str:
    """A send state in words."""
    return _STATES[send_state]


def size(size_bytes: int) -> str:
    """A size as people say it, in units of thousands: "14 MB"."""
    number, unit = _scaled(size_bytes, size_bytes)
    return f"{number} {unit if size_bytes != 1 else 'byte'}"


def progress(done_bytes: int, total_bytes: int) -> str:
    """How much of how much: "2.1 of 14 MB"."""
    done, _ = _scaled(done_bytes, total_bytes)
    return f"{done} of {size(total_bytes)}"


def _scaled(size_bytes: int, like_bytes: int) -> tuple[str, str]:
    """A number in the unit that suits ``like_bytes``."""
    unit, factor = "bytes", 1
    for name, step in (("KB", 10**3), ("MB", 10**6), ("GB", 10**9)):
        if like_bytes >= step:
            unit, factor = name, step
    value = size_bytes / factor
    decimals = 1 if factor > 1000 and like_bytes / factor < 100 else 0
    return f"{value:,.{decimals}f}".removesuffix(".0"), unit


def unread(count: int) -> str:
    """A count as a badge shows it."""
    return str(count) if count < 1000 else "999+"
