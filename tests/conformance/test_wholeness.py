"""Nothing that the protocol has was left out. It comes last, by its name."""

from pathlib import Path
from typing import get_args

import pytest

from desktop_chat.protocol.actions import AnyAction
from desktop_chat.protocol.commands import AnyCommand
from desktop_chat.protocol.errors import CloseCode, ErrorCode
from desktop_chat.protocol.events import AnyEvent
from desktop_chat.protocol.replies import AnyReply
from tests.conformance.seen import Seen, tag_of
from tests.conformance.served import GIVEN

_NOT_MET: frozenset[str] = frozenset()
"""What no test meets, by name, each with its reason beside it."""


def test_everything_has_travelled(request: pytest.FixtureRequest, seen: Seen) -> None:
    folder = Path(__file__).parent
    items = [each for each in request.session.items if each.path.parent == folder]
    files = {each.path.name for each in items}
    if files != {each.name for each in folder.glob("test_*.py")}:
        pytest.skip("not all of the suite runs")
    if GIVEN in request.config.stash:
        pytest.skip("what needs servers of the suite's own does not run")
    if hasattr(request.config, "workerinput"):
        pytest.skip("the suite is spread over several processes")
    packets = {tag_of(each) for each in (*get_args(AnyReply), *get_args(AnyEvent))}
    assert {tag_of(each) for each in get_args(AnyCommand)} - seen.commands - _NOT_MET == set()
    assert packets - seen.packets - _NOT_MET == set()
    assert set(ErrorCode) - seen.codes - _NOT_MET == set()
    assert {tag_of(each) for each in get_args(AnyAction)} - seen.actions - _NOT_MET == set()
    assert {each.name for each in CloseCode if each not in seen.closings} - _NOT_MET == set()
