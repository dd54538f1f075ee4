"""What is done to a store while its power goes: each kind of deed by itself, with what was confirmed of it
and what has to be found afterwards. A new kind is a class and a line in ``every_kind``."""

import itertools
from collections.abc import Callable
from random import Random
from typing import Any, Protocol

from desktop_chat.protocol.commands import SendMessage
from desktop_chat.protocol.records import Content
from server.actions.accounts import NewDevice, do_sign_in, do_sign_out
from server.actions.log import Appended
from server.actions.messages import do_send
from server.actions.pointers import Moved, do_mark_delivered, do_mark_read
from server.store.base import Operation
from server.store.reader import Reader
from server.store.records import DeviceRow
from tests.torture.doings import Doings
from tests.torture.ledger import Confirmed, Key, Ledger, Verdict

CONVERSATION = 1
MEMBERS = (1, 2)
"""Who is in it, as ``tests.server.store.filling.people`` makes them."""

Deed = tuple[Operation[Any], Callable[[Any], None]]
"""An operation for the store, and what to do with its result once the store has confirmed it."""


class Kind(Protocol):
    """One kind of deed, through all lives of one database."""

    def power_is_back(self) -> None:
        """A new life begins: what was under way and not confirmed may be there or not."""

    def next(self, chance: Random) -> Deed:
        """The next one to do."""

    def check(self, reader: Reader) -> Verdict:
        """Whether everything that was confirmed is there."""


class Sends:
    """SEND_MESSAGE; what was not confirmed is said again after the loss, and now and then what was."""

    def __init__(self) -> None:
        self.ledger = Ledger()
        self._keys = (f"{number:032x}" for number in itertools.count(1))
        self._again: list[Key] = []

    def power_is_back(self) -> None:
        self._again = [key for member in MEMBERS for key in self.ledger.unconfirmed(member)]

    def next(self, chance: Random) -> Deed:
        if self._again:
            key = self._again.pop(0)
        elif self.ledger.confirmed and chance.random() < 0.05:
            key = chance.choice(list(self.ledger.confirmed))
        else:
            key = (next(self._keys), chance.choice(MEMBERS))
            self.ledger.said[key] = (CONVERSATION, f"{key[0]} {'x' * chance.randrange(400)}")
        client_id, sender_id = key
        command = SendMessage(1, CONVERSATION, client_id, Content("text", self.ledger.said[key][1]))
        now_ms = chance.randrange(1, 10**9)

        def confirmed(sent: Appended) -> None:
            message = sent.message
            told = Confirmed(message.conversation_id, message.message_id, message.seq, message.sent_at_ms)
            self.ledger.confirm(key, told)

        return lambda writer: do_send(writer, command, sender_id, now_ms), confirmed

    def check(self, reader: Reader) -> Verdict:
        conversation = reader.conversation(CONVERSATION)
        log = reader.page_after(CONVERSATION, 0, 10**6)
        verdict = self.ledger.check(
            CONVERSATION, 0 if conversation is None else conversation.message_count, log
        )
        if log and reader.position() < log[-1].message_id:
            verdict.blame("the position went back")
        return verdict


class Pointers:
    """MARK_READ and MARK_DELIVERED: what was confirmed never goes back."""

    def __init__(self) -> None:
        self._read: dict[int, int] = {}
        self._delivered: dict[int, int] = {}

    def power_is_back(self) -> None: ...

    def next(self, chance: Random) -> Deed:
        user_id, seq = chance.choice(MEMBERS), chance.randrange(1, 2_000)
        do, noted = chance.choice(((do_mark_read, self._read), (do_mark_delivered, self._delivered)))

        def confirmed(moved: Moved | None) -> None:
            if moved is not None:
                at = moved.member.read_seq if noted is self._read else moved.member.delivered_seq
                noted[user_id] = max(at, noted.get(user_id, 0))

        return lambda writer: do(writer, CONVERSATION, user_id, seq, 1), confirmed

    def check(self, reader: Reader) -> Verdict:
        verdict = Verdict()
        last_seq = len(reader.page_after(CONVERSATION, 0, 10**6))
        for member in reader.members(CONVERSATION):
            if not member.read_seq <= member.delivered_seq <= last_seq:
                verdict.blame(f"read ≤ delivered ≤ {last_seq} does not hold: {member}")
            for noted, at in ((self._read, member.read_seq), (self._delivered, member.delivered_seq)):
                verdict.confirmed += member.user_id in noted
                if at < noted.get(member.user_id, 0):
                    verdict.lost += 1
                    verdict.words.append(f"a pointer went back: {member}, {noted}")
        return verdict


class Devices:
    """SIGN_IN and SIGN_OUT: a token that was given out works, one that was revoked never does again."""

    def __init__(self) -> None:
        self._tokens = (number.to_bytes(32, "big") for number in itertools.count(1))
        self._there: dict[int, DeviceRow] = {}
        self._gone: set[int] = set()
        self._going: set[int] = set()

    def power_is_back(self) -> None: ...

    def next(self, chance: Random) -> Deed:
        # One that somebody began to sign out may be gone, whatever he was told.
        sure = [each for each in self._there if each not in self._going]
        if sure and (len(sure) > 20 or chance.random() < 0.4):
            return self._sign_out(chance.choice(sure))
        new = NewDevice(next(self._tokens), "torture")
        user_id = chance.choice(MEMBERS)

        def sign_in(writer: Any) -> DeviceRow:
            return do_sign_in(writer, writer.user(user_id), new, 10**6, 1)[0]

        return sign_in, lambda device: self._there.__setitem__(device.device_id, device)

    def _sign_out(self, device_id: int) -> Deed:
        self._going.add(device_id)

        def confirmed(result: None) -> None:
            self._gone.add(device_id)

        return lambda writer: do_sign_out(writer, device_id), confirmed

    def check(self, reader: Reader) -> Verdict:
        verdict = Verdict(confirmed=len(self._there) + len(self._gone))
        for device_id, row in self._there.items():
            found = reader.device_by_token(row.token_hash)
            if found != row and device_id not in self._going:
                verdict.lost += 1
                verdict.words.append(f"{row} is lost")
            if found is not None and device_id in self._gone:
                verdict.blame(f"{row} is back, which was signed out")
        return verdict


def every_kind() -> list[tuple[Kind, float]]:
    """New ones of each, with how often to do them."""
    return [(Sends(), 5.0), (Pointers(), 1.0), (Devices(), 1.0), (Doings(), 10.0)]
