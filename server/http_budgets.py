"""How many HTTP requests an address and a user may make, and how many are being answered."""

import asyncio

from desktop_chat.protocol.errors import ErrorCode
from server.config import Limits
from server.rates import KeyedBuckets
from server.refusal import Refused

_KEYS_MAX = 10_000


class HttpBudgets:
    """Both budgets of one server."""

    def __init__(self, limits: Limits) -> None:
        self._addresses = KeyedBuckets(
            limits.http_requests_per_address_per_s, limits.http_requests_per_address_burst, _KEYS_MAX
        )
        self._users = KeyedBuckets(
            limits.http_requests_per_user_per_s, limits.http_requests_per_user_burst, _KEYS_MAX
        )

    def check_address(self, address: str, now_s: float) -> None:
        """Note a request. Raises Refused (``too_fast``)."""
        _check(self._addresses, address, now_s)

    def check_user(self, user_id: int, now_s: float) -> None:
        """Note a request of a user who is known. Raises Refused (``too_fast``)."""
        _check(self._users, str(user_id), now_s)


class UnderWay:
    """Requests that are being answered: each is a ``with`` around its answering."""

    def __init__(self) -> None:
        self._count = 0
        self._nothing = asyncio.Event()
        self._nothing.set()

    def __enter__(self) -> None:
        self._count += 1
        self._nothing.clear()

    def __exit__(self, *error: object) -> None:
        self._count -= 1
        if not self._count:
            self._nothing.set()

    async def over(self, timeout_s: float) -> bool:
        """Wait until there is none; False if some are left in the end."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._nothing.wait()
        except TimeoutError:
            return False
        return True


def _check(buckets: KeyedBuckets, key: str, now_s: float) -> None:
    wait_s = buckets.take(key, now_s)
    if wait_s > 0:
        raise Refused(
            ErrorCode.TOO_FAST, "Too much at once. Wait a moment.", retry_after_s=round(wait_s + 0.0005, 3)
        )
