"""docs/files.md says what is so."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from desktop_chat.protocol.errors import ErrorCode
from server.config import Limits
from server.http import status_of

TEXT = (Path(__file__).parents[3] / "docs" / "files.md").read_text("utf-8")
_SETTINGS = (
    "max_file_bytes",
    "file_quota_bytes",
    "unfinished_uploads_per_user_max",
    "transfers_per_user_max",
    "file_piece_max_bytes",
    "file_block_bytes",
    "file_idle_timeout_s",
    "orphan_hours",
    "sweep_interval_s",
)


def test_every_refusal_is_listed() -> None:
    listed = re.findall(r"^\| (\d{3}) \| `(\w+)` \|", TEXT, re.MULTILINE)
    assert len(listed) == 12
    assert {code: int(status) for status, code in listed} == {
        code: status_of(ErrorCode(code)) for _, code in listed
    }


@pytest.mark.parametrize("name", _SETTINGS)
def test_every_limit_is_listed(name: str) -> None:
    [limit] = [each for each in fields(Limits) if each.name == name]
    assert f"| `{name.upper()}` | {getattr(Limits(), limit.name):.0f}" in TEXT
