"""Whatever pieces come, and however they break off: what is stored is what was sent, up to the offset."""

import asyncio
import hashlib
import tempfile
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from desktop_chat.protocol.errors import ErrorCode
from server.actions.files import NewFile
from server.refusal import Refused
from tests.server.files.engine import Engine, blocks

T = TypeVar("T")
CONTENT = bytes(range(251)) * 8
NEW = NewFile("a" * 32, len(CONTENT), hashlib.sha256(CONTENT).digest())


class Upload(RuleBasedStateMachine):
    """One upload of CONTENT."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        self.engine = Engine(Path(self.folder.name))
        self.caller = self.do(self.engine.start())
        self.file_id = self.do(self.engine.files.create(self.caller, NEW)).file_id
        self.acknowledged = 0
        self.whole = False

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    @precondition(lambda self: not self.whole)
    @rule(sizes=st.lists(st.integers(1, 400), max_size=4), breaks=st.booleans())
    def goes_on(self, sizes: list[int], breaks: bool) -> None:
        """A piece at the right place, in some blocks, perhaps broken off."""
        self.asked()
        if self.whole:
            return
        start = self.acknowledged
        body, at = [], start
        for size in sizes:
            body.append(CONTENT[at : at + size])
            at += len(body[-1])
        failure = ConnectionResetError("cut") if breaks else None
        receiving = self.engine.files.receive(
            self.caller, self.file_id, start, blocks([each for each in body if each], failure)
        )
        if failure is None:
            _, self.acknowledged = self.do(receiving)
            assert self.acknowledged == at
            self.whole = at == len(CONTENT)
        else:
            with pytest.raises(ConnectionResetError):
                self.do(receiving)

    @rule(offset=st.integers(0, len(CONTENT) + 2), size=st.integers(1, 10))
    def at_a_wrong_place(self, offset: int, size: int) -> None:
        there = self.part_size()
        if offset == there:
            return
        with pytest.raises(Refused) as refused:
            self.do(self.engine.files.receive(self.caller, self.file_id, offset, blocks([b"x" * size])))
        assert refused.value.code is ErrorCode.WRONG_OFFSET

    @precondition(lambda self: not self.whole)
    @rule()
    def too_much(self) -> None:
        there = self.part_size()
        body = [CONTENT[there:] + b"x"]
        with pytest.raises(Refused) as refused:
            self.do(self.engine.files.receive(self.caller, self.file_id, there, blocks(body)))
        assert refused.value.code is ErrorCode.BAD_REQUEST

    @rule()
    def restart(self) -> None:
        self.engine.die()
        self.caller = self.do(self.engine.start())

    @rule()
    def begun_once_more(self) -> None:
        assert self.do(self.engine.files.create(self.caller, NEW)).file_id == self.file_id

    @rule()
    def asked(self) -> None:
        """To ask finishes what a broken-off last piece left whole."""
        _, offset = self.do(self.engine.files.offset(self.caller, self.file_id))
        assert offset >= self.acknowledged
        self.acknowledged = offset
        self.whole = self.whole or offset == len(CONTENT)

    @invariant()
    def what_is_there_was_sent(self) -> None:
        if self.whole:
            assert self.do(self.engine.content(self.caller, self.file_id)) == CONTENT
            assert [each[:6] for each in self.engine.on_disk()] == ["blobs/"]
            return
        part = self.engine.path / "uploads" / self.file_id
        stored = part.read_bytes() if part.exists() else b""
        assert len(stored) >= self.acknowledged
        assert CONTENT.startswith(stored)
        with pytest.raises(Refused):
            self.do(self.engine.content(self.caller, self.file_id))

    def part_size(self) -> int:
        if self.whole:
            return len(CONTENT)
        part = self.engine.path / "uploads" / self.file_id
        return part.stat().st_size if part.exists() else 0

    def teardown(self) -> None:
        self.engine.files.close()
        self.runner.close()
        self.folder.cleanup()


TestOffsets = Upload.TestCase
# Not shrunk, since each step waits for a disk.
TestOffsets.settings = settings(
    max_examples=25,
    stateful_step_count=20,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)
