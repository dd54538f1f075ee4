"""The commands as typed: arguments in, words and exit codes out."""

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import get_args

from desktop_chat.commands import reading
from desktop_chat.commands.accounts import find_account
from desktop_chat.commands.finding import CommandError
from desktop_chat.commands.sources import CacheSource
from desktop_chat.desktop.instance_client import InstanceClient, InstanceError
from desktop_chat.desktop.instance_messages import (
    ACCOUNT_MAX_CHARS,
    TAIL_MAX,
    WHO_MAX_CHARS,
    Done,
    Export,
    Failed,
    Format,
    Request,
    Send,
    Tail,
    Text,
)
from desktop_chat.paths import DEFAULT_PROFILE, NoProfileError, ProfileNameError, ProfilePaths
from desktop_chat.protocol.limits import MAX_BODY_CHARS
from desktop_chat.settings import SettingsStore
from desktop_chat.store.database import StoreError
from desktop_chat.store.migrations import NewerSchemaError
from desktop_chat.store.reading import OlderSchemaError

FAILED, USAGE, INTERRUPTED = 1, 2, 130
"""Exit codes; 130 is the shell's for Ctrl+C."""

Write = Callable[[str], object]


def run_command(parser: argparse.ArgumentParser, options: argparse.Namespace) -> int:
    """Carry out a command and return its exit code. ``parser`` is the app's own, for errors; ``options``
    holds the command, what follows it, and the profile."""
    commands = {
        "send": _send,
        "tail": _tail,
        "export": _export,
        "install-desktop": _install_desktop,
        "uninstall-desktop": _uninstall_desktop,
    }
    make = commands.get(options.command)
    if make is None:
        parser.error(f"unknown command: {options.command} (there are {', '.join(commands)})")
    try:
        return _guarded(make, options)
    except BrokenPipeError:
        # Whoever read has seen enough. What Python would flush at its end has nowhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED


def _guarded(make: Callable[[argparse.Namespace], int], options: argparse.Namespace) -> int:
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        return make(options)
    except ProfileNameError as error:
        return _complain(str(error), USAGE)
    except StoreError as error:
        return _complain(f"The messages kept here cannot be read: {error}.")
    except (CommandError, InstanceError, NoProfileError, NewerSchemaError, OlderSchemaError) as error:
        return _complain(str(error))
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            raise
        return _complain(str(error))


def _send(options: argparse.Namespace) -> int:
    parser = _parser("send", "Send a text through the app that runs.", options)
    parser.add_argument("who", metavar="WHO", help="user name, name, title of a group, or number")
    parser.add_argument("text", metavar="TEXT", nargs="+", help="the words; a single - reads them from input")
    typed = parser.parse_args(options.rest)
    text = " ".join(typed.text)
    if typed.text == ["-"]:
        text = sys.stdin.read(MAX_BODY_CHARS + 2)
    text = text.strip()
    if not text:
        parser.error("there is nothing to send")
    if len(text) > MAX_BODY_CHARS:
        return _complain(f"The text is too long: {MAX_BODY_CHARS:,} characters fit in one message.")
    who, account = _who(parser, typed.who), _account(parser, typed.account)
    with _running_app(ProfilePaths(typed.profile, make=False)) as app:
        if app is None:
            return _complain("The app is not running: start it, and try again.")
        return _pass_on(app, Send(who, text, account), sys.stdout.write)


def _tail(options: argparse.Namespace) -> int:
    parser = _parser("tail", "Show the newest messages.", options)
    _add_who(parser)
    parser.add_argument("-n", type=int, default=10, metavar="N", help="how many (default: %(default)s)")
    parser.add_argument("-f", "--follow", action="store_true", help="go on with those that come")
    typed = parser.parse_args(options.rest)
    if not 0 <= typed.n <= TAIL_MAX:
        parser.error(f"-n takes 0 to {TAIL_MAX}")
    who, account = _who(parser, typed.who), _account(parser, typed.account)
    paths = ProfilePaths(typed.profile, make=False)
    with _running_app(paths) as app:
        if app is not None:
            return _pass_on(app, Tail(who, typed.n, typed.follow, account), _write_out)
    if typed.follow:
        return _complain("The app is not running: nothing new can come.")
    with _cache(paths, account) as source:
        _write_out(asyncio.run(reading.tail(source, who, typed.n)))
    return 0


