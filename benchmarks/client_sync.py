"""The first sync of a long history: into the store alone, and from a real server into an app with its window.

Pages go the way that they go in the app. The window stands still for as long as a turn of the loop that
paints it comes later than asked for.
"""

import asyncio
import gc
import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from benchmarks import people
from benchmarks.server_process import figure, folder, server, tell
from benchmarks.writing import Writing
from desktop_chat.protocol import events, records
from desktop_chat.protocol.limits import HISTORY_PAGE_MAX
from desktop_chat.protocol.replies import ConnectionConfirmed, MessageHistory
from desktop_chat.services.reducer import Reducer
from desktop_chat.store import search_index
from desktop_chat.store.database import Database

FIGURES_FOLLOW = True

MESSAGES = 100_000
_CONVERSATIONS = 50
_FIRST_PAGE = 50
_OWN_ID = 1
_BEAT_S = 0.002


def main() -> None:
    """Measure, and tell."""
    with folder() as (data, quick):
        count = MESSAGES // 20 if quick else MESSAGES
        figures = [*_into_the_store(data, count), *_from_a_server(data, count)]
    tell(figures)


def _into_the_store(data: Path, count: int) -> list[dict[str, Any]]:
    history: dict[int, list[records.Message]] = {}
    for message in Writing().messages(count, _CONVERSATIONS):
        history.setdefault(message.conversation_id, []).append(message)
    database = Database(data / "cache.sqlite")
    reducer = Reducer(_OWN_ID)
    me = records.User(_OWN_ID, "me", "Me", online=True)
    reducer.apply(database, [ConnectionConfirmed(1, me, 1, "bench", "e" * 32, False)])
    for conversation_id, log in history.items():
        other_id = 2 + conversation_id
        described = events.ConversationUpdate(
            conversation_id, count, "direct", records.Head(len(log), len(log)), records.Personal(),
            [records.Member(_OWN_ID), records.Member(other_id)],
        )  # fmt: skip
        reducer.apply(database, [described])
    pages = [page for log in history.values() for page in _pages(log)]
    began, began_cpu = time.perf_counter(), time.process_time()
    for page in pages:
        reducer.apply(database, [MessageHistory(1, page[0].conversation_id, page)])
    took_s, cpu_s = time.perf_counter() - began, time.process_time() - began_cpu
    began_cpu = time.process_time()
    pieces_s = [0.0]
    for some in (search_index.index_some, search_index.tidy_some):
        more = True
        while more:
            began = time.perf_counter()
            with database.transaction() as connection:
                more = some(connection)
            pieces_s.append(time.perf_counter() - began)
    longest_s, indexing_s = max(pieces_s), sum(pieces_s)
    indexing_cpu_s = time.process_time() - began_cpu
    database.close()
    return [
        figure(f"{count:,} messages into the store", count / took_s, "messages/s", "≥ 20,000",
               f"{cpu_s / count * 1e6:.0f} µs of CPU each"),
        figure("indexed for search behind that", count / indexing_s, "messages/s", "–",
               f"{indexing_cpu_s / count * 1e6:.0f} µs of CPU each, the longest piece"
               f" {longest_s * 1e3:.0f} ms"),
    ]  # fmt: skip


def _pages(log: list[records.Message]) -> list[list[records.Message]]:
    """A log as it is fetched: the newest few, then page by page what is above them."""
    first = max(0, len(log) - _FIRST_PAGE)
    ends = range(first, 0, -HISTORY_PAGE_MAX)
    return [log[first:], *(log[max(0, end - HISTORY_PAGE_MAX) : end] for end in ends)]


def _from_a_server(data: Path, count: int) -> list[dict[str, Any]]:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtWidgets import QApplication

    from desktop_chat import qt_async

    world = people.make(data / "server", _CONVERSATIONS + 1, hub=True)
    _fill(data / "server" / people.DATABASE, world, count)
    application = QApplication([])
    figures: list[dict[str, Any]] = []

    async def measure() -> int:
        with server(data / "server") as (port, _):
            figures.extend(await _sync(application, data / "synced.sqlite", port, world.tokens[0], count))
        return 0

    qt_async.run(measure)
    return figures


