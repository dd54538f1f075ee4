"""What later starts ask of the app."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from desktop_chat.application.outside import Outside
from desktop_chat.desktop.app_id import Action
from desktop_chat.desktop.instance_messages import Act, Answer, Done, Failed, OpenLink, Raise, Request, Stay
from desktop_chat.services.client import Client
from desktop_chat.settings import SettingsStore


class StubApp:
    def __init__(self) -> None:
        self.quitting = False
        self.done: list[object] = []

    @property
    def clients(self) -> Mapping[str, Client]:
        return {}

    def come_forward(self) -> None:
        self.done.append("forward")

    def open_link(self, url: str) -> None:
        self.done.append(url)

    def act(self, action: Action) -> None:
        self.done.append(action)


class StubTalk:
    def __init__(self) -> None:
        self.last: Answer | None = None

    def close(self, last: Answer) -> None:
        self.last = last


LINK = "desktop-chat://conversation/1"


@pytest.mark.parametrize(
    ("request_", "does"),
    [
        (Raise(), ["forward"]),
        (Stay(), []),
        (OpenLink(LINK), [LINK]),
        (Act("do-not-disturb"), ["do-not-disturb"]),
    ],
)
def test_what_is_asked_is_done_unless_the_app_ends(
    request_: Request, does: list[str], tmp_path: Path
) -> None:
    app, talk = StubApp(), StubTalk()
    outside = Outside(app, SettingsStore(tmp_path / "settings.json"), "tests")
    outside.take(request_, talk)  # type: ignore[arg-type]
    assert (app.done, talk.last) == (does, Done())
    app.quitting = True
    outside.take(request_, talk)  # type: ignore[arg-type]
    assert app.done == does
    assert talk.last == Failed("The app is just ending.")
