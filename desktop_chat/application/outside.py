"""What is asked of the app from outside its windows: by later starts, by commands, and by the desktop."""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from desktop_chat.desktop.app_id import Action, answers_the_bus
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

    @property
    def quitting(self) -> bool:
        """Whether it is about to end."""

    def come_forward(self) -> None:
        """Show what there is to show, before other windows."""

    def open_link(self, url: str) -> None:
        """Do what a link says. It comes from anywhere."""

    def act(self, action: Action) -> None:
        """Do what an action of the desktop file says."""


class Outside:
    """Has done what is asked. ``listen`` needs the running loop; ``end`` what began there."""

    def __init__(self, app: App, settings: SettingsStore, profile: str) -> None:
        self._app = app
        self._settings = settings
        self._profile = profile
        self._answering: Answering | None = None
        self._bus_name: asyncio.Task[None] | None = None

    def listen(self) -> None:
        """Let the desktop ask by the session bus, where there is one and this is the app that it means."""
        if answers_the_bus(self._profile):
            from desktop_chat.desktop.bus_name import answer

            self._bus_name = spawn(answer(self._app), "bus name")

    def take(self, request: "Request", talk: "Talk") -> None:
        """Do what a later start was started for."""
        from desktop_chat.commands.answering import Answering
        from desktop_chat.desktop.activation import take_token
        from desktop_chat.desktop.instance_messages import Act, Done, Failed, OpenLink, Raise, Stay

        if self._app.quitting:
            # Nobody would see what is done now. Whoever asks can take this app's place.
            talk.close(Failed("The app is just ending."))
        elif isinstance(request, Stay):
            talk.close(Done())
        elif isinstance(request, Raise | OpenLink | Act):
            take_token(request.token)
            if isinstance(request, Raise):
                self._app.come_forward()
            elif isinstance(request, OpenLink):
                self._app.open_link(request.url)
            else:
                self._app.act(request.action)
            talk.close(Done())
        else:
            if self._answering is None:
                self._answering = Answering(spawn)
            self._answering.answer(self._app.clients, self._settings.current, request, talk)

    async def let_go(self, client: Client) -> None:
        """An account is closed: no command is answered from it any more."""
        if self._answering is not None:
            await self._answering.end(client)

    async def end(self) -> None:
        """Give the name on the bus away: what the desktop asks from now on is for the next app."""
        if self._bus_name is not None:
            self._bus_name.cancel()
            await asyncio.wait([self._bus_name])
