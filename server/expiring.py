"""Letting go of messages that were kept long enough, in the background and a little at a time."""

import asyncio
import logging
from functools import partial
from typing import TYPE_CHECKING

from server import publishing
from server.actions.retention import check_expired, do_expire
from server.refusal import Refused
from server.store.base import StoreUnavailable
from server.store.reader import Reader

if TYPE_CHECKING:
    from server.service import Service

_log = logging.getLogger(__name__)
_CONVERSATIONS_AT_ONCE = 200


async def keep_expiring(service: "Service", interval_s: float) -> None:
    """Look once in ``interval_s``, until it is cancelled."""
    while True:
        await asyncio.sleep(interval_s)
        try:
            count = await expire_all(service)
        except (StoreUnavailable, Refused) as error:
            _log.warning("expiring not finished error=%s", type(error).__name__)
        else:
            if count:
                _log.info("expired times=%d", count)


async def expire_all(service: "Service") -> int:
    """Go through all conversations once; how often something was let go of."""
    count, after = 0, 0
    while True:
        ids = await service.store.read(partial(_next_ids, after))
        if not ids:
            return count
        for conversation_id in ids:
            count += await _expire_conversation(service, conversation_id)
        after = ids[-1]


async def _expire_conversation(service: "Service", conversation_id: int) -> int:
    days, now_ms, count = service.config.retention_days, service.now_ms(), 0
    while True:
        below_seq = await service.store.read(
            lambda reader: check_expired(reader, conversation_id, days, now_ms)
        )
        if not below_seq:
            return count
        await expire(service, conversation_id, below_seq)
        count += 1


async def expire(service: "Service", conversation_id: int, below_seq: int) -> None:
    """Let go of a conversation's entries below a seq, and tell its members."""
    expired = await service.store.perform(lambda writer: do_expire(writer, conversation_id, below_seq))
    if expired is not None:
        publishing.expired(service, expired)


def _next_ids(after: int, reader: Reader) -> list[int]:
    return reader.conversation_ids_after(after, _CONVERSATIONS_AT_ONCE)
