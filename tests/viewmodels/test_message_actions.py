"""Intents on several messages: one after the other, and one word on what failed."""

import asyncio

import pytest
from PySide6.QtWidgets import QApplication

from desktop_chat.core.models import Message
from desktop_chat.services.errors import ClientError
from desktop_chat.viewmodels.message_actions import MessageActions
from tests.viewmodels.engine import FeedByHand, ScriptedEngine, Spawner

MESSAGES = [Message(n, 1, f"{n:032x}", 1, 0, "text", f"m{n}", n, n) for n in range(1, 101)]


class Deleting(ScriptedEngine):
    """Refuses what it is told to; knows how many were under way at a time."""

    def __init__(self, refused: dict[int, str]) -> None:
        super().__init__()
        self.refused = refused
        self.under_way = self.most = 0

    async def delete(self, message: Message) -> None:
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        await asyncio.sleep(0)
        self.under_way -= 1
        self.calls.append(("delete", message.seq))
        if words := self.refused.get(message.seq or 0):
            raise ClientError(words)


@pytest.mark.parametrize(
    ("count", "refused", "said"),
    [
        (100, {}, []),
        (1, {1: "It is too old."}, ["It is too old."]),
        (
            100,
            {2: "It is too old.", 5: "It is gone.", 9: "It is too old."},
            ["3 of 100 messages were not deleted. It is too old. It is gone."],
        ),
    ],
)
def test_many_are_deleted_in_turn(
    qapp: QApplication, count: int, refused: dict[int, str], said: list[str]
) -> None:
    engine, spawn, words = Deleting(refused), Spawner(), []  # type: ignore[var-annotated]
    actions = MessageActions(engine, FeedByHand(), spawn)  # type: ignore[arg-type]
    actions.failed.connect(lambda of, said: words.append(said))
    actions.delete(iter(MESSAGES[:count]))
    assert len(spawn.waiting) == 1
    spawn.run()
    assert engine.calls == [("delete", n) for n in range(1, count + 1)]
    assert (engine.most, words) == (1, said)


def test_what_cannot_be_forwarded_keeps_nothing_else_back(qapp: QApplication) -> None:
    class Forwarding(ScriptedEngine):
        async def forward(self, message: Message, conversation_id: int) -> None:
            if message.seq in (1, 4):
                raise ClientError("The file is not here.")
            self.calls.append(("forward", message.seq, conversation_id))

    engine, spawn, told = Forwarding(), Spawner(), list[tuple[int, str]]()
    actions = MessageActions(engine, FeedByHand(), spawn)  # type: ignore[arg-type]
    actions.failed.connect(lambda of, words: told.append((of, words)))
    actions.forward(MESSAGES[:5], 9)
    spawn.run()
    assert engine.calls == [("forward", n, 9) for n in (2, 3, 5)]
    assert told == [(9, "2 of 5 messages were not forwarded. The file is not here.")]
