"""What a long history costs: sending, paging back, the list of conversations and the catch-up, at rising
numbers of stored messages. ``--messages N`` (10,000,000) is the last of them."""

import argparse
import random
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from benchmarks import people
from benchmarks.history import Filled
from benchmarks.server_process import figure, folder, load, server, tell
from desktop_chat.protocol.codec import encode_frame
from desktop_chat.protocol.commands import LoadHistory
from desktop_chat.protocol.records import Resume
from desktop_chat.protocol.replies import MessageHistory
from server.actions.messages import check_history
from server.catchup import CatchUp, frames
from server.service import Service
from server.store.sqlite import connect_sqlite
from server.store.sqlite_reader import SqlConnection, SqliteReader

FIGURES_FOLLOW = True
_SMALL, _MIDDLE, _LARGE = 10_000, 1_000_000, 10_000_000
_PAGE = 50
_CHANGED = 50
"""Conversations in which something came while a device was away."""


def main() -> None:
    """Measure, and print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--messages", type=int, default=_LARGE)
    options, _ = parser.parse_known_args()
    with folder() as (where, quick):
        sizes = [_SMALL] if quick else [_SMALL, *(each for each in (_MIDDLE,) if each < options.messages)]
        if not quick and options.messages > _SMALL:
            sizes.append(options.messages)
        measured = {size: _measure(where / str(size), size, quick=quick) for size in sizes}
    least, most = measured[sizes[0]], measured[sizes[-1]]
    at = f"{sizes[-1]:,} messages: "
    tell(
        [
            figure(at + "history page p99, read and encoded", round(most["page_p99"], 2), "ms", "≤ 0.5"),
            figure(
                at + "first piece of the list of 5,000 conversations p50",
                round(most["first_p50"], 1),
                "ms",
                "≤ 3",
            ),
            figure(at + "the whole list p50, in pieces", round(most["list_p50"], 1), "ms", "–"),
            figure(at + "its longest piece p50", round(most["longest_p50"], 1), "ms", "–"),
            figure(
                at + f"catch-up heads p99, {_CHANGED} of 5,000 changed",
                round(most["heads_p99"], 2),
                "ms",
                "≤ 5",
            ),
            figure(
                at + "that catch-up p50, with who of 5,000 contacts changed or is online",
                round(most["resume_p50"], 1),
                "ms",
                "–",
            ),
            *(
                figure(
                    f"{what}, {sizes[-1]:,} messages against {sizes[0]:,}",
                    round(most[name] / least[name], 2),
                    "×",
                    "≤ 2",
                    " · ".join(f"{size:,}: {figures[name]:.3g} {unit}" for size, figures in measured.items()),
                )
                for what, name, unit in (
                    ("CPU of a send", "send_us", "µs"),
                    ("history page p50", "page_p50", "ms"),
                )
            ),
        ]
    )


def _measure(data: Path, size: int, *, quick: bool) -> dict[str, float]:
    people.make(data, 200, pairs=True)
    began_s = time.perf_counter()
    filled = Filled(data / people.DATABASE, size)
    print(f"{size:,} messages filled in {time.perf_counter() - began_s:.0f} s")
    measured = _reads(data / people.DATABASE, filled, 50 if quick else 500)
    with server(data) as at:
        sent = load("saturate", at, data / "world.json", 100, 8, 1.0 if quick else 5.0)
    for each in data.iterdir():  # the next is larger
        if each.is_file():
            each.unlink()
    return measured | {"send_us": sent["cpu_us_per_message"]}


def _reads(database: Path, filled: Filled, count: int) -> dict[str, float]:
    chance = random.Random(1)
    with closing(connect_sqlite(database, read_only=True)) as connection:
        reader = SqliteReader(connection)

        def page() -> Any:
            conversation_id = filled.conversation_id + chance.randrange(filled.spoken)
            before_seq = chance.randint(_PAGE, filled.each + 1)
            command = LoadHistory(1, conversation_id, before_seq, limit=_PAGE)
            found, targets = check_history(reader, command, filled.user_id)
            return encode_frame([MessageHistory(1, conversation_id, found, targets)])

        def heads() -> Any:
            ids = reader.changed_conversation_ids(filled.user_id, filled.position - _CHANGED, _CHANGED + 1)
            return reader.conversations_of(filled.user_id, ids), reader.members_of(ids)

        resume = Resume("", filled.position - _CHANGED)
        return {
            **_figures("page", [_timed(connection, page) for _ in range(count * 4)]),
            **_lists(connection, filled, count // 10),
            **_figures("heads", [_timed(connection, heads) for _ in range(count)]),
            **_figures("resume", [sum(_catch_up(connection, filled, resume)) for _ in range(count)]),
        }


def _lists(connection: SqlConnection, filled: Filled, count: int) -> dict[str, float]:
    lists = [_catch_up(connection, filled, None) for _ in range(count)]
    return {
        **_figures("first", [pieces[0] for pieces in lists]),
        **_figures("longest", [max(pieces) for pieces in lists]),
        **_figures("list", [sum(pieces) for pieces in lists]),
    }


def _catch_up(connection: SqlConnection, filled: Filled, resume: Resume | None) -> list[float]:
    """How long each piece took, read and encoded, in ms; one in 50 is online."""
    catch_up = CatchUp(
        filled.user_id,
        filled.device_id,
        "",
        resume,
        is_online=lambda user_id: user_id % 50 == 0,
        batch=Service.catch_up_batch,
    )
    reader = SqliteReader(connection)
    taken = []
    is_last = False

    def piece() -> None:
        nonlocal is_last
        read = catch_up.read(reader)
        for _ in frames(read):
            pass
        is_last = read.is_last

    while not is_last:
        taken.append(_timed(connection, piece))
    return taken


def _timed(connection: SqlConnection, read: Callable[[], Any]) -> float:
    began_s = time.perf_counter()
    connection.execute("BEGIN")
    read()
    connection.execute("ROLLBACK")
    return (time.perf_counter() - began_s) * 1000


def _figures(name: str, taken: list[float]) -> dict[str, float]:
    taken.sort()
    return {f"{name}_p50": taken[len(taken) // 2], f"{name}_p99": taken[int(len(taken) * 0.99)]}


if __name__ == "__main__":
    main()
