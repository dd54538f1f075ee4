"""What is asked of the app from outside its windows: by later starts, and by commands."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from desktop_chat.qt_async import spawn
from desktop_chat.services.client import Client
from desktop_chat.settings import SettingsStore

if TYPE_CHECKING:
    from desktop_chat.commands.answering import Answering
    from desktop_chat.desktop.instance_messages import Request
    from desktop_chat.desktop.instance_talk import Talk


class App(Protocol):
    """The app, as far as it can be asked from outside."""

    @property
    def clients(self) -> Mapping[str, Client]:
        """The engines of the accounts in the window, by their keys."""

    def come_forward(self) -> None:
        """Show what there is to show, before other windows."""

    def open_link(self, url: str) -> None:
        """Do what a link says. It comes from anywhere."""


class Outside:
    """Has done what is asked."""

    def __init__(self, app: App, settings: SettingsStore) -> None:
        self._app = app
        self._settings = settings
        self._answering: Answering | None = None

    def take(self, request: "Request", talk: "Talk") -> None:
        """Do what a later start was started for."""
        from desktop_chat.commands.answering import Answering
        from desktop_chat.desktop.activation import take_token
        from desktop_chat.desktop.instance_messages import Done, OpenLink, Raise

        if isinstance(request, Raise | OpenLink):
            take_token(request.token)
            if isinstance(request, Raise):
                self._app.come_forward()
            else:
                self._app.open_link(request.url)
            talk.close(Done())
        else:
            if self._answering is None:
                self._answering = Answering(spawn)
            self._answering.answer(self._app.clients, self._settings.current, request, talk)

    async def let_go(self, client: Client) -> None:
        """An account is closed: no command is answered from it any more."""
        if self._answering is not None:
            await self._answering.end(client)
