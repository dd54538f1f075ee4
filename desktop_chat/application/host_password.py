"""The password of an account of the server that this profile hosts: made here, so that a host begins with a
name alone, and kept with the tokens."""

import secrets

from desktop_chat.desktop.keyring_store import KeyringStore, SecretUnavailableError
from desktop_chat.language import tr
from desktop_chat.services.errors import ClientError

_KEY = "hosted-password"
"""The name under which it is kept, followed by the user's. What was kept under this alone, when all the
accounts of a host shared it, is still taken where one of them is hosted again."""
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""None that looks like another: such a password may be read from a screen and typed."""
_GROUPS, _GROUP_CHARS = 6, 4


class HostPassword:
    """Of one account, by its user name. Methods raise ClientError where the keyring refuses."""

    def __init__(self, keyring: KeyringStore, user_name: str) -> None:
        self._keyring = keyring
        self._key = f"{_KEY} {user_name}"

    async def get(self) -> str | None:
        """The password; None where it was not made here, but by a person."""
        try:
            return await self._keyring.get(self._key)
        except (SecretUnavailableError, OSError) as error:
            raise ClientError(
                tr("The password kept on this computer cannot be read: {reason}", reason=str(error))
            ) from None

    async def get_or_make(self) -> str:
        """The password, a new one where there is none."""
        password = await self.get()
        if password is None:
            try:
                shared = await self._keyring.get(_KEY)
            except (SecretUnavailableError, OSError):
                shared = None
            password = shared or _new_password()
            await self.keep(password)
        return password

    async def keep(self, password: str) -> None:
        """It is another one now."""
        try:
            await self._keyring.set(self._key, password)
        except OSError as error:
            raise ClientError(
                tr("The password cannot be kept on this computer: {reason}", reason=str(error))
            ) from None

    async def forget(self) -> None:
        """Its account is no more."""
        try:
            await self._keyring.delete(self._key)
        except OSError as error:
            raise ClientError(
                tr("The password kept on this computer cannot be deleted: {reason}", reason=str(error))
            ) from None


def _new_password() -> str:
    """Of 118 bits."""
    groups = ("".join(secrets.choice(_LETTERS) for _ in range(_GROUP_CHARS)) for _ in range(_GROUPS))
    return "-".join(groups)
