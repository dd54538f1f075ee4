"""docs/operating.md names every setting and every figure."""

import re
from dataclasses import fields
from pathlib import Path

from server.config import Config, Limits
from server.counting import CommitStats
from server.door import Arrivals
from server.metrics import Metrics
from tests.server.harness import TestServer

_TEXT = (Path(__file__).parents[2] / "docs" / "operating.md").read_text("utf-8")


class _Store:
    commit_stats = CommitStats()
    queued_writes = 0
    queued_reads = 0


def test_every_setting_is_named() -> None:
    for each in fields(Config):
        if each.name != "limits":
            assert f"`{each.name.upper()}`" in _TEXT, each.name


def test_the_limits_that_it_lists_are_so() -> None:
    listed = re.findall(r"\| `([A-Z_]+)` \| (\d+) \|", _TEXT)
    assert len(listed) > 5
    for name, value in listed:
        of = Config(data=Path()) if name.lower() in Config.__slots__ else Limits()
        assert getattr(of, name.lower()) == float(value), name


async def test_every_figure_is_named() -> None:
    server = TestServer()
    service = server.service
    metrics = Metrics(service, _Store(), Arrivals(service.config, service.counters))
    text = (await metrics.read()).decode()
    for name, kind in re.findall(r"^# TYPE desktop_chat_(\w+) (\w+)$", text, re.MULTILINE):
        assert re.search(rf"`{name}(\{{\w+\}})?`", _TEXT), (name, kind)
    assert "desktop_chat_messages_stored_total 0.0" in text
    await service.stop()
