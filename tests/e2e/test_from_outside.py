"""What is done outside the window: answered in a notification, sent from a shell, opened by a link."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from tests.e2e.launcher import launcher
from tests.e2e.test_two_people import world
from tests.e2e.world import App, Desktop, desktop


async def run(at: Desktop, *arguments: str, of_profile: str = "e2e") -> tuple[int | None, str]:
    """Run a command on somebody's desktop: exit code and what it said."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "desktop_chat", "--profile", of_profile),
        *arguments,
        env=at.environment,
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


class Started:
    """A process that somebody else started."""

    returncode = None

    def __init__(self, pid: int) -> None:
        self.pid = pid


@pytest.mark.deadline(150)
async def test_the_desktop_starts_the_app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))  # before the bus begins: it looks there
    async with desktop(tmp_path / "ada") as adas:
        # What the desktop starts keeps its profiles where they always are.
        del adas.environment["DESKTOP_CHAT_HOME"]
        code, output = await run(adas, "install-desktop", of_profile="default")
        assert (code, output.count("Written: ")) == (0, 3)
        async with launcher(adas.environment["DBUS_SESSION_BUS_ADDRESS"]) as asking:
            await asking.give_environment(adas.environment)
            assert await asking.owner() is None
            # What is asked first is done once it runs: to be quiet needs no window.
            await asking.ask("ActivateAction", "sava{sv}", "do-not-disturb", [], {})
            app = App(adas, Started(await asking.process_id()))  # type: ignore[arg-type]
            await app.see("Start chatting", "push button")
            settings = tmp_path / "data" / "desktop-chat" / "profiles" / "default" / "settings.json"
            assert '"do_not_disturb": true' in settings.read_text("utf-8")
            await asking.ask("Open", "asa{sv}", ["desktop-chat://join/127.0.0.1:1?name=ada"], {})
            await app.wait_for(
                lambda tree: any(each.text == "127.0.0.1:1" for each in tree.find("text", "Server address")),
                "the form with the address",
            )
            # While it ends the next is started, and waits for its place.
            os.kill(app.process.pid, signal.SIGTERM)
            await asking.until_owned(False)
            await asking.activate()
            again = await asking.process_id()
            assert again != app.process.pid
            await App(adas, Started(again)).see("Start chatting", "push button")  # type: ignore[arg-type]
            # A desktop that does not ask by the bus starts the app anew, which asks the one that runs.
            assert await run(adas, "--action", "do-not-disturb", of_profile="default") == (0, "")
            assert '"do_not_disturb": false' in settings.read_text("utf-8")
            os.kill(again, signal.SIGTERM)
            await asking.until_owned(False)
