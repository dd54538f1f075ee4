"""Connections that are idle, and everybody coming at once."""

from benchmarks import people
from benchmarks.server_process import begin, figure, finish, folder, load, server, tell

FIGURES_FOLLOW = True
_FIRST = 50


def main() -> None:
    """Measure, and print the figures."""
    with folder() as (where, quick):
        count, duration_s = (200, 1.0) if quick else (9_500, 6.0)
        people.make(where / "idle", count + _FIRST)
        world = where / "idle" / "world.json"
        with server(where / "idle") as at:
            plain = load("idle", at, world, count)
        with server(where / "idle", "--tls") as at:
            tls = load("idle", at, world, count, tls=True)
        people.make(where / "logins", 1000)
        world = where / "logins" / "world.json"
        with server(where / "logins") as at:
            quiet = load("lag", at, None, duration_s / 2)
            storm = begin("logins", at, world, duration_s + 1)
            lag = load("lag", at, None, duration_s)
            logins = finish(storm)
    over = f"over {plain['connections']:,.0f} connections of as many users"
    tell(
        [
            figure(
                "memory of an idle connection",
                round(plain["bytes_per_connection"] / 1000, 1),
                "kB",
                "≤ 14",
                over,
            ),
            figure(
                "memory of an idle connection with TLS",
                round(tls["bytes_per_connection"] / 1000, 1),
                "kB",
                "≤ 37",
                over,
            ),
            figure("sign-ins with a password a second", round(logins["logins_per_s"]), "/s", "≥ 75"),
            figure(
                "answer p99 of the loop meanwhile, the asking included",
                round(lag["p99_ms"], 2),
                "ms",
                "< 3",
                f"{quiet['p99_ms']:.2f} ms without sign-ins",
            ),
        ]
    )


if __name__ == "__main__":
    main()
