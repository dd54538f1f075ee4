"""What is done outside the window: answered in a notification, sent from a shell, opened by a link."""

import asyncio
import sys
from pathlib import Path

import pytest

from tests.e2e.test_two_people import world
from tests.e2e.world import Desktop

_COMMAND = (sys.executable, "-m", "desktop_chat", "--profile", "e2e")


async def run(desktop: Desktop, *arguments: str) -> tuple[int | None, str]:
    """Run a command on somebody's desktop: exit code and what it said."""
    process = await asyncio.create_subprocess_exec(
        *_COMMAND,
        *arguments,
        env=desktop.environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    return process.returncode, output.decode()


@pytest.mark.deadline(180)
async def test_a_conversation_without_the_window(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.alice.open_new("bob")
        await w.alice.write("Are you coming?")
        await w.bobs.notifications.wait_for(lambda daemon: daemon.open)
        ((number, shown),) = w.bobs.notifications.open.items()
        assert shown.hints["image-data"][:2] == (96, 96)

        # Answered in the notification: sent, and what it answers counts as read.
        w.bobs.notifications.reply(number, "On my way")
        await w.alice.sees_message("bob", "On my way")
        await w.alice.sees_message("You", "Are you coming?", "read")
        row = await w.bob.sees_row("alice", "On my way")
        assert "unread" not in row.name

        # Marked as read by its button.
        await w.alice.look_away()
        await w.alice.write("Good")
        await w.bobs.notifications.wait_for(lambda daemon: daemon.open)
        (number,) = w.bobs.notifications.open
        w.bobs.notifications.click(number, "mark-read")
        await w.alice.sees_message("You", "Good", "read")

        # From a shell, through the app that runs.
        assert await run(w.bobs, "send", "alice", "From", "the", "shell") == (0, "Sent.\n")
        await w.alice.sees_message("bob", "From the shell")
        code, output = await run(w.bobs, "tail", "alice", "-n", "4")
        assert code == 0
        said = [line.split(" ", 2)[2] for line in output.splitlines()]
        assert said == [
            "alice: Are you coming?",
            "bob: On my way",
            "alice: Good",
            "bob: From the shell",
        ]

        # A link, handed over by a second start, opens the conversation.
        code, output = await run(w.bobs, "export", "--format", "json")
        assert code == 0
        assert '"text":"On my way"' in output
        conversation = output.split('"user_name":"alice"')[0].rsplit('"conversation_id":', 1)[1].split(",")[0]
        assert await run(w.bobs, f"desktop-chat://conversation/{conversation}/1") == (0, "")
        await w.bob.sees_message("alice", "Are you coming?")
        assert await run(w.bobs, "desktop-chat://join/127.0.0.1:1") == (0, "")
        await w.bob.app.wait_for(
            lambda tree: any(each.text == "127.0.0.1:1" for each in tree.find("text", "Server address")),
            "the form with the address",
        )
