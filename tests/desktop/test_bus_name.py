"""The name on the session bus, on a bus of the test's own, asked as a desktop asks."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from dbus_fast import MessageType, Variant
from PySide6.QtWidgets import QApplication

from desktop_chat import qt_async
from desktop_chat.desktop.app_id import Action, answers_the_bus
from desktop_chat.desktop.bus_name import INTERFACE, OBJECT_PATH, answer, reload_services
from tests.e2e import launcher as launchers
from tests.e2e.launcher import Launcher, launcher
from tests.e2e.session_bus import session_bus

_TOKEN = "XDG_ACTIVATION_TOKEN"


class Heard:
    """An app that remembers what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def come_forward(self) -> None:
        self.asked.append("forward")

    def open_link(self, url: str) -> None:
        self.asked.append(url)

    def act(self, action: Action) -> None:
        self.asked.append(action)


@asynccontextmanager
async def world(folder: Path) -> AsyncIterator[tuple[Heard, Launcher]]:
    """An app that has its name, and a desktop."""
    app = Heard()
    with session_bus(folder) as address:
        task = qt_async.spawn(answer(app, address))
        async with launcher(address) as asking:
            await asking.until_owned()
            yield app, asking
            task.cancel()
            await asyncio.wait([task])
            await asking.until_owned(False)


async def test_the_desktop_asks_and_gives_the_right_to_come_forward(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(_TOKEN, "")
    async with world(tmp_path) as (app, asking):
        reply = await asking.ask("Activate", "a{sv}", {"activation-token": Variant("s", "from-the-dock_1")})
        assert reply.message_type is MessageType.METHOD_RETURN
        assert (app.asked, os.environ[_TOKEN]) == (["forward"], "from-the-dock_1")
        link = "desktop-chat://conversation/7"
        older = {"desktop-startup-id": Variant("s", "from-the-menu_2")}
        await asking.ask("Open", "asa{sv}", [link], older)
        assert (app.asked, os.environ[_TOKEN]) == (["forward", link], "from-the-menu_2")
        await asking.ask("ActivateAction", "sava{sv}", "do-not-disturb", [], {})
        await asking.ask("ActivateAction", "sava{sv}", "new-conversation", [], {})
        assert app.asked[2:] == ["do-not-disturb", "new-conversation"]
        assert os.environ[_TOKEN] == "from-the-menu_2"


def test_it_is_where_the_specification_has_it() -> None:
    assert (OBJECT_PATH, INTERFACE) == (launchers.PATH, launchers.INTERFACE)


async def test_nothing_that_is_said_is_believed(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(_TOKEN, "")
    async with world(tmp_path) as (app, asking):
        for strange in (Variant("s", "no\ntoken"), Variant("s", "x" * 300), Variant("u", 7)):
            await asking.ask("Activate", "a{sv}", {"activation-token": strange})
        assert (app.asked, os.environ[_TOKEN]) == (["forward"] * 3, "")
        app.asked.clear()
        await asking.ask("Open", "asa{sv}", [], {})
        assert app.asked == ["forward"]
        app.asked.clear()
        await asking.ask("Open", "asa{sv}", [f"desktop-chat://conversation/{n}" for n in range(1, 1000)], {})
        assert len(app.asked) == 8
        app.asked.clear()
        for member, signature, body in (
            ("ActivateAction", "sava{sv}", ("quit", [], {})),
            ("ActivateAction", "sava{sv}", ("do-not-disturb", [Variant("b", True)], {})),
            ("Activate", "s", ("now",)),
            ("Dance", "", ()),
        ):
            reply = await asking.ask(member, signature, *body)
            assert reply.message_type is MessageType.ERROR
        assert app.asked == []


async def test_another_owner_of_the_name_is_left_alone(
    qapp: QApplication, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    app, second = Heard(), Heard()
    with session_bus(tmp_path) as address:
        first = qt_async.spawn(answer(app, address))
        async with launcher(address) as asking:
            await asking.until_owned()
            owner = await asking.owner()
            with caplog.at_level(logging.INFO, logger="desktop_chat.desktop.bus_name"):
                await answer(second, address)
            assert "Another program has the name" in caplog.text
            assert await asking.owner() == owner
            await asking.ask("Activate", "a{sv}", {})
            assert (app.asked, second.asked) == (["forward"], [])
            first.cancel()
            await asyncio.wait([first])


async def test_the_bus_ends(qapp: QApplication, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="desktop_chat.desktop.bus_name"):
        with session_bus(tmp_path) as address:
            task = qt_async.spawn(answer(Heard(), address))
            async with launcher(address) as asking:
                await asking.until_owned()
        await task
    assert "The session bus has ended" in caplog.text


@pytest.mark.parametrize("address", ["unix:path=/nowhere/bus", "nonsense", "strange:path=/x", None])
async def test_without_a_bus_nothing_is_raised(
    qapp: QApplication, address: str | None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="desktop_chat.desktop.bus_name"):
        await answer(Heard(), address)
        assert "There is no session bus to be asked over" in caplog.text
        if address is not None:
            monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
        await reload_services()
        assert "There is no session bus to be told" in caplog.text


async def test_a_bus_that_says_nothing_is_not_waited_for_at_the_end(
    qapp: QApplication, tmp_path: Path
) -> None:
    taken, ended = asyncio.Event(), asyncio.Event()

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        taken.set()
        await reader.read()
        ended.set()
        writer.close()

    async with await asyncio.start_unix_server(take, tmp_path / "bus"):
        task = qt_async.spawn(answer(Heard(), f"unix:path={tmp_path / 'bus'}"))
        await taken.wait()
        task.cancel()
        await asyncio.wait([task])
        async with asyncio.timeout(5):
            await ended.wait()  # the socket is closed


def test_only_the_app_that_the_desktop_means_answers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert not answers_the_bus("default")  # no bus
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere/bus")
    assert answers_the_bus("default")
    assert not answers_the_bus("work")
    monkeypatch.setenv("DESKTOP_CHAT_HOME", str(tmp_path))
    assert not answers_the_bus("default")  # a portable copy
