"""The command line."""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from server.config import Config, ConfigError, from_environment
from server.tls import own_certificate


class SetPassword(argparse.Namespace):
    """The arguments of ``set-password``."""

    data: Path
    user_name: str


class ShowFingerprint(argparse.Namespace):
    """The arguments of ``fingerprint``; ``certificate`` is the file to look at."""

    certificate: Path


def parse(arguments: Sequence[str], environment: Mapping[str, str]) -> Config | SetPassword | ShowFingerprint:
    """What to do. Raises ConfigError; exits with words and status 2 for arguments that make no sense."""
    parser = _parser()
    given = parser.parse_args(arguments)
    settings: dict[str, Any] = from_environment(environment)
    if given.command == "set-password":
        data = given.data or settings.get("data")
        if data is None:
            raise ConfigError("Say which folder with --data DIR.")
        return SetPassword(data=data, user_name=given.user_name)
    if given.command == "fingerprint":
        own = given.tls_cert or settings.get("tls_cert")
        data = given.data or settings.get("data")
        if own is None:
            if data is None:
                raise ConfigError("Say which folder with --data DIR.")
            own = own_certificate(data)
        return ShowFingerprint(certificate=own)
    settings.update(
        {name: value for name, value in vars(given).items() if name != "command" and value is not None}
    )
    if "data" not in settings:
        raise ConfigError("Say which folder with --data DIR.")
    return Config(**settings)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="desktop-chat-server",
        description="The desktop-chat server. Everything it keeps is in one folder.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    serve = commands.add_parser("serve", help="run the server")
    serve.add_argument("--data", type=Path, metavar="DIR", help="the server's folder, made if needed")
    serve.add_argument("--host", metavar="HOST", help="the address to listen on (127.0.0.1)")
    serve.add_argument("--port", type=int, metavar="PORT", help="the port; 0 takes any free one (8765)")
    serve.add_argument("--name", metavar="NAME", help="what the server calls itself (desktop-chat)")
    serve.add_argument(
        "--registration", choices=("open", "invite", "closed"), help="who may make an account (open)"
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
    fingerprint = commands.add_parser(
        "fingerprint", help="show the SHA-256 of the certificate, which people compare"
    )
    fingerprint.add_argument("--data", type=Path, metavar="DIR", help="the server's folder")
    fingerprint.add_argument("--tls-cert", type=Path, metavar="FILE", help="the certificate, if not its own")
    password = commands.add_parser("set-password", help="give a user who is locked out a new password")
    password.add_argument("--data", type=Path, metavar="DIR", help="the server's folder")
    password.add_argument("user_name", metavar="USER_NAME")
    return parser
