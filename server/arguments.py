"""The command line."""

import argparse
import ipaddress
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from server.config import Config, ConfigError, from_environment


class SetPassword(argparse.Namespace):
    """The arguments of ``set-password``."""

    data: Path
    user_name: str


def parse(arguments: Sequence[str], environment: Mapping[str, str]) -> Config | SetPassword:
    """What to do. Raises ConfigError; exits with words and status 2 for arguments that make no sense."""
    parser = _parser()
    given = parser.parse_args(arguments)
    settings: dict[str, Any] = from_environment(environment)
    if given.command == "set-password":
        data = given.data or settings.get("data")
        if data is None:
            raise ConfigError("Say which folder with --data DIR.")
        return SetPassword(data=data, user_name=given.user_name)
    settings.update(
        {name: value for name, value in vars(given).items() if name != "command" and value is not None}
    )
    if "data" not in settings:
        raise ConfigError("Say which folder with --data DIR.")
    config = Config(**settings)
    if not is_loopback(config.host):
        raise ConfigError(
            f"Listening on {config.host} would send passwords and messages in the clear, since this server "
            "does not speak TLS yet. Listen on 127.0.0.1 and reach it through a tunnel, such as ssh -L."
        )
    return config


def is_loopback(host: str) -> bool:
    """Whether only this computer can reach the address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="desktop-chat-server",
        description="The desktop-chat server. Everything it keeps is in one folder.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    serve = commands.add_parser("serve", help="run the server")
    serve.add_argument("--data", type=Path, metavar="DIR", help="the server's folder, made if needed")
    serve.add_argument("--host", metavar="HOST", help="the loopback address to listen on (127.0.0.1)")
    serve.add_argument("--port", type=int, metavar="PORT", help="the port; 0 takes any free one (8765)")
    serve.add_argument("--name", metavar="NAME", help="what the server calls itself (desktop-chat)")
    serve.add_argument(
        "--registration", choices=("open", "invite", "closed"), help="who may make an account (open)"
    )
    serve.add_argument(
        "--exit-with-stdin",
        action="store_true",
        default=None,
        help="stop when standard input ends, and so with the program that started the server",
    )
    password = commands.add_parser("set-password", help="give a user who is locked out a new password")
    password.add_argument("--data", type=Path, metavar="DIR", help="the server's folder")
    password.add_argument("user_name", metavar="USER_NAME")
    return parser
