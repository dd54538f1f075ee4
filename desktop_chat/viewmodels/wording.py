"""What rows say: titles, previews and states in words."""

from collections.abc import Iterable, Sequence
from functools import reduce
from urllib.parse import urlsplit

from desktop_chat.core import attachments
from desktop_chat.core.attachments import FILE_KINDS
from desktop_chat.core.models import Conversation, SendState, User
from desktop_chat.language import number, tr, trc, trn
from desktop_chat.protocol.actions import Role
from desktop_chat.settings import Account
from desktop_chat.viewmodels import rich_text, safe_text

_CAPTION_CHARS = 800
"""More than one line shows, its markup included; a caption can be much longer."""


def deleted() -> str:
    """What stands in the place of a message that was deleted."""
    return tr("This message was deleted")


def note_title() -> str:
    """What the conversation with oneself is called."""
    return tr("Note to self")


def person(user: User) -> str:
    """What to call a person on screen: the display name, or the user name where that one cannot be seen."""
    for name in (safe_text.one_line(user.display_name), safe_text.one_line(user.user_name)):
        if any(safe_text.is_visible(mark) for mark in name):
            return name
    return tr("Unnamed")


def by(own: bool, sender: str) -> str:
    """What stands before something that was written: oneself, or who else, where that has to be said."""
    # Translators: before what somebody wrote, as in “Alice: See you”.
    words = tr("You:") if own else tr("{name}:", name=sender) if sender else ""
    return f"{words} " if words else ""


def server(account: Account, accounts: Sequence[Account] = ()) -> str:
    """What to call the server of an account, shortly: with its port where one of ``accounts`` is on the same
    host with another."""
    if account.hosted:
        return tr("this computer")
    address = urlsplit(account.server_address)
    places = {urlsplit(each.server_address).netloc for each in _alike(account, accounts)}
    return address.netloc if places - {address.netloc} else address.hostname or ""


def account(which: Account, accounts: Sequence[Account]) -> str:
    """What to call one of several accounts, shortly: by its server, and by who one is there where others have
    a server that is called the same."""
    return server(which) if len(_alike(which, accounts)) < 2 else whole_account(which, accounts)


def whole_account(which: Account, accounts: Sequence[Account]) -> str:
    """What to call one of several accounts: who one is there, and its server."""
    return tr("{name}, {place}", name=which.user_name, place=server(which, accounts))


def _alike(account: Account, accounts: Sequence[Account]) -> list[Account]:
    """Those whose servers are called the same."""
    return [each for each in accounts if _host(each) == _host(account)]


def _host(account: Account) -> tuple[bool, str]:
    """What accounts have in common whose servers are called the same."""
    return account.hosted, "" if account.hosted else urlsplit(account.server_address).hostname or ""


def title(conversation: Conversation) -> str:
    """What to call a conversation on screen."""
    if conversation.kind == "note":
        return note_title()
    if conversation.kind == "group":
        return safe_text.one_line(conversation.info.title) or tr("Group")
    if conversation.peer is None:
        return tr("Unknown person")
    return person(conversation.peer)


def subtitle(conversation: Conversation, presence: str) -> str:
    """What stands below a conversation's title; ``presence`` is what there is to say of one other person."""
    if conversation.kind == "note":
        return tr("messages and links to keep")
    if conversation.gone:
        return tr("you are not in this group any more")
    if conversation.kind == "group":
        return trn("{count} member", "{count} members", count=conversation.member_count)
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
        return tr("No messages yet")
    if conversation.preview_kind == "deleted":
        return deleted()
    if conversation.preview_kind in FILE_KINDS:
        return files(conversation.preview_kind, conversation.preview_text)
    if conversation.preview_kind != "text":
        return tr("A message this version cannot show")
    return rich_text.plain(safe_text.one_line(conversation.preview_text))


def files(kind: str, body: str) -> str:
    """A message with files in one line: the caption without markup, or else what they are."""
    return safe_text.one_line(attachments.summary(kind, body, _caption))


def _caption(written: str) -> str:
    return rich_text.plain(written[:_CAPTION_CHARS]).strip()


