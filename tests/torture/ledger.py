"""What clients said, what they were told about it, and whether what is stored agrees."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from desktop_chat.protocol.records import Message

Key = tuple[str, int]
"""``client_id`` and the sender's id: what is stored once."""


class Confirmed(NamedTuple):
    """What a confirmation says."""

    conversation_id: int
    message_id: int
    seq: int
    sent_at_ms: int


@dataclass
class Verdict:
    """Figures to be added up; ``words`` say what each wrong thing was."""

    confirmed: int = 0
    lost: int = 0
    doubled: int = 0
    out_of_order: int = 0
    broken: int = 0
    """Everything else: another answer, a hole in seq, a database that is not whole."""
    words: list[str] = field(default_factory=list)

    @property
    def is_sound(self) -> bool:
        """Whether nothing is wrong."""
        return not self.words

    def add(self, other: "Verdict") -> None:
        """Take in another's figures."""
        self.confirmed += other.confirmed
        self.lost += other.lost
        self.doubled += other.doubled
        self.out_of_order += other.out_of_order
        self.broken += other.broken
        self.words += other.words

    def blame(self, words: str) -> None:
        """Count something that has no figure of its own."""
        self.broken += 1
        self.words.append(words)


class Ledger:
    """Every message that was said, in the order in which each sender said them, and every confirmation."""

    def __init__(self) -> None:
        self.said: dict[Key, tuple[int, str]] = {}
        """Conversation and body."""
        self.confirmed: dict[Key, Confirmed] = {}
        self.contradictions: list[str] = []

    def confirm(self, key: Key, told: Confirmed) -> None:
        """Note a confirmation; one for a repeat has to say the same."""
        before = self.confirmed.setdefault(key, told)
        if before != told:
            self.contradictions.append(f"{key} was confirmed as {before}, then as {told}")

    def unconfirmed(self, sender_id: int) -> list[Key]:
        """What a sender has to say again, in order."""
        return [key for key in self.said if key[1] == sender_id and key not in self.confirmed]

    def check(self, conversation_id: int, message_count: int, log: list[Message]) -> Verdict:
        """Hold a conversation's stored messages, by seq, against what was said and confirmed."""
        verdict = Verdict()
        for words in self.contradictions:
            verdict.blame(words)
        if [each.seq for each in log] != list(range(1, len(log) + 1)):
            verdict.blame(f"conversation {conversation_id}: seq is not 1..n")
        if message_count != len(log):
            verdict.blame(f"conversation {conversation_id}: {message_count} counted, {len(log)} stored")
        stored = {(each.client_id, each.sender_id): each for each in log}
        if len(stored) != len(log):
            verdict.doubled += len(log) - len(stored)
            verdict.words.append(f"conversation {conversation_id}: a message is stored twice")
        for key, message in stored.items():
            if self.said.get(key) != (conversation_id, message.content.body):
                verdict.blame(f"{key} is stored as nobody said it: {message}")
        for key, told in self.confirmed.items():
            if told.conversation_id == conversation_id:
                self._check_confirmed(key, told, stored.get(key), verdict)
        self._check_order(conversation_id, stored.values(), verdict)
        return verdict

    @staticmethod
    def _check_confirmed(key: Key, told: Confirmed, found: Message | None, verdict: Verdict) -> None:
        verdict.confirmed += 1
        if found is None:
            verdict.lost += 1
            verdict.words.append(f"{key} is lost, which was confirmed as {told}")
        elif Confirmed(found.conversation_id, found.message_id, found.seq, found.sent_at_ms) != told:
            verdict.blame(f"{key} was confirmed as {told} and is {found}")

    def _check_order(self, conversation_id: int, stored: Iterable[Message], verdict: Verdict) -> None:
        turn = {key: number for number, key in enumerate(self.said)}
        latest: dict[int, int] = {}
        for message in sorted(stored, key=lambda each: each.seq):
            number = turn.get((message.client_id, message.sender_id), -1)
            if number < latest.get(message.sender_id, -1):
                verdict.out_of_order += 1
                verdict.words.append(f"conversation {conversation_id}: {message.client_id} is out of order")
            latest[message.sender_id] = number
