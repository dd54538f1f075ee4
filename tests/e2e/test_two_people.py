"""A message travels: two people at two desktops and a server, all of them real."""

import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from tests.e2e.person import Person
from tests.e2e.world import Desktop, Server, desktop, server

_PASSWORD = "correct horse"
_APP = (sys.executable, "-m", "desktop_chat", "--profile", "e2e")


class World:
    """A server, and Alice and Bob signed in to it, each looking at something else."""

    def __init__(self, running: Server, alices: Desktop, alice: Person, bobs: Desktop, bob: Person) -> None:
        self.server = running
        self.alices = alices
        self.alice = alice
        self.bobs = bobs
        self.bob = bob


@asynccontextmanager
async def world(folder: Path) -> AsyncIterator[World]:
    async with AsyncExitStack() as stack:
        running = await stack.enter_async_context(server(folder / "server"))
        people = []
        for name in ("alice", "bob"):
            at = await stack.enter_async_context(desktop(folder / name))
            person = Person(await stack.enter_async_context(at.run(*_APP)), name)
            await person.join(running.address, _PASSWORD)
            people.append((at, person))
        (alices, alice), (bobs, bob) = people
        await alice.look_away()
        await bob.look_away()
        yield World(running, alices, alice, bobs, bob)


@pytest.mark.deadline(150)
async def test_a_message_travels(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.alice.open_new("bob")
        await w.alice.write("Hello Bob")
        await w.alice.sees_message("You", "Hello Bob")

        # It arrives in Bob's list with a count, and on his desktop.
        await w.bob.sees_row("alice", "Hello Bob", "1 unread")
        await w.bobs.notifications.wait_for(lambda daemon: daemon.open)
        (shown,) = w.bobs.notifications.open.values()
        assert (shown.title, shown.body) == ("alice", "Hello Bob")
        assert "1 unread" in await w.bobs.tray.tool_tip()
        await w.alice.sees_message("Hello Bob", "delivered")

        # A second replaces the first, and counts.
        await w.alice.write("Are you there?")
        await w.bob.sees_row("alice", "Are you there?", "2 unread")
        await w.bobs.notifications.wait_for(
            lambda daemon: [call.body for call in daemon.open.values()] == ["Are you there?"]
        )

        # Bob looks: the history is there, the count and the notification go, Alice sees that he read it.
        await w.bob.open("alice")
        await w.bob.sees_message("alice", "Hello Bob")
        await w.bob.sees_message("alice", "Are you there?")
        await w.bobs.notifications.wait_for(lambda daemon: not daemon.open)
        row = await w.bob.sees_row("alice", "Are you there?")
        assert "unread" not in row.name
        await w.alice.sees_message("Hello Bob", "read")
        await w.alice.sees_message("Are you there?", "read")

        # Bob answers while Alice looks at him: no notification for her, and her list moves too.
        await w.bob.write("Here I am")
        await w.alice.sees_message("bob", "Here I am")
        await w.alice.sees_row("bob", "Here I am")
        await w.bob.sees_message("Here I am", "read")
        assert w.alices.notifications.notified == []


@pytest.mark.deadline(150)
async def test_a_click_on_the_notification_opens_it(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.alice.open_new("bob")
        await w.alice.write("Click me")
        await w.bobs.notifications.wait_for(lambda daemon: daemon.open)
        (number,) = w.bobs.notifications.open
        w.bobs.notifications.click(number)
        await w.bob.sees_message("alice", "Click me")


@pytest.mark.deadline(180)
async def test_bob_is_away(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        assert await w.bob.app.end() == 0
        await w.alice.open_new("bob")
        await w.alice.write("For later")
        await w.alice.sees_message("For later", "sent")
        async with w.bobs.run(*_APP) as app:
            bob = Person(app, "bob")
            await bob.sees_row("alice", "For later", "1 unread")
            await w.alice.sees_message("For later", "delivered")
            await bob.open("alice")
            await bob.sees_message("alice", "For later")
            await w.alice.sees_message("For later", "read")


@pytest.mark.deadline(180)
async def test_the_server_is_killed_in_between(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.alice.open_new("bob")
        await w.alice.write("Before")
        await w.bob.sees_row("alice", "Before", "1 unread")
        await w.server.kill()
        await w.alice.write("Meanwhile")
        await w.alice.sees_message("Meanwhile", "waiting to be sent")
        # The app that holds it is killed too, and started again without a server.
        await w.alice.app.kill()
        async with w.alices.run(*_APP) as app:
            alice = Person(app, "alice")
            await alice.open("bob")
            await alice.sees_message("Meanwhile", "waiting to be sent")
            await w.server.start()
            await w.bob.sees_row("alice", "Meanwhile", "2 unread")
            await w.bob.open("alice")
            await w.bob.sees_message("alice", "Before")
            await w.bob.sees_message("alice", "Meanwhile")
            await alice.sees_message("Meanwhile", "read")


@pytest.mark.deadline(150)
async def test_the_first_start_hosts_with_one_name(tmp_path: Path) -> None:
    async with desktop(tmp_path / "ada") as adas, adas.run(*_APP) as app:
        ada = Person(app, "Ada")
        await ada.host()
        await ada.write("A note to myself")  # the chat is open already
        await ada.sees_message("A note to myself", "read")
        assert await app.end() == 0
        async with adas.run(*_APP) as again:
            ada = Person(again, "Ada")
            await ada.sees_row("A note to myself")
            await ada.open("Note to self")
            await ada.sees_message("A note to myself")
