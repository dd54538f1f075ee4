"""What a person may choose, in one place: of this profile, and of the account on every device."""

import logging
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, Protocol

import msgspec
from PySide6.QtCore import QObject, Signal

from desktop_chat.core.changes import AccountChanged, Change, UserChanged
from desktop_chat.core.models import Account, User
from desktop_chat.language import tr
from desktop_chat.protocol.errors import ErrorCode
from desktop_chat.protocol.records import Device
from desktop_chat.services.errors import ClientError
from desktop_chat.viewmodels.change_feed import ChangeFeed
from desktop_chat.viewmodels.intents import Spawn
from desktop_chat.viewmodels.portrait_change import PortraitChange

if TYPE_CHECKING:
    from desktop_chat.services.client import Client
    from desktop_chat.settings import Settings


_log = logging.getLogger(__name__)


class KeptSettings(Protocol):
    """Where choices are kept; ``settings.SettingsStore`` is one."""

    @property
    def current(self) -> "Settings": ...

    def update(self, **changes: Any) -> "Settings": ...


class AtLogin(Protocol):
    """Whether the app starts at login; ``desktop.autostart`` has some."""

    def enabled(self) -> bool: ...

    def set_enabled(self, on: bool) -> None: ...


class KeptPassword(Protocol):
    """Where the account's password is kept, if this app made it; ``application.host_password`` has one.
    Methods raise ClientError."""

    async def get(self) -> str | None: ...

    async def keep(self, password: str) -> None: ...

    async def forget(self) -> None: ...


