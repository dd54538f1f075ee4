"""A server with a living sample, and two windows side by side, signed in as two of its people.

Run by ``make demo``. Everything lies in out/demo, made anew each time. Ends when both windows are quit, with
Ctrl+C, or when it is told to; the windows and the server end with it.
"""

import argparse
import asyncio
import contextlib
import os
import random
import shutil
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fill_server import fill, now
from profiles import prepare_profile, side_by_side
from sample import ALICE, BOB, OTHERS, PHRASES, lines
from talker import Talker

_FOLDER = Path(__file__).parents[1] / "out" / "demo"
_PASSWORD = "a sample, not a secret"
_TALKERS = 4
_PAUSE_S = (8.0, 30.0)


async def main() -> int:
    """Run the demonstration to its end."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quiet", action="store_true", help="nobody writes while the windows are open")
    parser.add_argument("--prepare", action="store_true", help="only fill the server and the profiles")
    arguments = parser.parse_args()
    own = asyncio.current_task()
    assert own is not None
    with contextlib.suppress(NotImplementedError):  # Windows has no such signal
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, own.cancel)
    shutil.rmtree(_FOLDER, ignore_errors=True)
    data, home = _FOLDER / "server", _FOLDER / "home"
    data.mkdir(parents=True, mode=0o700)
    now_ms = now()
    said = list(lines(now_ms))
    await fill(data / "server.sqlite3", _PASSWORD, said, now_ms)
    print(f"{len(said)} messages between {len(OTHERS) + 2} people lie in {_FOLDER}.")
    async with _server(data) as address:
        for person, place in zip((ALICE, BOB), side_by_side(2), strict=True):
            await prepare_profile(home, person.user_name, address, _PASSWORD, place)
        if arguments.prepare:
            return 0
        apps = [await _app(home, person.user_name) for person in (ALICE, BOB)]
        print("Two windows are open. Quit both, or press Ctrl+C here, to end.")
        talking = None if arguments.quiet else asyncio.create_task(_talk(address))
        try:
            await asyncio.gather(*(app.wait() for app in apps))
        finally:
            if talking is not None:
                talking.cancel()
                await asyncio.wait([talking])
            for app in apps:
                if app.returncode is None:
                    app.terminate()
            await asyncio.gather(*(app.wait() for app in apps))
    return 0


@asynccontextmanager
async def _server(data: Path) -> AsyncIterator[str]:
    """The bundled server on a free port; gives its address. It ends when its standard input does."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "server", "serve"),
        *("--data", str(data), "--port", "0", "--name", "Demonstration", "--exit-with-stdin"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,  # Ctrl+C is for the windows first
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        while line := await process.stdout.readline():
            if line.startswith(b"ready "):
                yield line.split()[1].decode()
                break
        else:
            raise SystemExit("The server did not start.")
    finally:
        process.stdin.close()
        await process.wait()


async def _app(home: Path, profile: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "desktop_chat", "--profile", profile),
        env={**os.environ, "DESKTOP_CHAT_HOME": str(home)},
        start_new_session=True,
    )


async def _talk(address: str) -> None:
    """Let some of the people write to Alice or Bob now and then."""
    chance = random.Random()
    people = chance.sample(OTHERS, _TALKERS)
    async with contextlib.AsyncExitStack() as stack:
        talkers = [
            (person, await stack.enter_async_context(Talker(address, person.user_name, _PASSWORD)))
            for person in people
        ]
        while True:
            await asyncio.sleep(chance.uniform(*_PAUSE_S))
            person, talker = chance.choice(talkers)
            receiver = chance.choice((ALICE, BOB))
            await talker.write_to(receiver.user_name, chance.choice(PHRASES[person.tongue]))


if __name__ == "__main__":
    try:
        sys.exit(asyncio.run(main()))
    except (KeyboardInterrupt, asyncio.CancelledError):
        sys.exit(0)
