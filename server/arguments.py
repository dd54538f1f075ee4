"""The command line."""

import argparse
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from server.config import Config, ConfigError, from_environment
from server.inviting import VALID_H
from server.tls import own_certificate


class OnFolder(argparse.Namespace):
    """The arguments of a command on a server's folder."""

    data: Path


class SetPassword(OnFolder):
    """The arguments of ``set-password``."""

    user_name: str


class MakeInvite(OnFolder):
    """The arguments of ``invite``."""

    uses: int
    valid_h: int


class ChangeAdmin(OnFolder):
    """The arguments of ``admin``."""

    user_name: str
    on: bool


class ShowAudit(OnFolder):
    """The arguments of ``audit``."""

    limit: int


class ShowFingerprint(argparse.Namespace):
    """The arguments of ``fingerprint``; ``certificate`` is the file to look at."""

    certificate: Path


Command = Config | SetPassword | MakeInvite | ChangeAdmin | ShowAudit | ShowFingerprint

_ON_FOLDER: Mapping[str, Callable[..., SetPassword | MakeInvite | ChangeAdmin | ShowAudit]] = {
    "set-password": SetPassword,
    "invite": MakeInvite,
    "admin": ChangeAdmin,
    "audit": ShowAudit,
}


def parse(arguments: Sequence[str], environment: Mapping[str, str]) -> Command:
    """What to do. Raises ConfigError; exits with words and status 2 for arguments that make no sense."""
    parser = _parser()
    given = parser.parse_args(arguments)
    settings: dict[str, Any] = from_environment(environment)
    rest = {name: value for name, value in vars(given).items() if name != "command" and value is not None}
    if given.command in _ON_FOLDER:
        return _ON_FOLDER[given.command](**{**rest, "data": _folder(given, settings)})
    if given.command == "fingerprint":
        own = given.tls_cert or settings.get("tls_cert") or own_certificate(_folder(given, settings))
        return ShowFingerprint(certificate=own)
    settings.update(rest)
    settings["data"] = _folder(given, settings)
    return Config(**settings)


def _folder(given: argparse.Namespace, settings: Mapping[str, Any]) -> Path:
    data: Path | None = given.data or settings.get("data")
    if data is None:
        raise ConfigError("Say which folder with --data DIR.")
    return data


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="desktop-chat-server",
        description="The desktop-chat server. Everything it keeps is in one folder.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_serve(commands)
    fingerprint = commands.add_parser(
        "fingerprint", help="show the SHA-256 of the certificate, which people compare"
    )
    fingerprint.add_argument("--data", type=Path, metavar="DIR", help="the server's folder")
    fingerprint.add_argument("--tls-cert", type=Path, metavar="FILE", help="the certificate, if not its own")
    password = _on_folder(commands, "set-password", "give a user who is locked out a new password")
    password.add_argument("user_name", metavar="USER_NAME")
    invite = _on_folder(commands, "invite", "print a code that somebody registers with")
    invite.add_argument(
        "--uses", type=_number(1, 10_000), default=1, metavar="N", help="for how many people (1)"
    )
    invite.add_argument(
        "--valid-h",
        type=_number(1, 24 * 365),
        default=VALID_H,
        metavar="H",
        help=f"for how many hours ({VALID_H})",
    )
    admin = _on_folder(commands, "admin", "make a user an admin of the server")
    admin.add_argument("user_name", metavar="USER_NAME")
    admin.add_argument("--off", dest="on", action="store_false", help="no longer")
    audit = _on_folder(commands, "audit", "show what those with a right over others did with it")
    audit.add_argument(
        "--limit", type=_number(1, 1_000_000), default=50, metavar="N", help="the newest entries (50)"
    )
    return parser


def _add_serve(commands: Any) -> None:
    serve = commands.add_parser("serve", help="run the server")
    serve.add_argument("--data", type=Path, metavar="DIR", help="the server's folder, made if needed")
    serve.add_argument("--host", metavar="HOST", help="the address to listen on (127.0.0.1)")
    serve.add_argument("--port", type=int, metavar="PORT", help="the port; 0 takes any free one (8765)")
    serve.add_argument("--name", metavar="NAME", help="what the server calls itself (desktop-chat)")
    serve.add_argument(
        "--registration",
        choices=("open", "invite", "closed"),
        help="who may make an account (open where only this computer can reach it, else invite)",
    )
    serve.add_argument(
        "--tls", action="store_true", default=None, help="speak TLS on the loopback too; elsewhere always"
    )
    serve.add_argument("--tls-cert", type=Path, metavar="FILE", help="a certificate and its chain, as PEM")
    serve.add_argument("--tls-key", type=Path, metavar="FILE", help="the certificate's key, as PEM")
    serve.add_argument(
        "--behind-proxy",
        action="store_true",
        default=None,
        help="speak plain text to a reverse proxy that ends TLS and sends X-Forwarded-For",
    )
    serve.add_argument("--log-format", choices=("text", "json"), help="how the log is written (text)")
    serve.add_argument(
        "--exit-with-stdin",
        action="store_true",
        default=None,
        help="stop when standard input ends, and so with the program that started the server",
    )


def _on_folder(commands: Any, name: str, words: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=words)
    parser.add_argument("--data", type=Path, metavar="DIR", help="the server's folder")
    return parser


def _number(low: int, high: int) -> Callable[[str], int]:
    """A whole number within bounds."""

    def number(text: str) -> int:
        value = int(text)
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"must be from {low} to {high}")
        return value

    return number
