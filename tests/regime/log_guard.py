"""Fails a test that logs a warning or worse without having said that it would.

A test expects records by ``with caplog.at_level(logging.WARNING, logger="name"):``, naming their exact
level, around the code that logs them; it then asserts on ``caplog.records``.
"""

import logging
from collections.abc import Iterator

import pytest


class _Guard(logging.Handler):
    """Keeps the records nobody expected."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.unexpected: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Judge one record, on whichever thread it was made."""
        if logging.getLogger(record.name).level == record.levelno or logging.root.level == record.levelno:
            return  # caplog.at_level() was entered with exactly this level
        self.unexpected.append(record)


@pytest.fixture(autouse=True)
def _no_unexpected_log() -> Iterator[None]:
    guard = _Guard()
    logging.root.addHandler(guard)
    try:
        yield
    finally:
        logging.root.removeHandler(guard)
    if guard.unexpected:
        formatter = logging.Formatter("%(levelname)s %(name)s: %(message)s")
        lines = "\n".join(formatter.format(record) for record in guard.unexpected)
        pytest.fail(f"Logged without being expected:\n{lines}", pytrace=False)
