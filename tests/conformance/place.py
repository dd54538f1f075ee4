"""Where the suite finds its server, and the people who come to it."""

import itertools
import secrets
import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
from aiohttp import ClientSession
from websockets.asyncio.client import connect

from desktop_chat.protocol.commands import DeleteAccount, SignIn, UserConnect
from desktop_chat.protocol.replies import Error, SignedIn
from tests.conformance.person import CAPABILITIES, PASSWORD, Person
from tests.conformance.process import Process
from tests.conformance.seen import Seen
from tests.conformance.transfers import Transfers


class Place:
    """A server by its address. ``process`` is the suite's own, None where it runs elsewhere: then whatever
    tests make there is taken away after them, and names are such as nobody else uses."""

    def __init__(
        self,
        url: str,
        seen: Seen,
        secure: ssl.SSLContext | None = None,
        process: Process | None = None,
        invite: str = "",
        admin_token: str = "",
    ) -> None:
        self.url = url.partition("#")[0]
        self.seen = seen
        self.secure = secure
        self.process = process
        self.invite = invite
        self.registration = "open"
        self.left_behind: list[str] = []
        self._run = secrets.token_hex(3)
        self._numbers = itertools.count(1)
        self._admin_token = admin_token
        self._regulars: dict[str, tuple[str, str]] = {}  # user name and token

    @property
    def http_url(self) -> str:
        """The address for HTTP, without a slash at its end."""
        parts = urlsplit(self.url)
        return f"{parts.scheme.replace('ws', 'http', 1)}://{parts.netloc}"

    def name(self, name: str) -> str:
        """A user name that nobody else has."""
        return f"{name}-{next(self._numbers)}-{self._run}"

    @asynccontextmanager
    async def client(self) -> AsyncIterator[Person]:
        """A socket, and nobody signed in."""
        secure: dict[str, Any] = {} if self.secure is None else {"ssl": self.secure}
        async with connect(self.url, compression=None, max_size=None, max_queue=None, **secure) as socket:
            yield Person(socket, self.seen, self.invite, patient=self.process is None)

    @asynccontextmanager
    async def newcomer(self, name: str) -> AsyncIterator[Person]:
        """Somebody with a new account, who has not connected yet."""
        await self._first()
        async with self.client() as person:
            await person.register(self.name(name))
            try:
                yield person
            finally:
                if self.process is None:
                    await self._take_away(person.user_name, person.token)

    @asynccontextmanager
    async def person(self, name: str, capabilities: tuple[str, ...] = CAPABILITIES) -> AsyncIterator[Person]:
        """Somebody with a new account, connected and caught up, who knows what is theirs from the start."""
        async with self.newcomer(name) as person:
            await person.connect(capabilities=capabilities)
            yield person

    @asynccontextmanager
    async def people(self, *names: str) -> AsyncIterator[list[Person]]:
        """Several of them."""
        async with AsyncExitStack() as stack:
            yield [await stack.enter_async_context(self.person(name)) for name in names]

    @asynccontextmanager
    async def device(self, of: Person, **how: Any) -> AsyncIterator[Person]:
        """Another connection of somebody's device."""
        async with self.client() as twin:
            await twin.connect(of.token, **how)
            yield twin

    @asynccontextmanager
    async def regulars(self, *names: str) -> AsyncIterator[list[Person]]:
        """People who come again and again, as tests need many of them."""
        async with AsyncExitStack() as stack:
            come = []
            for name in names:
                person = await stack.enter_async_context(self.client())
                if name not in self._regulars:
                    await self._first()
                    user_name = self.name(name)
                    self._regulars[name] = user_name, (await person.register(user_name)).token
                await person.connect(self._regulars[name][1])
                come.append(person)
            yield come

    @asynccontextmanager
    async def admin(self) -> AsyncIterator[Person]:
        """The server's admin."""
        await self._first()
        if not self._admin_token:
            pytest.skip("needs the server's admin: --admin NAME")
        async with self.client() as admin:
            await admin.connect(self._admin_token)
            yield admin

    @asynccontextmanager
    async def transfers(self, of: Person) -> AsyncIterator[Transfers]:
        """Somebody's requests over HTTP."""
        async with ClientSession() as session:
            patient = self.process is None
            yield Transfers(session, self.http_url, self.secure, of.token, self.seen, patient)

    async def _first(self) -> None:
        """On a server of one's own the first account is the admin's."""
        if self.process is None or self._admin_token or self.invite:
            return
        async with self.client() as admin:
            self._admin_token = (await admin.register(self.name("operator"))).token

    async def take_regulars_away(self) -> None:
        """Delete the accounts of those who came again and again."""
        for user_name, token in self._regulars.values():
            await self._take_away(user_name, token)

    async def _take_away(self, user_name: str, token: str) -> None:
        async with self.client() as again:
            if isinstance(await again.answer(UserConnect(again.next_id(), token)), Error):
                signed_in = await again.answer(SignIn(again.next_id(), user_name, PASSWORD))
                if not isinstance(signed_in, SignedIn):
                    return  # the test deleted it
                await again.connect(signed_in.token)
            if isinstance(await again.answer(DeleteAccount(again.next_id(), PASSWORD)), Error):
                self.left_behind.append(user_name)