def _export(options: argparse.Namespace) -> int:
    parser = _parser("export", "Write the whole history that is kept on this computer.", options)
    _add_who(parser)
    parser.add_argument("--format", choices=get_args(Format), default="text", help="default: %(default)s")
    parser.add_argument("-o", "--output", metavar="FILE", type=Path, help="default: standard output")
    typed = parser.parse_args(options.rest)
    who, account = _who(parser, typed.who), _account(parser, typed.account)
    paths = ProfilePaths(typed.profile, make=False)
    with _output(typed.output) as write:
        with _running_app(paths) as app:
            if app is not None:
                return _pass_on(app, Export(who, typed.format, account), write)
        with _cache(paths, account) as source:
            asyncio.run(_write_all(reading.exported(source, who, typed.format), write))
    return 0


def _install_desktop(options: argparse.Namespace) -> int:
    _desktop_parser("install-desktop", "Put the app into your desktop's menu.", options)
    from desktop_chat.commands import desktop_files

    return desktop_files.install(_say, _complain)


def _uninstall_desktop(options: argparse.Namespace) -> int:
    _desktop_parser("uninstall-desktop", "Take the app out of your desktop's menu.", options)
    from desktop_chat.commands import desktop_files

    return desktop_files.uninstall(_say, _complain)


def _desktop_parser(name: str, words: str, options: argparse.Namespace) -> None:
    parser = argparse.ArgumentParser(prog=f"desktop-chat {name}", description=words, allow_abbrev=False)
    parser.parse_args(options.rest)
    if options.profile != DEFAULT_PROFILE:
        parser.error("what the desktop opens is the default profile")


def _parser(name: str, words: str, options: argparse.Namespace) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"desktop-chat {name}", description=words, allow_abbrev=False)
    parser.add_argument("--profile", default=options.profile, metavar="NAME", help="which profile")
    words = "which account, by user name, NAME@SERVER or key; default: the one on screen"
    parser.add_argument("--account", default="", metavar="NAME", help=words)
    return parser


def _add_who(parser: argparse.ArgumentParser) -> None:
    words = "user name, name, title of a group, or number; all conversations where it is left out"
    parser.add_argument("who", metavar="WHO", nargs="?", default="", help=words)


def _who(parser: argparse.ArgumentParser, who: str) -> str:
    if len(who) > WHO_MAX_CHARS:
        parser.error("nobody has so long a name")
    return who


def _account(parser: argparse.ArgumentParser, account: str) -> str:
    if len(account) > ACCOUNT_MAX_CHARS:
        parser.error("no account has so long a name")
    return account


@contextmanager
def _running_app(paths: ProfilePaths) -> Iterator[InstanceClient | None]:
    app = InstanceClient(paths.socket)
    try:
        yield app if app.connect() else None
    finally:
        app.close()


@contextmanager
def _cache(paths: ProfilePaths, named: str) -> Iterator[CacheSource]:
    """What the app left of an account. Raises CommandError where nobody has signed in here."""
    settings = SettingsStore(paths.settings).current
    account = find_account(named, settings.accounts) if named else settings.shown
    path = None if account is None else paths.account_cache(account.key)
    if account is None or path is None or not path.exists():
        raise CommandError("The app is not running, and no messages are kept here.")
    source = CacheSource(path, account.user_id)
    try:
        yield source
    finally:
        source.close()


def _pass_on(app: InstanceClient, request: Request, write: Write) -> int:
    """Write out what the app answers. Raises CommandError where it could not do it, and InstanceError."""
    for answer in app.ask(request):
        match answer:
            case Text(text):
                write(text)
            case Failed(words):
                raise CommandError(words)
            case Done():
                break
    return 0


async def _write_all(parts: AsyncIterator[str], write: Write) -> None:
    async for part in parts:
        write(part)
        await asyncio.sleep(0)  # Ctrl+C is heard here


def _write_out(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


@contextmanager
def _output(path: Path | None) -> Iterator[Write]:
    """Where an export goes. A file is there whole or not at all: what was there before stays until the new
    one is done, and only its owner can read it."""
    if path is None:
        yield _write_out
        return
    descriptor, temporary = tempfile.mkstemp(prefix=path.name + ".", dir=path.parent)  # mode 0600
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
            yield file.write
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def _say(words: str) -> None:
    print(words)  # noqa: T201


def _complain(words: str, code: int = FAILED) -> int:
    print(f"desktop-chat: {words}", file=sys.stderr)  # noqa: T201
    return code


__all__: Sequence[str] = ("run_command",)
