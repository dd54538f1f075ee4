"""``python -m tests.conformance wss://host:port[#sha256=…] [--invite CODE | --admin NAME]``: hold any server
to docs/protocol.md. With --admin it asks for the password. The people whom it makes it takes away again, and
says who could not be; their groups end with them, and direct conversations stay with nobody."""

import argparse
import asyncio
import getpass
import hashlib
import socket
import ssl
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from desktop_chat.net.pinning import expected_fingerprint
from desktop_chat.protocol.commands import CreateInvite, DeleteAccount, Register, SignIn, SignOut
from desktop_chat.protocol.errors import ErrorCode
from desktop_chat.protocol.replies import Error, SignedIn
from tests.conformance.person import PASSWORD
from tests.conformance.place import Place
from tests.conformance.seen import Seen
from tests.conformance.served import GIVEN
from tests.server.blackbox.real_server import any_certificate

_INVITED = 10_000


class CannotTest(Exception):
    """In words for the person who asked for it."""


class _Given:
    """Tells the suite's fixtures which server is meant, and the guard of the network to let them reach it."""

    def __init__(self, place: Place, hosts: list[str]) -> None:
        self._place = place
        self._hosts = hosts

    def pytest_configure(self, config: pytest.Config) -> None:
        from tests.regime.network_guard import let_through  # which pytest wants to be the first to import

        config.stash[GIVEN] = self._place
        for each in self._hosts:
            let_through(each)


def main(arguments: list[str]) -> int:
    """Run it; pytest's exit status."""
    given = _parser().parse_args(arguments)
    try:
        secure = _secure(given.address)
        hosts = _hosts(given.address)
        place = asyncio.run(_prepared(given.address, secure, given.invite, given.admin))
    except (CannotTest, OSError) as error:
        sys.stderr.write(f"conformance: {error}\n")
        return 2
    sys.stdout.write(f"{place.url} takes {place.registration} registration\n")
    status = pytest.main(
        [str(Path(__file__).parent), "-q", "-rs", "-p", "no:cacheprovider", *given.rest],
        plugins=[_Given(place, hosts)],
    )
    if place.left_behind:
        sys.stdout.write(f"left behind: {' '.join(place.left_behind)}\n")
    if given.admin:
        asyncio.run(_sign_out(place))
    return int(status)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.conformance", description=__doc__)
    parser.add_argument("address", help="ws://host:port or wss://host:port, with #sha256= and a fingerprint")
    who = parser.add_mutually_exclusive_group()
    who.add_argument("--invite", default="", metavar="CODE", help="an invite for about 200 people")
    who.add_argument("--admin", default="", metavar="NAME", help="the server's admin; asks for the password")
    parser.add_argument("rest", nargs="*", help="for pytest, behind --")
    return parser


def _secure(address: str) -> ssl.SSLContext | None:
    """How to speak TLS to it. Raises CannotTest where it is not the server that the address names."""
    parts = urlsplit(address)
    if parts.scheme not in ("ws", "wss") or not parts.hostname or not parts.port:
        raise CannotTest("the address is ws://host:port or wss://host:port")
    if parts.scheme == "ws":
        return None
    try:
        expected = expected_fingerprint(parts.fragment)
    except ValueError as error:
        raise CannotTest("the fingerprint is #sha256= and 64 hex digits") from error
    if not expected:
        return ssl.create_default_context()
    context = any_certificate()
    with (
        socket.create_connection((parts.hostname, parts.port), 10) as plain,
        context.wrap_socket(plain, server_hostname=parts.hostname) as wrapped,
    ):
        shown = hashlib.sha256(wrapped.getpeercert(binary_form=True) or b"").hexdigest()
    if shown != expected:
        raise CannotTest(f"the server shows another certificate: {shown}")
    return context


def _hosts(address: str) -> list[str]:
    """Its name, and the addresses behind it."""
    parts = urlsplit(address)
    assert parts.hostname is not None
    return [parts.hostname, *(str(each[4][0]) for each in socket.getaddrinfo(parts.hostname, parts.port))]


async def _prepared(address: str, secure: ssl.SSLContext | None, invite: str, admin: str) -> Place:
    """The place, with what is needed to make people there."""
    place = Place(address, Seen(), secure, invite=invite)
    if admin:
        token = await _sign_in(place, admin)
        place = Place(address, place.seen, secure, admin_token=token)
        async with place.admin() as operator:
            place.invite = (await operator.do(CreateInvite, _INVITED, 3)).code
    place.registration = await _policy(place)
    if place.registration == "closed":
        raise CannotTest("the server takes no new accounts, and nothing can be tested without them")
    if place.registration == "invite" and not place.invite:
        raise CannotTest("the server takes those who are invited: give --invite CODE or --admin NAME")
    return place


async def _sign_in(place: Place, admin: str) -> str:
    password = getpass.getpass(f"Password of {admin}: ") if sys.stdin.isatty() else sys.stdin.readline()
    async with place.client() as client:
        reply = await client.answer(SignIn(client.next_id(), admin, password.rstrip("\r\n"), "conformance"))
        if not isinstance(reply, SignedIn):
            raise CannotTest(str(getattr(reply, "message", reply)))
        return reply.token


async def _policy(place: Place) -> str:
    """Who may register, found out by trying without an invite."""
    async with place.client() as client:
        reply = await client.answer(Register(client.next_id(), place.name("policy"), PASSWORD))
        if isinstance(reply, SignedIn):
            await client.connect(reply.token)
            await client.answer(DeleteAccount(client.next_id(), PASSWORD))
            return "open"
        assert isinstance(reply, Error)
        if reply.code is ErrorCode.REGISTRATION_CLOSED:
            return "closed"
        if reply.code is ErrorCode.BAD_INVITE:
            return "invite"
        raise CannotTest(reply.message)


async def _sign_out(place: Place) -> None:
    async with place.admin() as operator:
        await operator.do(SignOut)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
