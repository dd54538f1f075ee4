"""When nothing is told."""

import pytest

from desktop_chat.core.quiet_hours import is_quiet


@pytest.mark.parametrize(
    ("minute", "quiet_from", "quiet_to", "quiet"),
    [
        (719, 720, 780, False),
        (720, 720, 780, True),
        (779, 720, 780, True),
        (780, 720, 780, False),
        (1320, 1320, 420, True),
        (1439, 1320, 420, True),
        (0, 1320, 420, True),
        (419, 1320, 420, True),
        (420, 1320, 420, False),
        (1319, 1320, 420, False),
        (0, 0, 0, False),
        (600, 600, 600, False),
    ],
)
def test_quiet_hours(minute: int, quiet_from: int, quiet_to: int, quiet: bool) -> None:
    assert is_quiet(minute, quiet_from, quiet_to) is quiet
