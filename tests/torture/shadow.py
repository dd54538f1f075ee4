"""The reference store beside the real one. What is found after a power loss has to be what the reference
holds after some beginning of the operations that were handed over, no shorter than what was confirmed: so
nothing that was confirmed is missing, nothing that was deleted is back, and nothing is there by half."""

from typing import Any

from server.refusal import Refused
from server.store.base import Operation
from server.store.memory_state import MemoryState
from server.store.memory_transaction import MemoryTransaction
from server.store.reader import Reader
from tests.torture.ledger import Verdict

_END = 2**53


class Shadow:
    """One database's operations, through all of its lives."""

    def __init__(self, epoch: str) -> None:
        self._state = MemoryState(epoch)
        self._issued: list[Operation[Any]] = []
        self._confirmed = 0

    def issue(self, operation: Operation[Any]) -> int:
        """An operation is handed over; its number for ``confirm``."""
        self._issued.append(operation)
        return len(self._issued)

    def confirm(self, number: int) -> None:
        """It was confirmed, and so was everything before it."""
        self._confirmed = max(self._confirmed, number)

    def look(self, reader: Reader) -> Verdict:
        """Find the beginning that the store holds, and go on from there."""
        verdict = Verdict(confirmed=self._confirmed)
        found, position = contents(reader), reader.position()
        here: list[Any] = []
        for count in range(len(self._issued) + 1):
            if count:
                self._apply(self._issued[count - 1])
            if count < self._confirmed or self._state.position != position:
                continue
            here = contents(MemoryTransaction(self._state))
            if here == found:
                self._issued, self._confirmed = [], 0
                return verdict
        differing = [pair for pair in zip(here, found, strict=False) if pair[0] != pair[1]]
        verdict.blame(
            f"position {position} is that of no beginning of {len(self._issued)} operations, "
            f"{self._confirmed} of them confirmed, up to {self._state.position}: {str(differing[:2])[:2000]}"
        )
        return verdict

    def _apply(self, operation: Operation[Any]) -> None:
        transaction = MemoryTransaction(self._state)
        try:
            operation(transaction)
        except Refused:
            pass
        except Exception:
            transaction.roll_back()
            raise


def contents(reader: Reader) -> list[Any]:
    """Everything that a store can be asked for."""
    held: list[Any] = [reader.audit(_END, _END), reader.admin_ids()]
    for user_id in range(1, reader.user_count() + 1):
        held += [
            reader.user(user_id),
            reader.devices_of(user_id),
            reader.blocked_ids(user_id),
            reader.stars(user_id, 0),
            sorted(reader.left_conversations(user_id, 0)),
            reader.file_totals(user_id),
        ]
    for conversation_id in reader.conversation_ids_after(0, _END):
        log = reader.page_after(conversation_id, 0, 10**6)
        held += [reader.conversation(conversation_id), reader.members(conversation_id), log]
        held += [reader.versions(conversation_id, each.seq) for each in log if each.edited_at_ms]
        held += [(each, reader.file(each)) for entry in log for each in entry.file_ids]
        held += [reader.file_ids_of(entry.message_id) for entry in log if entry.file_ids or entry.deleted]
    return held
