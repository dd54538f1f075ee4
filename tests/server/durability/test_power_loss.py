"""Power losses under the real store, in the short form; ``make torture`` has thousands.

kill -9 could not tell synchronous=FULL from OFF, since the operating system keeps what was written. So the
same losses are shown to be found: with synchronous=OFF confirmed messages are lost.
"""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.torture.power_loss import lives

LOSSES = 200


@pytest.fixture
def _quiet_log(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """The store says that its disk is failing; here it is meant to."""
    with caplog.at_level(logging.CRITICAL, logger="server.store"):
        yield


@pytest.mark.usefixtures("_quiet_log")
@pytest.mark.parametrize("seed", range(8))
def test_nothing_confirmed_is_lost(tmp_path: Path, seed: int) -> None:
    verdict = lives(tmp_path, seed, LOSSES // 8, "FULL")
    assert verdict.words == []
    assert verdict.confirmed > LOSSES // 8


@pytest.mark.usefixtures("_quiet_log")
def test_the_same_losses_find_a_store_that_does_not_sync(tmp_path: Path) -> None:
    verdict = lives(tmp_path, 0, LOSSES // 8, "OFF")
    assert verdict.lost or verdict.broken, "nothing was found"
