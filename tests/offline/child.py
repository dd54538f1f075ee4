"""A device in a process of its own, so that it can be killed: orders come as lines of JSON, answers go back
as lines. It ends with whoever gives the orders."""

import asyncio
import logging
import socket
from contextlib import suppress

import msgspec

from tests.offline.hands import Hands, Identity, Trouble
from tests.offline.records import Answer, Order

LINE_MAX_BYTES = 2**24
_order = msgspec.json.Decoder(Order).decode
_encode = msgspec.json.encode


def main(ours: socket.socket, identity: bytes) -> None:
    """Run until the other end closes."""
    trouble = Trouble()
    logging.getLogger().addHandler(trouble)
    with suppress(KeyboardInterrupt):  # whoever gives the orders ends too
        asyncio.run(_serve(ours, msgspec.json.decode(identity, type=Identity), trouble))


async def _serve(ours: socket.socket, identity: Identity, trouble: Trouble) -> None:
    reader, writer = await asyncio.open_connection(sock=ours, limit=LINE_MAX_BYTES)
    hands = Hands(identity, trouble.words)
    tasks = set[asyncio.Task[None]]()

    def say(answer: Answer) -> None:
        writer.write(_encode(answer) + b"\n")

    async def obey(order: Order) -> None:
        say(await hands.obey(order))

    with suppress(OSError):
        say(Answer(0, "done"))
        while line := await reader.readline():
            order = _order(line)
            if hands.is_local(order):
                await obey(order)
            else:
                task = asyncio.ensure_future(obey(order))
                tasks.add(task)
                task.add_done_callback(tasks.discard)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    writer.close()
    await hands.close()
