"""The ways to an account: host a server here, or join one that runs."""

import platform
import unicodedata
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from desktop_chat.application.host_password import HostPassword
from desktop_chat.core.ids import HOSTED, account_key
from desktop_chat.desktop.hosted_server import HostedServer, HostedServerError
from desktop_chat.desktop.keyring_store import KeyringStore
from desktop_chat.language import tr, trn
from desktop_chat.net.clock import Clock
from desktop_chat.net.transport import OpenTransport, checked_address
from desktop_chat.protocol.errors import ErrorCode
from desktop_chat.protocol.limits import USER_NAME_MAX_CHARS, USER_NAME_MIN_CHARS
from desktop_chat.services.account import Accounts, SignedInAccount
from desktop_chat.services.errors import ClientError
from desktop_chat.settings import ACCOUNTS_MAX, Account, SettingsStore

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class PasswordNeededError(ClientError):
    """The server of this profile has an account of this name, whose password a person chose."""

    def __init__(self, words: str, address: str, user_name: str) -> None:
        super().__init__(words, ErrorCode.BAD_CREDENTIALS)
        self.address = address
        self.user_name = user_name


class SigningIn:
    """Signs in, keeps the token and notes the account in the settings. Each way raises ClientError.
    ``server`` is the one that this profile hosts, whether it runs or not."""

    def __init__(
        self,
        settings: SettingsStore,
        keyring: KeyringStore,
        open_transport: OpenTransport,
        server: HostedServer,
    ) -> None:
        self._settings = settings
        self._server = server
        self._keyring = keyring
        self._accounts = Accounts(open_transport, Clock(), platform.node() or "desktop")

    async def host(self, name: str) -> None:
        """Start the server of this profile and sign in to it as ``name``: a new account, or, where the
        profile has hosted before, the one it made then. Raises PasswordNeededError where that has a password
        that is not kept here."""
        server, user_name = self._server, user_name_from(name)
        self._check_room(server.address, user_name)
        try:
            address = server.address or await server.start()
        except HostedServerError as error:
            raise ClientError(str(error)) from None
        kept = HostPassword(self._keyring, user_name)
        # Kept first: whatever happens between the two, no account has a password that nobody knows.
        password = await kept.get_or_make()
        try:
            account = await self._accounts.register(address, user_name, password, name.strip())
        except ClientError as error:
            if error.code is not ErrorCode.NAME_TAKEN:
                raise
            account = await self._return_to_hosted(address, user_name, password, kept)
        await self._keep(account, address, hosted=True)

    async def sign_in(self, address: str, user_name: str, password: str) -> None:
        """Sign in to an account of a server that runs somewhere."""
        name = user_name.strip()
        await self._join(address, name, lambda url: self._accounts.sign_in(url, name, password))

    async def register(self, address: str, user_name: str, password: str, invite: str = "") -> None:
        """Make an account on a server that runs somewhere, with the invite that some ask for."""
        name = user_name.strip()
        await self._join(
            address, name, lambda url: self._accounts.register(url, name, password, invite=invite)
        )

    async def _join(self, address: str, name: str, way: Callable[[str], Awaitable[SignedInAccount]]) -> None:
        try:
            url = checked_address(address)
        except ValueError as error:
            raise ClientError(str(error)) from None
        # The certificate that the address names is pinned, and no part of where the account lives.
        place = url.partition("#")[0]
        hosted = self._is_hosted(place)
        if hosted:
            place = self._server.address or place
        self._check_room(place, name)
        account = await way(url)
        if hosted:
            # A person knows this one, and it may be another than what was kept.
            await HostPassword(self._keyring, account.user.user_name).forget()
        await self._keep(account, place, hosted=hosted)

    async def _return_to_hosted(
        self, address: str, user_name: str, password: str, kept: HostPassword
    ) -> SignedInAccount:
        try:
            return await self._accounts.sign_in(address, user_name, password)
        except ClientError as error:
            if error.code is not ErrorCode.BAD_CREDENTIALS:
                raise
            await kept.forget()
            words = tr(
                "Your server already knows “{name}”, with another password than the one kept here. Sign in "
                "with that, or take another name.",
                name=user_name,
            )
            raise PasswordNeededError(words, address, user_name) from None

    def _is_hosted(self, address: str) -> bool:
        """Whether an address is that of the server of this profile, which may be called in several ways."""
        known = self._settings.current.accounts
        if any(each.hosted and each.server_address == address for each in known):
            return True
        own, other = urlsplit(self._server.address), urlsplit(address)
        return (
            self._server.listens and other.port == own.port and other.hostname in (own.hostname, *_LOOPBACK)
        )

    def _check_room(self, address: str, name: str) -> None:
        """Refuse before a server makes an account or a device for nothing."""
        accounts = self._settings.current.accounts
        known = any((each.server_address, each.user_name) == (address, name) for each in accounts)
        if not known and len(accounts) >= ACCOUNTS_MAX:
            words = trn(
                "This app keeps {count} account. Sign out of one first.",
                "This app keeps {count} accounts. Sign out of one first.",
                count=ACCOUNTS_MAX,
            )
            raise ClientError(words)

    async def _keep(self, account: SignedInAccount, address: str, *, hosted: bool) -> None:
        user = account.user
        key = account_key(user.user_id, HOSTED if hosted else address)
        kept = Account(key, address, user.user_id, user.user_name, hosted)
        try:
            await self._keyring.set(key, account.token)
            accounts = self._settings.current.with_account(kept)
            self._settings.update(
                server_address="" if hosted else address,
                user_name=user.user_name,
                accounts=accounts,
                account=key,
            )
        except OSError as error:
            raise ClientError(
                tr("The sign-in cannot be kept on this computer: {reason}", reason=str(error))
            ) from None


def user_name_from(name: str) -> str:
    """A user name made from how a person is called: letters, figures, dots, dashes and underscores of any
    script, with a dot for each gap. Raises ClientError where nothing is left."""
    words = unicodedata.normalize("NFKC", name).lower().split()
    kept = ".".join("".join(c for c in word if c.isalnum() or c in "._-") for word in words)
    kept = kept.strip(".")[:USER_NAME_MAX_CHARS]
    if not kept:
        raise ClientError(tr("Please enter a name with letters in it."))
    return kept if len(kept) >= USER_NAME_MIN_CHARS else kept + ".1"
