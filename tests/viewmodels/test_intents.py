"""Intents: refusals are told in words, to whoever still looks."""

from desktop_chat.services.errors import ClientError
from desktop_chat.viewmodels.intents import Intents
from tests.viewmodels.engine import FeedByHand, Spawner


async def refused() -> None:
    raise ClientError("You may not do this.")


async def done() -> None:
    return


def test_a_refusal_is_told_and_what_was_done_is_shown_at_once() -> None:
    feed, spawn, said = FeedByHand(), Spawner(), list[str]()
    intents = Intents(feed, spawn, said.append)  # type: ignore[arg-type]
    intents.do(refused())
    intents.do(done())
    spawn.run()
    assert said == ["You may not do this."]
    assert feed.flushed == 1


def test_after_the_end_a_refusal_is_told_to_nobody() -> None:
    spawn, said = Spawner(), list[str]()
    intents = Intents(FeedByHand(), spawn, said.append)  # type: ignore[arg-type]
    intents.do(refused())
    intents.close()
    spawn.run()
    assert said == []
