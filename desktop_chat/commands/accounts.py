"""Which account a person means, where several are signed in."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from desktop_chat.commands import names
from desktop_chat.commands.finding import CommandError, said
from desktop_chat.core.folding import fold
from desktop_chat.settings import Account
from desktop_chat.viewmodels import safe_text, wording

_LISTED = 5


def find_account(wanted: str, accounts: Sequence[Account]) -> Account:
    """The account with this key, with the user name and server of ``name@host`` or ``name@host:port``, or
    with this user name alone, whatever its case and accents; in that order. Raises CommandError where there
    is none, and where several have it."""
    wanted = wanted.strip().removeprefix("@")
    for account in accounts:
        if account.key == wanted:
            return account
    name = fold(wanted)
    found = [each for each in accounts if name in map(fold, _with_server(each))]
    found = found or [each for each in accounts if fold(each.user_name) == name]
    if len(found) == 1:
        return found[0]
    if found:
        raise CommandError(
            f"“{said(wanted)}” is the name of several accounts: {_listed(found)}. "
            "Name one by its server too, or by its key, which is in parentheses."
        )
    there_are = f" There are: {_listed(accounts)}." if accounts else ""
    raise CommandError(f"Nobody is signed in here as “{said(wanted)}”.{there_are}")


def _with_server(account: Account) -> list[str]:
    parts = urlsplit(account.server_address)
    called = names.in_each_language(lambda: wording.server(account)) if account.hosted else []
    places = [*called, parts.hostname or "", parts.netloc]
    return [f"{account.user_name}@{place}" for place in places if place]


def _listed(accounts: Sequence[Account]) -> str:
    listed = ", ".join(
        f"{safe_text.one_line(each.user_name)}@{safe_text.one_line(names.server(each))} ({each.key})"
        for each in accounts[:_LISTED]
    )
    return listed + (f" and {len(accounts) - _LISTED} more" if len(accounts) > _LISTED else "")
