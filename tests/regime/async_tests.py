"""Runs ``async def`` tests, each on an event loop of its own, and fails one that leaves a task behind.

A test that asks for pytest-qt's ``qapp`` runs on the loop the application runs on, any other on asyncio's
own. There are no async fixtures: a test enters what it needs with ``async with``.
"""

import asyncio
import gc
import inspect
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

DEADLINE_S = 60.0
"""No async test runs longer, unless marked ``deadline(seconds)``. A net under hangs: tests do not assert on
time."""
_TURNS_TO_SETTLE = 20
"""A task that was told to end gets this many turns of the loop to do so."""


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a coroutine function; leave everything else to pytest."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    # What the signature asks for, as pytest's own implementation passes it.
    arguments = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
    with asyncio.Runner(debug=False, loop_factory=_loop_factory(pyfuncitem)) as runner:
        marker = pyfuncitem.get_closest_marker("deadline")
        deadline_s = marker.args[0] if marker else DEADLINE_S
        left_over = runner.run(_supervise(pyfuncitem.obj, arguments, deadline_s))
    if "qapp" in pyfuncitem.fixturenames:
        # What is left of its loop are cycles that hold Qt's objects. Collected by whichever thread allocates
        # next they would be destroyed there, and Qt aborts or warns.
        gc.collect()
    if left_over:
        pytest.fail("Tasks were left behind:\n" + "\n".join(left_over), pytrace=False)
    return True


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", "deadline(seconds): how long an async test may take at most")


def _loop_factory(item: pytest.Function) -> Callable[[], asyncio.AbstractEventLoop] | None:
    if "qapp" not in item.fixturenames:
        return None
    from desktop_chat import qt_async

    return qt_async.new_loop


async def _supervise(
    test: Callable[..., Awaitable[None]], arguments: dict[str, Any], deadline_s: float
) -> list[str]:
    async with asyncio.timeout(deadline_s):
        await test(**arguments)
    own = {asyncio.current_task()}
    for _ in range(_TURNS_TO_SETTLE):
        if asyncio.all_tasks() == own:
            break
        await asyncio.sleep(0)
    return [repr(task) for task in asyncio.all_tasks() - own]
