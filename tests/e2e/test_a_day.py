"""A day in a group: three people at three desktops and a server, all of them real."""

import asyncio
import sys
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.e2e.person import Person
from tests.e2e.world import desktop, server

_PASSWORD = "correct horse"
_APP = (sys.executable, "-m", "desktop_chat", "--profile", "e2e")


@pytest.mark.deadline(300)
async def test_a_day_in_a_group(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        running = await stack.enter_async_context(server(tmp_path / "server"))
        people = []
        for name in ("alice", "bob", "carol"):
            at = await stack.enter_async_context(desktop(tmp_path / name))
            person = Person(await stack.enter_async_context(at.run(*_APP)), name)
            await person.join(running.address, _PASSWORD)
            await person.look_away()
            people.append(person)
        alice, bob, carol = people

        # Alice makes a group; both others have it.
        await alice.new_group("Choir", "bob", "carol")
        for person in (bob, carol):
            await person.sees_row("Choir")

        # She mentions Bob; he is told, and opens it.
        await alice.write("Who sings tonight?")
        await alice.sees_message("Who sings tonight?", "delivered")
        await bob.sees_row("Choir", "alice: Who sings tonight?", "1 unread")
        await bob.open("Choir")
        await bob.sees_message("alice", "Who sings tonight?")

        # Bob answers that very message, and Alice sees what he answers.
        await bob.choose_for("Reply", "Who sings tonight?")
        await bob.sees("Reply to alice")
        await bob.write("Me, of course")
        await alice.sees_message("bob", "in answer to You, Who sings tonight?", "Me, of course")

        # Alice changes what she wrote.
        await alice.choose_for("Edit", "Who sings tonight?")
        await alice.sees("Edit message")
        await alice.hand.press("End")
        await alice.hand.type(" At eight.")
        await alice.hand.press("Return")
        await bob.sees_message("alice", "Who sings tonight? At eight.", "edited")

        # Carol reacts; everybody sees it.
        await carol.open("Choir")
        await carol.choose_for("React with 👍", "Me, of course")
        for person, who in ((alice, "carol"), (bob, "carol"), (carol, "you")):
            await person.sees_message("Me, of course", f"👍 from {who}")

        # Bob finds a word, and takes his message back for everybody.
        await bob.look()
        await bob.hand.press("ctrl+f")
        await bob.sees("Find in this conversation")
        await bob.hand.type("course")
        await bob.sees("1 of 1")
        await bob.hand.press("Escape")
        await bob.choose_for("Delete for everyone…", "Me, of course")
        await bob.app.click(await bob.app.see("Delete", "push button"))
        for person in (alice, bob, carol):
            await person.sees_message("bob", "This message was deleted")

        # Carol leaves; the others are told.
        await carol.look()
        await carol.app.click(await carol.app.see("More", "push button"))
        await carol.app.click(await carol.app.see("Leave group…", "menu item"))
        await carol.app.click(await carol.app.see("Leave", "push button"))
        for person in (alice, bob):
            await person.sees_message("carol left the group")
        await asyncio.gather(*(person.app.end() for person in people))