def older_missing_here() -> str:
    """That a look into the cache does not reach everything of a conversation yet."""
    return tr("Older messages of this conversation are not here yet. They are being fetched.")


def older_missing(count: int) -> str:
    """That a look into the cache does not reach everything of so many conversations yet."""
    return trn(
        "Older messages of one conversation are not here yet. They are being fetched.",
        "Older messages of {count} conversations are not here yet. They are being fetched.",
        count=count,
    )


def listed(names: Sequence[str]) -> str:
    """ "Alice, Bob and 3 others"."""
    match names:
        case []:
            # Translators: stands where names of people would, as in “You added {people}”.
            return tr("nobody")
        case [name]:
            return name
        case [first, second]:
            return tr("{first} and {second}", first=first, second=second)
        case [first, second, third]:
            return tr("{first}, {second} and {third}", first=first, second=second, third=third)
        case [first, second, *others]:
            return trn(
                "{first}, {second} and {count} other",
                "{first}, {second} and {count} others",
                count=len(others),
                first=first,
                second=second,
            )
    raise AssertionError


def enumerated(parts: Iterable[str]) -> str:
    """What is said one after the other of one thing, by a screen reader above all; empty parts are left
    out."""
    # Translators: stands between names in a list, and between parts of what a screen reader says of a row.
    return trc("between parts", ", ").join(filter(None, parts))


def beside(*parts: str) -> str:
    """What stands in one line and has nothing to do with each other, "18 KB · Alice · 3 Mar"; empty parts are
    left out."""
    told = [each for each in parts if each]
    return reduce(_beside, told) if told else ""


def _beside(before: str, after: str) -> str:
    # Translators: two things in one line that have nothing to do with each other: “18 KB · Alice”.
    return tr("{before} · {after}", before=before, after=after)


def role(of: Role) -> str:
    """A role in words; a plain member's is none."""
    match of:
        case "owner":
            return trc("role in a group", "owner")
        case "admin":
            return trc("role in a group", "admin")
        case "member":
            return ""


def state(send_state: SendState) -> str:
    """A send state in words."""
    match send_state:
        case SendState.PENDING:
            return trc("state of a message", "waiting to be sent")
        case SendState.SENDING:
            return trc("state of a message", "sending")
        case SendState.FAILED:
            return trc("state of a message", "not sent")
        case SendState.SENT:
            return trc("state of a message", "sent")
        case SendState.DELIVERED:
            return trc("state of a message", "delivered")
        case SendState.READ:
            return trc("state of a message", "read")


def size(size_bytes: int) -> str:
    """A size as people say it, in units of thousands: "14 MB"."""
    factor = _unit(size_bytes)
    amount = _scaled(size_bytes, size_bytes, factor)
    match factor:
        case 1_000:
            return tr("{amount} KB", amount=amount)
        case 1_000_000:
            return tr("{amount} MB", amount=amount)
        case 1_000_000_000:
            return tr("{amount} GB", amount=amount)
        case _:
            return trn("{amount} byte", "{amount} bytes", count=size_bytes, amount=amount)


def progress(done_bytes: int, total_bytes: int) -> str:
    """How much of how much: "2.1 of 14 MB"."""
    done = _scaled(done_bytes, total_bytes, _unit(total_bytes))
    # Translators: {done} is in the unit of {total}: “2.1 of 14 MB”.
    return tr("{done} of {total}", done=done, total=size(total_bytes))


def _unit(size_bytes: int) -> int:
    """How many bytes the unit has in which a size is said."""
    return next((factor for factor in (10**9, 10**6, 10**3) if size_bytes >= factor), 1)


def _scaled(size_bytes: int, like_bytes: int, factor: int) -> str:
    """A size in units of ``factor`` bytes, with a decimal where ``like_bytes`` is said with one."""
    value = size_bytes / factor
    decimals = 1 if factor > 1000 and like_bytes / factor < 100 else 0
    return number(value, 0 if f"{value:.{decimals}f}".endswith(".0") else decimals)


def unread(count: int) -> str:
    """A count as a badge shows it."""
    return str(count) if count < 1000 else "999+"
