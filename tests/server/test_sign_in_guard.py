"""Guessing is slowed down, and locks out nobody else."""

import pytest

from desktop_chat.protocol.errors import ErrorCode
from server.auth import SignInGuard
from server.config import Limits
from server.refusal import Refused


def _fail(guard: SignInGuard, name: str, address: str, count: int, now_s: float = 0.0) -> None:
    for _ in range(count):
        guard.check_attempt(name, address, now_s)


def _is_refused(guard: SignInGuard, name: str, address: str, now_s: float = 0.0) -> bool:
    try:
        guard.check_attempt(name, address, now_s)
    except Refused as refused:
        return refused.code is ErrorCode.TOO_FAST and refused.retry_after_s is not None
    return False


def test_who_guesses_locks_out_nobody_else() -> None:
    guard = SignInGuard(Limits())
    _fail(guard, "ada", "guesser", 10)
    assert _is_refused(guard, "ada", "guesser")
    assert not _is_refused(guard, "ada", "home")
    assert not _is_refused(guard, "bob", "guesser")
    assert not _is_refused(guard, "ada", "guesser", now_s=12.0)


def test_many_addresses_share_one_budget_for_a_name() -> None:
    guard = SignInGuard(Limits())
    for number in range(10):
        _fail(guard, "ada", f"guesser {number}", 10)
    assert _is_refused(guard, "ada", "another")
    assert not _is_refused(guard, "ada", "another", now_s=37.0)


def test_an_address_has_one_budget_for_all_names() -> None:
    guard = SignInGuard(Limits())
    for number in range(60):
        _fail(guard, f"name {number}", "guesser", 1)
    assert _is_refused(guard, "ada", "guesser")
    with pytest.raises(Refused):
        guard.check_registration("guesser", 0.0)


def test_a_refused_try_costs_nothing_and_neither_does_a_right_one() -> None:
    guard = SignInGuard(Limits(sign_in_per_name_burst=1.0, sign_in_per_address_burst=2.0))
    _fail(guard, "ada", "here", 1)
    for _ in range(5):
        assert _is_refused(guard, "ada", "here")
    _fail(guard, "bob", "here", 1)
    guard.succeeded("bob", "here")
    assert not _is_refused(guard, "bob", "here")
