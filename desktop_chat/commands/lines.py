"""One message in plain text, for a terminal or a file: nothing in it acts on a terminal, and no message can
pass itself off as another."""

from collections.abc import Callable
from datetime import UTC, datetime, tzinfo

from desktop_chat.core import attachments
from desktop_chat.core.models import NOTICE, Message, SendState
from desktop_chat.language import SOURCE, spoken_as
from desktop_chat.viewmodels import safe_text, wording
from desktop_chat.viewmodels.notices import notice

NameOf = Callable[[int], str]


def when(ms: int, zone: tzinfo | None = None) -> datetime | None:
    """A moment in the given time zone, by default the local one; None where no calendar has it."""
    try:
        return datetime.fromtimestamp(ms / 1000, UTC).astimezone(zone)
    except (OverflowError, ValueError, OSError):
        return None


def stamp(ms: int, zone: tzinfo | None = None) -> str:
    """Day and time to the minute."""
    moment = when(ms, zone)
    return "????-??-?? ??:??" if moment is None else moment.strftime("%Y-%m-%d %H:%M")


@spoken_as(SOURCE)
def words(message: Message, name_of: NameOf) -> str:
    """What a message says, or what a notice tells; in English, whatever the app speaks."""
    extra = message.extra
    if message.kind == NOTICE:
        return notice(extra.action if extra else None, message.sender_id, name_of)
    if message.kind == "deleted":
        return wording.deleted()
    text = attachments.caption(message.kind, message.body)
    parts = [text] if text else []
    if names := [each.safe_name for each in files(message)]:
        parts.append(f"[{', '.join(names)}]")
    elif extra is not None and extra.file_ids:
        parts.append("[1 file]" if len(extra.file_ids) == 1 else f"[{len(extra.file_ids)} files]")
    if message.kind != "text" and not parts:
        parts.append(f"[{message.kind}]")
    if extra is not None and extra.edited_at_ms:
        parts.append("(edited)")
    if message.seq is None:
        parts.append("(not sent)" if message.state is SendState.FAILED else "(waiting to be sent)")
    return " ".join(parts)


def files(message: Message) -> tuple[attachments.Attachment, ...]:
    """The files below a message, as its sender describes them."""
    if message.kind not in attachments.FILE_KINDS:
        return ()
    return attachments.decode(message.body).files


def line(message: Message, name_of: NameOf, title: str = "", zone: tzinfo | None = None) -> str:
    """A message as a line, ended; further lines of its text stand further right. ``title`` names the
    conversation where it does not follow from elsewhere."""
    text = safe_text.shown_body(words(message, name_of)).replace("\u2028", "\n    ")
    head = stamp(message.sent_at_ms, zone) + (f" [{title}]" if title else "")
    if message.kind == NOTICE:
        return f"{head} * {text}\n"
    return f"{head} {name_of(message.sender_id)}: {text}\n"
