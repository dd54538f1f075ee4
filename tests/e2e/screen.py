"""A screen of the test's own, and a hand on its keyboard and mouse."""

import asyncio
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

WIDTH_PX, HEIGHT_PX = 1280, 800


@contextmanager
def xvfb() -> Iterator[str]:
    """Run an X server on a display that is free and give its name, as ``DISPLAY`` wants it."""
    reader, writer = os.pipe()
    server = subprocess.Popen(
        [
            *("Xvfb", "-displayfd", str(writer)),
            *("-screen", "0", f"{WIDTH_PX}x{HEIGHT_PX}x24", "-nolisten", "tcp", "-noreset"),
        ],
        pass_fds=[writer],
        stderr=subprocess.DEVNULL,
    )
    os.close(writer)
    try:
        with os.fdopen(reader) as told:
            yield ":" + told.readline().strip()
    finally:
        server.terminate()
        server.wait()


class Hand:
    """Presses keys and buttons as a person does, on one display."""

    def __init__(self, display: str) -> None:
        self._environment = {**os.environ, "DISPLAY": display}

    async def focus(self, process_id: int) -> None:
        """Give the keyboard to a process's window. There is no window manager to do it."""
        window = (await self._do("search", "--sync", "--onlyvisible", "--pid", str(process_id))).split()[-1]
        await self._do("windowfocus", "--sync", window)

    async def unfocus(self) -> None:
        """Give the keyboard to nobody, as if the person looked at something else."""
        root = (await self._do("search", "--maxdepth", "0", ".*")).split()[0]
        await self._do("windowfocus", root)

    async def type(self, text: str) -> None:
        """Type into whatever has the focus."""
        await self._do("type", "--delay", "8", text)

    async def press(self, *keys: str) -> None:
        """Press keys, named as X names them: ``Return``, ``ctrl+n``."""
        await self._do("key", "--delay", "8", *keys)

    async def click(self, x: int, y: int) -> None:
        """Click the left button at a place on the screen, in pixels."""
        await self._do("mousemove", "--sync", str(x), str(y), "click", "1")

    async def _do(self, *arguments: str) -> str:
        process = await asyncio.create_subprocess_exec(
            "xdotool", *arguments, env=self._environment, stdout=asyncio.subprocess.PIPE
        )
        output, _ = await process.communicate()
        if process.returncode:
            raise RuntimeError(f"xdotool {' '.join(arguments)} failed: {process.returncode}")
        return output.decode()
