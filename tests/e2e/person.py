"""What a person does with the app, and what they see: the words of a scenario."""

from pathlib import Path

from tests.e2e.accessible import Node
from tests.e2e.world import App

_POLL_S = 0.05


class Person:
    """Somebody at a desktop with the app open; ``name`` is both what they are called and sign in as."""

    def __init__(self, app: App, name: str) -> None:
        self.app = app
        self.name = name
        self.hand = app.desktop.hand

    async def join(self, address: str, password: str) -> None:
        """Go through the first start: make an account on a server."""
        await self.app.see("Join a server instead", "push button")
        await self.look()
        await self.app.click(await self.app.see("Join a server instead", "push button"))
        for field, words in (
            ("Server address", address),
            ("User name", self.name),
            ("Password", password),
        ):
            await self.app.click(await self.app.see(field, None, "editable"))
            await self.hand.type(words)
        await self.app.click(await self.app.see("Create account", "push button"))
        await self.sees_the_list()

    async def host(self) -> None:
        """Go through the first start: host on this computer, with nothing but a name."""
        await self.app.see("Start chatting", "push button")
        await self.look()
        await self.hand.type(self.name)
        await self.hand.press("Return")
        await self.sees_the_list()

    async def sees_the_list(self) -> None:
        """Wait for the main window."""
        await self.app.wait_for(lambda tree: tree.find("list", "Conversations"), "the conversation list")

    async def look(self) -> None:
        """Look at the app."""
        await self.app.focus()

    async def look_away(self) -> None:
        """Look at something else."""
        await self.hand.unfocus()

    async def open_new(self, name: str) -> None:
        """Begin to write to somebody."""
        await self.look()
        await self.hand.press("ctrl+n")
        await self.app.see("Find a person")
        await self.app.focus()
        await self.hand.type(name)
        await self.app.wait_for(
            lambda tree: [
                row for each in tree.find("list", "People") for row in each.find("list item", name)
            ],
            f"{name} among the people",
        )
        await self.hand.press("Down", "Return")
        await self.sees_composer()

    async def open(self, name: str) -> None:
        """Open a conversation from the list."""
        await self.look()
        await self.app.click(await self.sees_row(name))
        await self.sees_composer()

    async def sees_composer(self) -> Node:
        """Wait until one can write."""
        return await self.app.see("Message", None, "editable")

    async def write(self, text: str) -> None:
        """Write and send."""
        await self.app.click(await self.sees_composer())
        await self.hand.type(text)
        await self.hand.press("Return")

    async def sees_row(self, *words: str) -> Node:
        """Wait for a conversation whose spoken row holds all these words."""
        return await self._sees_item("Conversations", words)

    async def sees_message(self, *words: str) -> Node:
        """Wait for a message whose spoken row holds all these words."""
        return await self._sees_item("Messages", words)

    async def sees(self, words: str, role: str | None = None) -> Node:
        """Wait until these words stand anywhere."""
        return await self.app.see(words, role)

    async def new_group(self, title: str, *names: str) -> None:
        """Make a group with these people."""
        await self.look()
        await self.hand.press("ctrl+n")
        await self.app.click(await self.sees("New group", "push button"))
        await self.sees("Name of the group")
        await self.app.focus()
        await self.hand.type(title)
        await self.hand.press("Return")
        for name in names:
            await self.hand.press("ctrl+a")
            await self.hand.type(name)
            await self._sees_item("People", (name,))
            await self.hand.press("Return")
            await self._sees_item("People", (name, "chosen"))
        await self.app.click(await self.sees("Create", "push button"))
        await self.sees_row(title)
        await self.sees_composer()

    async def choose_for(self, typed: str, *message: str) -> None:
        """Go to a message and type into its menu: first letters, and Return; or what has a key of its own."""
        await self.sees_message(*message)
        await self.look()
        await self.app.click(await self.sees_composer())
        await self.hand.press("shift+Tab", "End")
        await self._go_to(message)
        await self.hand.press("Menu")
        await self.hand.type(typed)

    async def choose_for_conversation(self, *typed: str) -> None:
        """Type into the menu of the open conversation: first letters, each followed by Return."""
        await self.look()
        await self.app.click(await self.sees("More", "push button"))
        for letters in typed:
            await self.hand.type(letters)
            await self.hand.press("Return")

    async def send_file(self, path: Path, caption: str = "") -> None:
        """Attach a file by its path, and send it."""
        await self.look()
        await self.app.click(await self.sees_composer())
        await self.hand.press("ctrl+o")
        await self.app.see("Attach files", "dialog")
        await self.app.focus()
        await self.hand.type(str(path))
        await self.hand.press("Return")
        await self.app.see("Caption")
        await self.app.focus()
        await self.hand.type(caption)
        await self.hand.press("Return")
        await self.app.wait_for(lambda tree: not tree.find(None, "Caption", "showing"), "no dialog")

    async def _go_to(self, message: tuple[str, ...]) -> None:
        """Up from the newest message to this one."""

        def focused(tree: Node) -> list[Node]:
            return [
                row for each in tree.find("list", "Messages") for row in each.find("list item", "", "focused")
            ]

        while True:
            row = focused(await self.app.wait_for(focused, "a message in focus"))[0]
            if all(word in row.name for word in message):
                return
            await self.hand.press("Up")
            await self.app.wait_for(
                lambda tree, row=row: [each for each in focused(tree) if each.path != row.path],
                "the message above",
            )

    async def _sees_item(self, list_name: str, words: tuple[str, ...]) -> Node:
        def found(tree: Node) -> list[Node]:
            return [
                row
                for each in tree.find("list", list_name)
                for row in each.find("list item")
                if all(word in row.name for word in words)
            ]

        return found(await self.app.wait_for(lambda tree: bool(found(tree)), f"{words} in {list_name}"))[0]