async def _sync(application: Any, path: Path, port: int, token: str, count: int) -> list[dict[str, Any]]:
    from desktop_chat.qt_async import spawn
    from desktop_chat.services.client import Client
    from desktop_chat.ui.account_view import AccountView
    from desktop_chat.ui.main_window import MainWindow
    from desktop_chat.ui.theme import Theme
    from tests.ui import scenes

    async def known() -> str:
        return token

    client = Client(path, _OWN_ID, f"ws://127.0.0.1:{port}", known)
    look, settings = Theme(application, "light"), scenes.MemorySettings()
    window = MainWindow(settings, look)
    view = AccountView(client, settings, spawn, look, parent=window)
    window.add_view(scenes.ACCOUNT, view)
    window.show_view(scenes.ACCOUNT.key)
    window.resize(1120, 760)
    window.show()
    gc.freeze()  # as the app does when its window is made; what this benchmark made before is not the app's
    client.start()
    with closing(sqlite3.connect(path, isolation_level=None)) as cache:

        async def until(sql: str) -> None:
            # Looked at from a connection of its own, which keeps nobody waiting.
            while not cache.execute(f"SELECT {sql}").fetchone()[0]:  # noqa: ASYNC110
                await asyncio.sleep(0.1)

        await client.online()
        await until("count(*) = 0 FROM conversation WHERE held_to < last_seq")
        view.show_conversation(client.conversations()[0].conversation_id)
        await asyncio.sleep(1)
        (stored,) = cache.execute("SELECT count(*) FROM message").fetchone()
        gaps: list[float] = []
        beating = asyncio.ensure_future(_beat(gaps))
        began, began_cpu = time.perf_counter(), time.process_time()
        # What the client does some seconds after it has caught up.
        await client._filling.run(lambda: True)
        took_s, cpu_s = time.perf_counter() - began, time.process_time() - began_cpu
        while_filling = sorted(gaps)
        gaps.clear()
        await until(f"count(*) <= {search_index.LEFT_ALONE} FROM unindexed")
        indexed_s = time.perf_counter() - began
        beating.cancel()
        assert cache.execute("SELECT count(*) FROM message").fetchone() == (count,), "something is missing"
    filled = count - stored
    view.release()
    window.close()
    await client.close()
    return [
        figure(f"{filled:,} messages from a server into the app", filled / took_s, "messages/s", "≥ 20,000",
               f"{cpu_s / filled * 1e6:.0f} µs of CPU each"),
        figure("the window's longest stall meanwhile", while_filling[-1] * 1e3, "ms", "≤ 50",
               f"p99 {while_filling[len(while_filling) * 99 // 100] * 1e3:.1f}"),
        figure("the longest while indexing goes on", max(gaps, default=0.0) * 1e3, "ms", "≤ 50"),
        figure("all of it found by search", indexed_s, "s", "–", "from the first page on"),
    ]  # fmt: skip


async def _beat(gaps: list[float]) -> None:
    """Note how much later than asked for each turn of the loop comes."""
    while True:
        began = time.perf_counter()
        await asyncio.sleep(_BEAT_S)
        gaps.append(time.perf_counter() - began - _BEAT_S)


def _fill(database: Path, world: people.World, count: int) -> None:
    """Let the first person have talked with everybody else for long."""
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("BEGIN")
        (position,) = connection.execute("SELECT position FROM server_log").fetchone()
        last: dict[int, records.Message] = {}
        bindings = []
        for message in Writing().messages(count, _CONVERSATIONS):
            conversation_id = world.conversation_ids[message.conversation_id - 1]
            # The first has the id 1, and the conversation 1 is with the next.
            sender_id = _OWN_ID if message.message_id % 2 else message.conversation_id + 1
            assert message.content is not None
            bindings.append(
                (position + message.message_id, conversation_id, message.seq, sender_id,
                 bytes.fromhex(message.client_id), message.sent_at_ms, 0, message.content.kind,
                 message.content.body, None)
            )  # fmt: skip
            last[conversation_id] = message
        connection.executemany(f"INSERT INTO message VALUES ({', '.join('?' * 10)})", bindings)
        for conversation_id, message in last.items():
            connection.execute(
                "UPDATE conversation SET last_seq = ?, message_count = ?, position = ?,"
                " preview_sender_id = ?, preview_kind = 'text', preview_text = 'last',"
                " preview_sent_at_ms = ?, preview_seq = ?"
                " WHERE conversation_id = ?",
                (message.seq, message.seq, position + message.message_id, _OWN_ID, message.sent_at_ms,
                 message.seq, conversation_id),
            )  # fmt: skip
        connection.execute("UPDATE server_log SET position = ?", (position + count,))
        connection.execute("COMMIT")


if __name__ == "__main__":
    main()
