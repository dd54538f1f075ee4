"""The commands that only read, over whichever source: parts of text, one after the other."""

from collections.abc import AsyncGenerator, Callable

from desktop_chat.commands import lines
from desktop_chat.commands.finding import existing
from desktop_chat.commands.formats import export_format
from desktop_chat.commands.sources import Source
from desktop_chat.core.models import Conversation, Message
from desktop_chat.desktop.instance_messages import Format
from desktop_chat.viewmodels import wording


def names(source: Source) -> Callable[[int], str]:
    """What to call people, the own name included."""

    def name_of(user_id: int) -> str:
        user = source.user(user_id)
        return f"user {user_id}" if user is None else wording.person(user)

    return name_of


def chosen(source: Source, who: str) -> list[Conversation]:
    """The conversation that is meant, or all of them, those with news first. Raises CommandError."""
    rows = sorted(source.conversations(), key=lambda row: (-row.activity_ms, -row.conversation_id))
    return [existing(who, rows)] if who else rows


def newest(source: Source, who: str, count: int) -> list[tuple[str, Message]]:
    """The newest messages, oldest first, each with its conversation's title where several are asked for.
    Raises CommandError."""
    found: list[tuple[str, Message]] = []
    # The newest ``count`` messages are in the ``count`` conversations in which something happened last.
    for row in chosen(source, who)[: count or 1]:
        title = "" if who else wording.title(row)
        found += [(title, message) for message in source.newest(row.conversation_id, count)]
    if not who:
        found.sort(key=lambda each: (each[1].sent_at_ms, each[1].local_id))
    return found[-count:] if count else []


async def exported(source: Source, who: str, form: Format) -> AsyncGenerator[str, None]:
    """The whole cached history in a format. Raises CommandError before the first part."""
    rows = chosen(source, who)
    writer = export_format(form, names(source))
    yield writer.begin()
    for row in rows:
        id_ = row.conversation_id
        yield writer.open(row, whole=source.reaches_start(id_))
        seq = 0
        while page := await source.after(id_, seq):
            yield writer.messages(page)
            seq = page[-1].seq or seq
        if unsent := [message for message in source.newest(id_, 0) if message.seq is None]:
            yield writer.messages(unsent)
        yield writer.close()
    yield writer.end()


def told(source: Source, found: list[tuple[str, Message]]) -> str:
    """Messages as lines."""
    name_of = names(source)
    return "".join(lines.line(message, name_of, title) for title, message in found)
