"""Passwords and device tokens."""

import asyncio
import base64
import hashlib
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from desktop_chat.protocol.errors import ErrorCode
from server.config import Limits
from server.rates import KeyedBuckets
from server.refusal import Refused, busy

T = TypeVar("T")

ARGON2 = PasswordHasher(time_cost=5, memory_cost=7 * 1024, parallelism=1)
"""argon2id as new passwords are hashed. OWASP's Password Storage Cheat Sheet names five settings that defend
equally well: 46 MiB with t=1, 19 with 2, 12 with 3, 9 with 4 and 7 with 5. Of these the last takes the least
CPU, since more of it stays in the cache, and the least memory."""

HASH_THREADS = 2
"""More are slower."""
_NICENESS = 10
_KEYS_MAX = 10_000


class Hasher(Protocol):
    """Hashes passwords away from the loop."""

    @property
    def queued(self) -> int:
        """Passwords that wait or are worked on."""

    async def hash(self, password: str) -> str:
        """A salted hash to keep. Raises Refused (``server_busy``)."""

    async def verify(self, password_hash: str | None, password: str) -> bool:
        """Whether the password is right; without a hash it never is, after the same work.
        Raises Refused (``server_busy``)."""

    def is_outdated(self, password_hash: str) -> bool:
        """Whether a hash was made with other settings than ``hash`` has now."""

    def close(self) -> None:
        """Release the threads."""


class Argon2Hasher:
    """``ARGON2`` on a pool of two threads, which come after the loop's where cores are short. A hash is
    verified with the settings that it was made with."""

    def __init__(self, queue_max: int) -> None:
        self._pool = ThreadPoolExecutor(HASH_THREADS, thread_name_prefix="password", initializer=_give_way)
        self._queue_max = queue_max
        self._queued = 0
        self._nobodys_hash = ""

    @property
    def queued(self) -> int:
        return self._queued

    async def hash(self, password: str) -> str:
        return await self._run(lambda: ARGON2.hash(password))

    async def verify(self, password_hash: str | None, password: str) -> bool:
        return await self._run(lambda: self._verify(password_hash, password))

    def is_outdated(self, password_hash: str) -> bool:
        return ARGON2.check_needs_rehash(password_hash)

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)

    def _verify(self, password_hash: str | None, password: str) -> bool:
        if not password_hash:
            # Whoever tries names must not learn from the time it takes which of them exist.
            self._nobodys_hash = self._nobodys_hash or ARGON2.hash("nobody's password")
        try:
            matches = ARGON2.verify(password_hash or self._nobodys_hash, password)
        except (VerificationError, InvalidHashError):
            return False
        return matches and bool(password_hash)

    async def _run(self, work: Callable[[], T]) -> T:
        if self._queued >= self._queue_max:
            raise busy()
        self._queued += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work)
        finally:
            self._queued -= 1


def _give_way() -> None:
    """Let everybody waiting for an answer go before whoever signs in."""
    if sys.platform == "linux":  # elsewhere a priority is that of the whole process
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)


class SignInGuard:
    """Slows down guessing. Failed sign-ins are limited for each address; for each name from one address, so
    that who guesses locks out nobody but himself; and far more generously for each name from everywhere."""

    def __init__(self, limits: Limits) -> None:
        self._addresses = KeyedBuckets(
            limits.sign_in_per_address_per_s, limits.sign_in_per_address_burst, _KEYS_MAX
        )
        self._names_from_address = KeyedBuckets(
            limits.sign_in_per_name_per_s, limits.sign_in_per_name_burst, _KEYS_MAX
        )
        self._names = KeyedBuckets(
            limits.sign_in_per_name_everywhere_per_s, limits.sign_in_per_name_everywhere_burst, _KEYS_MAX
        )

    def check_attempt(self, name_key: str, address: str, now_s: float) -> None:
        """Note an attempt. Raises Refused (``too_fast``)."""
        taken: list[tuple[KeyedBuckets, str]] = []
        for buckets, key in self._buckets(name_key, address):
            try:
                self._check(buckets, key, now_s)
            except Refused:
                for earlier, earlier_key in taken:
                    earlier.give_back(earlier_key)
                raise
            taken.append((buckets, key))

    def check_registration(self, address: str, now_s: float) -> None:
        """Note a registration. Raises Refused (``too_fast``)."""
        self._check(self._addresses, address, now_s)

    def token_failed(self, address: str, now_s: float) -> None:
        """A token was wrong. Raises Refused (``too_fast``) where too much from this address was."""
        self._check(self._addresses, address, now_s)

    def succeeded(self, name_key: str, address: str) -> None:
        """The attempt was right, and does not count."""
        for buckets, key in self._buckets(name_key, address):
            buckets.give_back(key)

    def _buckets(self, name_key: str, address: str) -> tuple[tuple[KeyedBuckets, str], ...]:
        return (
            (self._addresses, address),
            (self._names_from_address, f"{address}\n{name_key}"),
            (self._names, name_key),
        )

    @staticmethod
    def _check(buckets: KeyedBuckets, key: str, now_s: float) -> None:
        wait_s = buckets.take(key, now_s)
        if wait_s > 0:
            raise Refused(
                ErrorCode.TOO_FAST,
                "Too many tries. Wait a while before the next one.",
                retry_after_s=round(wait_s + 0.05, 1),
            )


def token_text(token: bytes) -> str:
    """A device token as it travels: base64url without padding."""
    return base64.urlsafe_b64encode(token).rstrip(b"=").decode()


def token_hash(token: str) -> bytes:
    """A device token as it is kept. A token of 256 random bits needs no slow hash."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def code_hash(code: str) -> bytes:
    """An invite's code as it is kept."""
    return hashlib.sha256(b"invite\n" + code.encode("utf-8", "surrogatepass")).digest()