class Preferences(QObject):
    """Every choice takes effect at once; one that was not taken is told by ``failed``, and ``changed`` has
    everything shown as it is."""

    changed = Signal()
    """Something of the profile's or the account's choices is another."""
    devices_ready = Signal(object)
    """The signed-in devices: a list of ``records.Device``."""
    password_changed = Signal()
    deleting = Signal(bool)
    """The account is about to be deleted; or it was not."""
    deleted = Signal()
    """The account is no more."""
    invited = Signal(str)
    """A code that lets one person register."""
    failed = Signal(str)

    def __init__(
        self,
        client: "Client",
        feed: ChangeFeed,
        settings: KeptSettings,
        spawn: Spawn,
        parent: QObject | None = None,
        at_login: AtLogin | None = None,
        kept_password: KeptPassword | None = None,
    ) -> None:
        super().__init__(parent)
        self._client = client
        self._feed = feed
        self._settings = settings
        self._at_login = at_login
        self._spawn = spawn
        self._closed = False
        self._kept_password = kept_password
        self.known_password = ""
        """The account's password, where this app made and keeps it; ``changed`` tells once it is found."""
        self.portrait = PortraitChange(client, feed, spawn, self._show_portrait, self)
        """The picture of oneself."""
        feed.listen(self.take)
        if kept_password is not None:
            spawn(self._find_password(kept_password))

    @property
    def settings(self) -> "Settings":
        """This profile's choices."""
        return self._settings.current

    @property
    def offers_start_at_login(self) -> bool:
        """Whether this platform can start the app."""
        return self._at_login is not None

    @property
    def starts_at_login(self) -> bool:
        """Whether it does, as the platform has it now."""
        try:
            return self._at_login is not None and self._at_login.enabled()
        except OSError:
            return False

    def start_at_login(self, on: bool) -> None:
        """Have the platform start the app, or not."""
        if self._at_login is None:
            return
        try:
            self._at_login.set_enabled(on)
        except OSError as error:
            self.failed.emit(tr("This choice cannot be kept: {reason}.", reason=str(error)))
        self.changed.emit()

    @property
    def account(self) -> Account:
        """What the account's other devices know too."""
        return self._client.account()

    @property
    def own(self) -> User | None:
        """The own profile, as others see it."""
        return self._client.user(self._client.user_id)

    @property
    def address(self) -> str:
        """The server."""
        return self._client.address

    def is_this(self, device: Device) -> bool:
        """Whether a device is the one that this is."""
        return device.device_id == self._client.device_id

    def blocked(self) -> list[User]:
        """The people from whom nothing is taken."""
        found = (self._client.user(each) for each in self.account.blocked_ids)
        return [each for each in found if each is not None]

    def choose(self, **choices: Any) -> None:
        """Keep choices of this profile."""
        try:
            self._settings.update(**choices)
        except (OSError, msgspec.ValidationError) as error:
            self.failed.emit(tr("This choice cannot be kept: {reason}.", reason=str(error)))
        self.changed.emit()

    def share(self, **choices: bool) -> None:
        """Choose what others get to know."""
        self._do(self._client.actions.update_settings(**choices))

    def set_profile(self, *, display_name: str | None = None, about: str | None = None) -> None:
        """Change what others see; None stays as it is."""
        self._do(self._client.actions.update_profile(display_name=display_name, about=about))

    def unblock(self, user_id: int) -> None:
        """Take messages of a person again."""
        self._do(self._client.actions.block(user_id, False))

    def change_password(self, old: str, new: str, again: str, *, keep_devices: bool) -> None:
        """Replace the password; ``password_changed`` follows, or words."""
        if new != again:
            self.failed.emit(tr("The new password was typed in two ways."))
        else:
            self._do(self._change_password(old, new, keep_devices))

    def delete_account(self, password: str) -> None:
        """Delete the own account for good; ``deleted`` follows, or words."""
        if not password:
            self.failed.emit(tr("Type your password to delete the account."))
        else:
            self.deleting.emit(True)
            self._do(self._delete_account(password))

    def load_devices(self) -> None:
        """Ask for the signed-in devices; ``devices_ready`` follows."""
        self._do(self._load_devices())

    def sign_out_device(self, device: Device) -> None:
        """Sign another device out, and show what is left."""
        self._do(self._sign_out_device(device.device_id))

    def invite(self) -> None:
        """Make a code for one person; ``invited`` follows."""
        self._do(self._invite())

    def close(self) -> None:
        """Stop listening. Answers that come later are told to nobody: this object may be gone."""
        self._closed = True
        self.portrait.close()
        self._feed.leave(self.take)

    def take(self, changes: list[Change]) -> None:
        """Apply one tick's Changes."""
        for change in changes:
            own = isinstance(change, UserChanged) and change.user.user_id == self._client.user_id
            if own or isinstance(change, AccountChanged):
                self.changed.emit()

    async def _show_portrait(self, file_id: str) -> None:
        await self._client.actions.update_profile(picture=file_id)

    async def _change_password(self, old: str, new: str, keep_devices: bool) -> None:
        try:
            await self._client.actions.change_password(old, new, keep_devices=keep_devices)
        except ClientError as error:
            raise await self._doubted(old, error) from None
        try:
            if self._kept_password is not None and self.known_password:
                self.known_password = ""  # whatever the keyring says: this one is of no use any more
                await self._keep(self._kept_password, new)
        finally:
            if not self._closed:
                self.password_changed.emit()
                self.changed.emit()

    async def _delete_account(self, password: str) -> None:
        try:
            await self._client.actions.delete_account(password)
        except ClientError as error:
            if not self._closed:
                self.deleting.emit(False)
            raise await self._doubted(password, error) from None
        if self._kept_password is not None:
            self._spawn(_forget(self._kept_password))
        if not self._closed:
            self.deleted.emit()

    async def _keep(self, kept: KeptPassword, password: str) -> None:
        try:
            await kept.keep(password)
        except ClientError:
            await _forget(kept)
            raise
        self.known_password = password

    async def _doubted(self, password: str, error: ClientError) -> ClientError:
        """What to say of a refusal; a kept password that is wrong is of no use any more."""
        kept = self._kept_password
        if error.code is not ErrorCode.BAD_CREDENTIALS or kept is None or not password:
            return error
        if password != self.known_password:
            return error
        self.known_password = ""
        await _forget(kept)
        return ClientError(tr("The password was changed on another device. Type the one you have now."))

    async def _find_password(self, kept: KeptPassword) -> None:
        try:
            self.known_password = await kept.get() or ""
        except ClientError as error:
            _log.warning("the kept password was not found: %s", error)
        if self.known_password and not self._closed:
            self.changed.emit()

    async def _load_devices(self) -> None:
        devices = await self._client.actions.devices()
        if not self._closed:
            self.devices_ready.emit(devices)

    async def _sign_out_device(self, device_id: int) -> None:
        await self._client.actions.revoke_device(device_id)
        await self._load_devices()

    async def _invite(self) -> None:
        code = await self._client.actions.create_invite()
        if not self._closed:
            self.invited.emit(code)

    def _do(self, intent: Coroutine[Any, Any, Any]) -> None:
        self._spawn(self._intend(intent))

    async def _intend(self, intent: Coroutine[Any, Any, Any]) -> None:
        try:
            await intent
        except ClientError as error:
            if self._closed:
                _log.info("a choice was not taken: %s", error)
                return
            self.failed.emit(str(error))
            self.changed.emit()
        else:
            if not self._closed:
                self._feed.flush()


async def _forget(kept: KeptPassword) -> None:
    try:
        await kept.forget()
    except ClientError as error:
        _log.warning("a password that is of no use any more stays: %s", error)
