"""A group with many members who are there: deliveries, and what one who does not read does to the others."""

from benchmarks import people
from benchmarks.server_process import figure, folder, load, server, tell

FIGURES_FOLLOW = True


def main() -> None:
    """Measure, and print the figures."""
    with folder() as (where, quick):
        members, readers, duration_s = (50, 50, 1.0) if quick else (500, 1000, 6.0)
        people.make(where / "group", members + 1, group=members + 1)
        with server(where / "group") as at:
            fanned = load("fan_out", at, where / "group" / "world.json", 8, duration_s)
        people.make(where / "stalled", readers + 4, pairs=True, group=readers + 1)
        with server(where / "stalled") as at:
            stalled = load("stalled", at, where / "stalled" / "world.json", 10_000.0, 2 * duration_s)
    tell(
        [
            figure(
                "deliveries to a group's members, a second of CPU",
                round(fanned["deliveries_per_cpu_s"]),
                "/s",
                "≥ 130000",
                f"{fanned['members']:.0f} members; {fanned['deliveries_per_s']:,.0f}/s by the clock, beside "
                "the load on the same cores",
            ),
            figure(
                "most memory, with a flooded reader who stalls against one who reads",
                round(stalled["grown_bytes"] / 1024),
                "KiB",
                "≤ 256",
                f"among {readers} others at {stalled['deliveries_per_s']:,.0f} deliveries/s",
            ),
            figure(
                "delivery p99 to the others beside it",
                round(stalled["stalled_p99_ms"], 1),
                "ms",
                "unaffected",
                f"{stalled['alone_p99_ms']:.1f} ms before",
            ),
        ]
    )


if __name__ == "__main__":
    main()
