"""The commands that only read, over whichever source: parts of text, one after the other."""

from collections.abc import AsyncGenerator, Callable

from desktop_chat.commands import lines
from desktop_chat.commands import names as called
from desktop_chat.commands.finding import existing
from desktop_chat.commands.formats import export_format
from desktop_chat.commands.sources import Source
from desktop_chat.core.models import Conversation, Message
from desktop_chat.desktop.instance_messages import Format


def names(source: Source) -> Callable[[int], str]:
    """What to call people, the own name included."""

    def name_of(user_id: int) -> str:
        user = source.user(user_id)
        return f"user {user_id}" if user is None else called.person(user)

    return name_of


def chosen(source: Source, who: str) -> list[Conversation]:
    """The conversation that is meant, or all of them, those with news first. Raises CommandError."""
    rows = sorted(source.conversations(), key=lambda row: (-row.activity_ms, -row.conversation_id))
    return [existing(who, rows)] if who else rows


def titles(rows: list[Conversation]) -> dict[int, str]:
    """What to call conversations."""
    return {row.conversation_id: called.title(row) for row in rows}


async def newest(source: Source, only: int | None, count: int) -> list[Message]:
    """The newest messages, oldest first, of one conversation or over all of them."""
    if only is None:
        return await source.newest_of_all(count)
    return source.newest(only, count)[-count:] if count else []


async def tail(source: Source, who: str, count: int) -> str:
    """The newest messages as lines. Raises CommandError."""
    rows = chosen(source, who)
    found = await newest(source, rows[0].conversation_id if who else None, count)
    return told(source, found, {} if who else titles(rows))


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


def told(source: Source, found: list[Message], title_of: dict[int, str]) -> str:
    """Messages as lines; those of a conversation that has a title here, with it."""
    name_of = names(source)
    return "".join(lines.line(each, name_of, title_of.get(each.conversation_id, "")) for each in found)
