"""Connections that are idle, and everybody coming at once."""

import resource
import time
from concurrent.futures import ThreadPoolExecutor

from benchmarks import people
from benchmarks.server_process import begin, figure, finish, folder, load, server, tell
from server.auth import ARGON2, HASH_THREADS

FIGURES_FOLLOW = True
_CONNECTIONS = 10_000
_FIRST = 50
_OTHER_FILES = 200


def main() -> None:
    """Measure, and print the figures."""
    with folder() as (where, quick):
        count, duration_s = (200, 1.0) if quick else (_openable(), 6.0)
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
            alone = _argon2_per_s(duration_s / 2)
            storm = begin("logins", at, world, duration_s + 1)
            lag = load("lag", at, None, duration_s)
            logins = finish(storm)
            alone = (alone + _argon2_per_s(duration_s / 2)) / 2
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
            figure(
                "sign-ins with a password a second",
                round(logins["logins_per_s"]),
                "/s",
                "≥ 75",
                f"{logins['logins_per_s'] / alone:.0%} of what argon2 alone does here, {alone:.0f}/s",
            ),
            figure(
                "answer p99 of the loop meanwhile, the asking included",
                round(lag["p99_ms"], 2),
                "ms",
                "< 3",
                f"{quiet['p99_ms']:.2f} ms without sign-ins",
            ),
        ]
    )


def _openable() -> int:
    """How many connections to open: fewer where a process may not have so many files. Ports are no limit, of
    which Linux has 28,232 for each address that a server listens on."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    files = _CONNECTIONS + _FIRST + _OTHER_FILES
    if hard != resource.RLIM_INFINITY:
        files = min(files, hard)
    if soft != resource.RLIM_INFINITY and soft < files:
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, hard))  # the server's and the load's too
    return files - _FIRST - _OTHER_FILES


def _argon2_per_s(duration_s: float) -> float:
    """The most that there could be: passwords verified a second by as many threads as the server has, with
    nothing around them."""
    password_hash = ARGON2.hash(people.PASSWORD)
    end_s = time.perf_counter() + duration_s

    def go_on(_: int) -> int:
        done = 0
        while time.perf_counter() < end_s:
            ARGON2.verify(password_hash, people.PASSWORD)
            done += 1
        return done

    with ThreadPoolExecutor(HASH_THREADS) as pool:
        return sum(pool.map(go_on, range(HASH_THREADS))) / duration_s


if __name__ == "__main__":
    main()
