"""How tests ask for a server."""

from typing import Protocol

import pytest

from tests.conformance.place import Place

GIVEN = pytest.StashKey[Place]()
"""Where pytest's configuration holds the place whose address was given to ``python -m tests.conformance``."""


class Served(Protocol):
    """Gives the place of a server that runs with these arguments and settings."""

    def __call__(self, *arguments: str, **settings: object) -> Place: ...
