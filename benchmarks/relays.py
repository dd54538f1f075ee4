"""The floors of a message's way: relays that store nothing, answer every frame and pass it to one other.
One in Python on the server's own libraries, one on Node's ``ws`` where that is installed (NODE_PATH)."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.server_process import process

_PYTHON = """
import asyncio, uvloop
from websockets.asyncio.server import serve
peers = []
async def handle(socket):
    peers.append(socket)
    number = len(peers) - 1
    async for frame in socket:
        await socket.send(frame)
        await peers[number ^ 1].send(frame)
async def main():
    async with serve(handle, "127.0.0.1", 0, compression=None) as server:
        print(f"ready ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/", flush=True)
        await asyncio.Event().wait()
asyncio.Runner(loop_factory=uvloop.new_event_loop).run(main())
"""
_NODE = """
const {WebSocketServer} = require("ws");
const peers = [];
const server = new WebSocketServer({host: "127.0.0.1", port: 0, perMessageDeflate: false}, () =>
    console.log(`ready ws://127.0.0.1:${server.address().port}/`));
server.on("connection", socket => {
    const number = peers.push(socket) - 1;
    socket.on("message", data => {
        socket.send(data, {binary: false});
        peers[number ^ 1].send(data, {binary: false});
    });
});
"""


@contextmanager
def python_relay() -> Iterator[tuple[int, int]]:
    """Its port and process id."""
    with process([sys.executable, "-c", _PYTHON]) as started:
        yield started


@contextmanager
def node_relay() -> Iterator[tuple[int, int] | None]:
    """Its port and process id; None without Node or ``ws``."""
    node = shutil.which("node")
    if node is None or subprocess.call([node, "-e", 'require("ws")'], stderr=subprocess.DEVNULL):
        yield None
        return
    with process([node, "-e", _NODE]) as started:
        yield started
