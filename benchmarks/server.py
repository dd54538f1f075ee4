"""Sending: the cost of a message, how many there can be, and how long a confirmation takes."""

import sqlite3
from contextlib import closing
from pathlib import Path

from benchmarks import people
from benchmarks.relays import node_relay, python_relay
from benchmarks.server_process import fdatasync_ms, figure, folder, load, server, tell

FIGURES_FOLLOW = True


def main() -> None:
    """Measure, and print the figures."""
    with folder() as (where, quick):
        senders, duration_s = (20, 1.0) if quick else (200, 8.0)
        for name in ("saturate", "offer"):
            people.make(where / name, senders * 2, pairs=True)
        world = where / "saturate" / "world.json"
        with python_relay() as at:
            relay = load("relay", at, None, senders, 8, duration_s / 2)
        with node_relay() as node_at:
            node = load("relay", node_at, None, senders, 8, duration_s / 2) if node_at else None
        with server(where / "saturate") as at:
            saturate = load("saturate", at, world, senders, 8, duration_s)
        stored_bytes = _stored_bytes(where / "saturate" / people.DATABASE)
        with server(where / "offer") as at:
            world = where / "offer" / "world.json"
            disk_ms = fdatasync_ms(where, 50 if quick else 300)
            alone = load("saturate", at, world, 1, 1, duration_s / 2)
            offer = load("offer", at, world, min(50, senders), 1000.0, 2.5 * duration_s)
    floors = f"a relay that stores nothing: in Python {relay['cpu_us_per_message']:.1f} µs"
    if node is not None:
        floors += f", in Node {node['cpu_us_per_message']:.1f} µs"
    tell(
        [
            figure(
                "durable messages a second, 200 senders with 8 outstanding each",
                round(saturate["messages_per_s"]),
                "/s",
                "≥ 20000",
            ),
            figure(
                "CPU a message: received, stored, confirmed, delivered to one",
                round(saturate["cpu_us_per_message"], 1),
                "µs",
                "≤ 50",
                floors,
            ),
            figure(
                "durable confirmation p50, one sender, as a multiple of the disk's fdatasync",
                round(alone["p50_ms"] / disk_ms, 2),
                "×",
                "≤ 2.5",
                f"{alone['p50_ms']:.2f} ms against {disk_ms:.2f} ms",
            ),
            figure("confirmation p50 at 1000 messages/s offered", round(offer["p50_ms"], 2), "ms", "≤ 1"),
            figure("confirmation p99 at 1000 messages/s offered", round(offer["p99_ms"], 2), "ms", "≤ 8"),
            figure("bytes stored a message beyond its body", round(stored_bytes), "B", "≤ 100"),
        ]
    )


def _stored_bytes(database: Path) -> float:
    """What a message takes in the file, indexes and its share of all else included, beyond its body."""
    with closing(sqlite3.connect(database)) as connection:
        count, body_bytes = connection.execute("SELECT count(*), sum(length(body)) FROM message").fetchone()
    return float((database.stat().st_size - body_bytes) / count)


if __name__ == "__main__":
    main()
