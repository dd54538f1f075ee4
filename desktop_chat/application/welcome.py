"""The first window and what comes of it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from PySide6.QtCore import QObject

from desktop_chat.application.signing_in import PasswordNeededError, SigningIn
from desktop_chat.language import tr
from desktop_chat.qt_async import spawn
from desktop_chat.services.errors import ClientError
from desktop_chat.ui.first_start import FirstStart
from desktop_chat.ui.theme import Theme

_log = logging.getLogger(__name__)


class Welcome(QObject):
    """Lets a person into an account. ``entered`` is awaited once somebody is signed in, and the window is
    gone by then; ``closed`` is told that the person went away instead."""

    def __init__(
        self,
        look: Theme,
        signing_in: SigningIn,
        *,
        entered: Callable[[], Awaitable[None]],
        closed: Callable[[], None],
    ) -> None:
        super().__init__(look)
        self._signing_in = signing_in
        self._entered = entered
        self._closed = closed
        self._task: asyncio.Task[Any] | None = None
        self._look = look
        self._window = self._make_window()

    def show(self, address: str, user_name: str, reason: str) -> None:
        """Show the window; where the account is known, with all but the password filled in, and with
        ``reason`` why it is asked for again. Without an address it is one of the server hosted here."""
        if self._task is None or self._task.done():
            if address and user_name:
                self._window.show_join(address, user_name)
            elif user_name:
                self._window.show_host(user_name)
            if reason:
                self._window.show_error(reason)
        self._window.show()

    def fill_in(self, address: str, user_name: str, invite: str) -> None:
        """Offer to join a server, unless something is being tried already."""
        if self._task is None or self._task.done():
            self._window.show_join(address, user_name, invite)

    def say(self) -> None:
        """Say everything in the language that is spoken now. What is being tried goes on as it was."""
        if self._task is not None and not self._task.done():
            return
        before, self._window = self._window, self._make_window()
        self._window.go_on_from(before)
        self._window.setVisible(before.isVisible())
        before.hide()
        before.deleteLater()

    def come_forward(self) -> None:
        """Show the window before the others."""
        self._window.show()
        self._window.raise_()
        self._window.activateWindow()

    def close(self) -> None:
        """Give up on whatever is being tried, and on the window."""
        if self._task is not None:
            self._task.cancel()
        self._window.hide()
        self._window.deleteLater()
        self.deleteLater()

    def _make_window(self) -> FirstStart:
        window = FirstStart(self._look)
        window.host_requested.connect(self._host)
        window.sign_in_requested.connect(self._sign_in)
        window.register_requested.connect(self._register)
        window.closed.connect(self._left)
        return window

    def _host(self, name: str) -> None:
        self._try(tr("Starting your server…"), self._signing_in.host(name))

    def _sign_in(self, address: str, user_name: str, password: str) -> None:
        self._try(tr("Signing in…"), self._signing_in.sign_in(address, user_name, password))

    def _register(self, address: str, user_name: str, password: str, invite: str) -> None:
        way = self._signing_in.register(address, user_name, password, invite)
        self._try(tr("Creating your account…"), way)

    def _try(self, words: str, way: Coroutine[Any, Any, None]) -> None:
        self._window.show_progress(words)
        self._task = spawn(self._enter(way), "enter")

    async def _enter(self, way: Coroutine[Any, Any, None]) -> None:
        try:
            await way
        except PasswordNeededError as error:
            self._window.show_join(error.address, error.user_name)
            self._window.show_error(str(error))
            return
        except ClientError as error:
            self._window.show_error(str(error))
            return
        except Exception as error:
            _log.exception("signing in failed")
            self._window.show_error(tr("Something went wrong in this app: {reason}.", reason=str(error)))
            return
        self._task = None
        await self._entered()
        self.close()

    def _left(self) -> None:
        if self._task is not None:
            self._task.cancel()
            self._task = None
        self._closed()
