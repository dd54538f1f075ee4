"""Which conversation a person means."""

from collections.abc import Iterable

from desktop_chat.commands import names
from desktop_chat.core.folding import fold
from desktop_chat.core.models import Conversation
from desktop_chat.viewmodels import safe_text, wording

_LISTED = 5


class CommandError(Exception):
    """A command cannot be carried out, in words for a person."""


def find(who: str, rows: Iterable[Conversation]) -> Conversation | None:
    """The conversation with this id, with the person of this user name (an @ before it is taken off), or with
    this title, whatever its case and accents, and in whichever language a window has it; in that order. None
    where there is none. Raises CommandError where several have it."""
    rows = list(rows)
    wanted = who.strip()
    for row in rows:
        if wanted == str(row.conversation_id):
            return row
    name = fold(wanted.removeprefix("@"))
    for row in rows:
        if row.peer is not None and row.kind == "direct" and fold(row.peer.user_name) == name:
            return row
    title = fold(wanted)
    found = names.in_each_language(
        lambda: {row.conversation_id for row in rows if fold(wording.title(row)) == title}
    )
    ids = set().union(*found)
    named = [row for row in rows if row.conversation_id in ids]
    if len(named) > 1:
        listed = ", ".join(_described(row) for row in named[:_LISTED])
        more = f" and {len(named) - _LISTED} more" if len(named) > _LISTED else ""
        raise CommandError(f"“{said(who)}” is the name of several: {listed}{more}. Name one by its number.")
    return named[0] if named else None


def existing(who: str, rows: Iterable[Conversation]) -> Conversation:
    """As ``find``; raises CommandError where there is none, too."""
    row = find(who, rows)
    if row is None:
        raise CommandError(f"There is no conversation with “{said(who)}”.")
    return row


def said(who: str) -> str:
    """What a person typed, as it can be said to them."""
    return safe_text.one_line(who, 60)


def _described(row: Conversation) -> str:
    whose = f"@{safe_text.one_line(row.peer.user_name)}" if row.peer is not None else row.kind
    return f"{row.conversation_id} ({whose})"
