"""Making an account and signing in: one request each, on a connection of its own."""

import asyncio
from collections.abc import Callable

from msgspec import Struct

from desktop_chat.core.models import User
from desktop_chat.core.session import Refused, Session
from desktop_chat.language import known, tr
from desktop_chat.net.clock import Clock
from desktop_chat.net.connection import ConnectionLost
from desktop_chat.net.transport import OpenTransport, TransportClosed, TransportError, close_words
from desktop_chat.protocol.codec import FrameError
from desktop_chat.protocol.commands import AnyCommand, Register, SignIn
from desktop_chat.protocol.errors import ErrorCode
from desktop_chat.protocol.replies import Error, SignedIn
from desktop_chat.services.errors import ClientError

_PATIENCE_S = 20.0


class SignedInAccount(Struct, frozen=True):
    """Who signed in, and the secret that lets this device in from now on."""

    user: User
    device_id: int
    token: str


class Accounts:
    """The ways into a server."""

    def __init__(self, open_transport: OpenTransport, clock: Clock, device_name: str) -> None:
        self._open_transport = open_transport
        self._clock = clock
        self._device_name = device_name[:64]

    async def register(
        self, address: str, user_name: str, password: str, display_name: str = "", invite: str = ""
    ) -> SignedInAccount:
        """Make an account and sign in; ``invite`` is the code that some servers ask for. Raises
        ClientError."""
        return await self._ask(
            address,
            lambda id_: Register(id_, user_name, password, display_name, self._device_name, invite),
        )

    async def sign_in(self, address: str, user_name: str, password: str) -> SignedInAccount:
        """Sign in to an account that is there. Raises ClientError."""
        return await self._ask(address, lambda id_: SignIn(id_, user_name, password, self._device_name))

    async def _ask(self, address: str, make: Callable[[int], AnyCommand]) -> SignedInAccount:
        try:
            async with asyncio.timeout(_PATIENCE_S):
                reply = await self._exchange(address, make)
        except TimeoutError:
            raise ClientError(tr("The server did not answer in time.")) from None
        except (TransportError, FrameError) as error:
            raise ClientError(str(error)) from None
        except TransportClosed as closed:
            raise ClientError(close_words(closed) or tr("The server closed the connection.")) from None
        except Refused as refused:
            raise ClientError(_words(refused.error), refused.error.code) from None
        except ConnectionLost as error:
            raise ClientError.of(error) from None
        user = reply.user
        return SignedInAccount(
            User(user.user_id, user.user_name, user.display_name), reply.device_id, reply.token
        )

    async def _exchange(self, address: str, make: Callable[[int], AnyCommand]) -> SignedIn:
        transport = await self._open_transport(address)
        session = Session()
        try:
            wanted, frame = session.request(make, self._clock.monotonic_s())
            await transport.send(frame)
            while True:
                _, answered = session.receive(await transport.receive())
                for id_, reply in answered:
                    if id_ == wanted and isinstance(reply, Error):
                        raise Refused(reply)
                    if id_ == wanted and isinstance(reply, SignedIn):
                        return reply
        finally:
            await transport.close()


def _words(error: Error) -> str:
    if error.code is ErrorCode.TOO_FAST and error.retry_after_s is not None:
        seconds = max(1, round(error.retry_after_s))
        # Translators: {reason} is a whole sentence.
        return tr("{reason} Try again in {seconds} s.", reason=known(error.message), seconds=seconds)
    return known(error.message)
