"""Where tests find their server: one of the suite's own for each set of settings, or the one whose address
was given to ``python -m tests.conformance``."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance.place import Place
from tests.conformance.process import Process
from tests.conformance.seen import Seen
from tests.conformance.served import GIVEN, Served
from tests.server.blackbox.real_server import any_certificate


@pytest.fixture(scope="session")
def seen(pytestconfig: pytest.Config) -> Seen:
    """What has travelled so far."""
    given = pytestconfig.stash.get(GIVEN, None)
    return Seen() if given is None else given.seen


@pytest.fixture(scope="session")
def served(
    pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory, seen: Seen
) -> Iterator[Served]:
    """Start a server with settings, or find the one that runs with them already."""
    given = pytestconfig.stash.get(GIVEN, None)
    running: dict[object, Place] = {}

    def serve(*arguments: str, **settings: object) -> Place:
        if given is not None:
            if arguments or settings:
                wanted = [*arguments, *(f"{name}={value}" for name, value in settings.items())]
                pytest.skip(f"needs a server of its own with {' '.join(wanted)}")
            return given
        named = (arguments, tuple(sorted(settings.items())))
        if named not in running:
            process = Process(tmp_path_factory.mktemp("server"), *arguments, **settings)
            secure = any_certificate() if process.url.startswith("wss:") else None
            running[named] = Place(process.url, seen, secure, process)
        return running[named]

    yield serve
    if given is not None:
        asyncio.run(given.take_regulars_away())
    for place in running.values():
        assert place.process is not None
        place.process.stop()


@pytest.fixture
def place(served: Served) -> Place:
    """A server with the settings that it comes with, or the one that was given."""
    return served()


@pytest.fixture
def own_folder(pytestconfig: pytest.Config, tmp_path: Path) -> Path:
    """A folder for a server that a test treats badly."""
    if GIVEN in pytestconfig.stash:
        pytest.skip("needs a server of its own, and its folder")
    return tmp_path
