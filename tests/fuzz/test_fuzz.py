"""The short form of ``make fuzz``: some thousand executions of each target, the same ones each time."""

import random
from pathlib import Path
from typing import get_args

import pytest

from desktop_chat.protocol.codec import decode_command
from desktop_chat.protocol.commands import AnyCommand
from tests.fuzz import frames, http, sessions, sockets, uploads
from tests.fuzz.campaign import run
from tests.fuzz.draws import Draw
from tests.fuzz.finding import Finding, load
from tests.fuzz.shapes import commands


@pytest.mark.parametrize("seed", range(4))
def test_frames(seed: int) -> None:
    assert frames.play(seed) is None


@pytest.mark.parametrize("seed", range(4))
def test_bytes_of_sockets(seed: int) -> None:
    assert sockets.play(seed) is None


@pytest.mark.parametrize("seed", range(4))
def test_states_of_sessions(seed: int) -> None:
    assert sessions.play(seed) is None


def test_http_requests() -> None:
    assert http.play(0, 160) is None


def test_uploads() -> None:
    assert uploads.play(0, 240) is None


def test_every_command_is_made_and_what_should_be_valid_is() -> None:
    shapes = commands(AnyCommand)
    assert {each.tag for each in shapes} == {str(each.__struct_config__.tag) for each in get_args(AnyCommand)}
    draw = Draw(random.Random(0))
    for shape in shapes * 100:
        assert decode_command(shape.command(draw, 7).encode()).id == 7


def test_a_campaign_counts_what_it_played_and_stays_small() -> None:
    report = run({"sessions": 2_500}, seed=3, jobs=1)
    assert (report.executions, report.findings) == (2_500, [])


def test_a_finding_is_kept_and_read_again(tmp_path: Path) -> None:
    finding = Finding("frames", 1, 2, "words", b"\x00\xff".hex())
    assert load(finding.save(tmp_path)) == finding
