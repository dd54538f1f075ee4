"""What the command line calls people, conversations and servers: in English, whatever the app speaks, so that
a script reads the same everywhere. What a person types may be in any language that a window speaks."""

from collections.abc import Callable
from typing import TypeVar

from desktop_chat.core.models import Conversation, User
from desktop_chat.language import LANGUAGES, SOURCE, spoken_as
from desktop_chat.settings import Account
from desktop_chat.viewmodels import wording

T = TypeVar("T")


@spoken_as(SOURCE)
def person(user: User) -> str:
    """What to call a person."""
    return wording.person(user)


@spoken_as(SOURCE)
def title(row: Conversation) -> str:
    """What to call a conversation."""
    return wording.title(row)


@spoken_as(SOURCE)
def server(account: Account) -> str:
    """What to call the server of an account."""
    return wording.server(account)


def in_each_language(said: Callable[[], T]) -> list[T]:
    """What is said in each language that there is, and not only in the one that is spoken now: what a command
    finds does not hang on the choice, and the app that has made it may not run."""
    found = []
    for code in LANGUAGES:
        with spoken_as(code):
            found.append(said())
    return found
