"""Fails a test that leaves a thread behind which would keep the process from ending."""

import threading
from collections.abc import Iterator

import pytest

_GRACE_S = 2.0
"""How long a thread that was told to end may take to do so."""


@pytest.fixture(autouse=True)
def _no_thread_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    new = [thread for thread in threading.enumerate() if thread not in before and not thread.daemon]
    for thread in new:
        thread.join(_GRACE_S)
    left_over = [thread.name for thread in new if thread.is_alive()]
    if left_over:
        pytest.fail(f"Threads were left running: {', '.join(left_over)}", pytrace=False)
