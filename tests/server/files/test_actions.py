"""Who may attach and read what, by the actions alone."""

from collections.abc import Callable
from typing import Any

import pytest

from desktop_chat.protocol.errors import ErrorCode
from server.actions.files import (
    Allowance,
    NewFile,
    check_attach,
    check_read,
    do_attach,
    do_cancel,
    do_create,
    do_detach,
    do_finish,
    do_show_user_picture,
    do_sweep,
)
from server.refusal import Refused
from server.store.memory_state import MemoryState
from server.store.memory_transaction import MemoryTransaction
from tests.server.store.filling import add_direct, people

ADA, BOB, CY = 1, 2, 3
ALLOWANCE = Allowance(1000, 10_000, 10)
FILE = "f" * 32


@pytest.fixture
def writer() -> MemoryTransaction:
    """Ada, Bob and Cy; conversation 1 of Ada and Bob; one whole file of Ada's."""
    transaction = MemoryTransaction(MemoryState("e" * 32))
    people(transaction)
    do_create(transaction, NewFile("a" * 32, 7, bytes(32)), ADA, FILE, ALLOWANCE, 5)
    do_finish(transaction, FILE, 6)
    return transaction


def code_of(action: Callable[..., Any], *arguments: Any) -> ErrorCode:
    with pytest.raises(Refused) as refused:
        action(*arguments)
    return refused.value.code


def test_who_may_attach(writer: MemoryTransaction) -> None:
    assert code_of(check_attach, writer, [FILE], BOB) is ErrorCode.NOT_FOUND
    assert code_of(check_attach, writer, ["0" * 32], ADA) is ErrorCode.NOT_FOUND
    check_attach(writer, [FILE], ADA)
    do_attach(writer, [FILE], 1, 50)
    assert check_read(writer, FILE, BOB).file_id == FILE
    other = add_direct(writer, BOB, CY)
    assert code_of(check_attach, writer, [FILE], CY) is ErrorCode.NOT_FOUND
    check_attach(writer, [FILE], BOB)
    do_attach(writer, [FILE], other, 51)
    assert check_read(writer, FILE, CY).file_id == FILE
    do_detach(writer, 51)
    assert code_of(check_read, writer, FILE, CY) is ErrorCode.NOT_FOUND
    assert check_read(writer, FILE, BOB).file_id == FILE


def test_one_that_cannot_be_attached_refuses_all(writer: MemoryTransaction) -> None:
    unfinished = "e" * 32
    do_create(writer, NewFile("b" * 32, 7, bytes(32)), ADA, unfinished, ALLOWANCE, 5)
    assert code_of(check_attach, writer, [FILE, unfinished], ADA) is ErrorCode.BAD_REQUEST
    assert writer.file_ids_of(50) == []
    assert code_of(check_attach, writer, [unfinished], BOB) is ErrorCode.NOT_FOUND
    assert code_of(check_read, writer, unfinished, ADA) is ErrorCode.NOT_FOUND


def test_everybody_sees_a_picture(writer: MemoryTransaction) -> None:
    assert code_of(check_read, writer, FILE, CY) is ErrorCode.NOT_FOUND
    do_show_user_picture(writer, ADA, "", FILE)
    assert check_read(writer, FILE, CY).file_id == FILE
    assert do_sweep(writer, [FILE]) == []
    assert code_of(do_cancel, writer, FILE, ADA) is ErrorCode.BAD_REQUEST


def test_what_is_used_stays(writer: MemoryTransaction) -> None:
    do_attach(writer, [FILE], 1, 50)
    assert do_sweep(writer, [FILE, "0" * 32]) == []
    assert code_of(do_cancel, writer, FILE, ADA) is ErrorCode.BAD_REQUEST
    do_detach(writer, 50)
    assert code_of(do_cancel, writer, FILE, BOB) is ErrorCode.NOT_FOUND
    assert [row.file_id for row in do_sweep(writer, [FILE])] == [FILE]
    assert writer.file(FILE) is None
    assert code_of(do_finish, writer, FILE, 9) is ErrorCode.NOT_FOUND
