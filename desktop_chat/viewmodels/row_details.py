"""What a row tells of other people and other messages: names, quotes, reactions, stars."""

from typing import TYPE_CHECKING

from desktop_chat.core.models import NOTICE, Conversation, Message
from desktop_chat.core.transfers import TransferPhase
from desktop_chat.language import tr, trc, trn
from desktop_chat.protocol.records import Star
from desktop_chat.viewmodels import safe_text, wording
from desktop_chat.viewmodels.attached_files import AttachedFile, attached_files
from desktop_chat.viewmodels.message_window import MessageWindow
from desktop_chat.viewmodels.notices import notice
from desktop_chat.viewmodels.timeline_rows import Quote, ReactionChip, quoted_text

if TYPE_CHECKING:
    from desktop_chat.services.client import Client

_NAMES_MAX = 20
"""More names are not read out for one reaction."""


class RowDetails:
    """Looks up what rows of one conversation show of others. Names that were told are remembered, so that it
    can say whether a change of a person concerns any row."""

    def __init__(self, client: "Client", conversation_id: int) -> None:
        self._client = client
        self._conversation_id = conversation_id
        self._told: dict[int, str] = {}
        self._messages_of: dict[str, set[int]] = {}
        """Which rows show a transfer, by its key."""
        self._quotes: dict[int, Quote] = {}
        """By seq; looked up once, since rows are described again and again."""
        self._starred = client.starred_in(conversation_id)

    def _reacting(self, user_id: int) -> str:
        # Translators: stands among the names of those who reacted to a message, as in “👍 from Alice, you”.
        return trc("who reacted", "you") if user_id == self._client.user_id else self.name(user_id)

    def name(self, user_id: int) -> str:
        """What to call a person in the middle of a sentence: "you", or a name."""
        if user_id == self._client.user_id:
            # Translators: stands where names of people would, as in “Alice added you and Bob”.
            return trc("in the middle of a sentence", "you")
        user = self._client.user(user_id)
        # Translators: stands where the name of a person would.
        name = wording.person(user) if user is not None else trc("in the middle of a sentence", "somebody")
        self._told[user_id] = name
        return name

    def sender(self, user_id: int) -> str:
        """What to call a person at the head of something: "You", or a name."""
        return tr("You") if user_id == self._client.user_id else self.name(user_id)

    def concerns(self, user_id: int) -> bool:
        """Whether somebody who was named has another name now."""
        before = self._told.get(user_id)
        return before is not None and self.name(user_id) != before

    def notice(self, message: Message) -> str:
        """What happened, where nobody wrote this row."""
        if message.kind != NOTICE:
            return ""
        action = message.extra.action if message.extra else None
        return notice(action, message.sender_id, self.name, self._client.user_id)

    def origin(self, message: Message) -> str:
        """Who wrote what was forwarded."""
        origin = message.extra.origin if message.extra else None
        return self.sender(origin.sender_id) if origin is not None else ""

    def quote(self, message: Message, window: MessageWindow) -> Quote | None:
        """What a message answers, from the window or else from the cache."""
        seq = message.extra.reply_to if message.extra else None
        return None if seq is None else self.quoted(seq, window)

    def quoted(self, seq: int, window: MessageWindow) -> Quote:
        """The message with this seq as it is quoted; words in its stead where the cache does not have it."""
        held = self._quotes.get(seq)
        if held is None:
            row = window.with_seq(seq)
            source = window[row] if row >= 0 else self._client.message(self._conversation_id, seq)
            held = Quote(seq, "", tr("A message that is not on this computer"))
            if source is not None:
                held = Quote(seq, self.sender(source.sender_id), quoted_text(source), source.sender_id)
            self._quotes[seq] = held
        return held

    def forget_quote(self, seq: int | None = None) -> None:
        """A message says something else, or None: what is known of others may be another."""
        if seq is None:
            self._quotes.clear()
        else:
            self._quotes.pop(seq, None)

    def reactions(self, message: Message) -> tuple[ReactionChip, ...]:
        """The reactions in the order they came in."""
        if message.extra is None or not message.extra.reactions:
            return ()
        own_id = self._client.user_id
        chips = []
        for each in message.extra.reactions:
            names = [self._reacting(user_id) for user_id in each.user_ids[:_NAMES_MAX]]
            more = len(each.user_ids) - len(names)
            said = wording.enumerated(names)
            if more:
                # Translators: {names} are names of people, with commas between them.
                said = trn("{names} and {count} more", "{names} and {count} more", count=more, names=said)
            key = safe_text.one_line(each.key)
            chips.append(ReactionChip(key, len(each.user_ids), own_id in each.user_ids, said))
        return tuple(chips)

    def files(self, message: Message) -> tuple[AttachedFile, ...]:
        """Its files, and where each stands."""
        found = attached_files(message, self._client)
        for each in found:
            self._messages_of.setdefault(each.key, set()).add(message.local_id)
        return found

    def with_file(self, key: str) -> set[int]:
        """The local_ids of messages that show this transfer, among those that were asked about."""
        return self._messages_of.get(key, set())

    def on_their_way(self) -> set[int]:
        """The local_ids of messages with files that move, or would if there were a connection."""
        phases = (TransferPhase.RUNNING, TransferPhase.WAITING)
        moving: set[int] = set()
        for key, rows in self._messages_of.items():
            transfer = self._client.transfers.get(key)
            if transfer is not None and transfer.phase in phases:
                moving |= rows
        return moving

    def mentions(self, message: Message) -> tuple[str, ...]:
        """The user names of those who are mentioned."""
        ids = message.extra.mentions if message.extra else ()
        users = [self._client.user(each) for each in ids]
        return tuple(each.user_name for each in users if each is not None)

    def starred(self, message: Message) -> bool:
        """Whether one has starred it."""
        return message.seq in self._starred

    def take_stars(self, stars: list[Star]) -> list[int]:
        """Remember what is starred now, or no longer; the seqs of this conversation among them."""
        mine = [each for each in stars if each.conversation_id == self._conversation_id]
        for each in mine:
            (self._starred.add if each.on else self._starred.discard)(each.seq)
        return [each.seq for each in mine]


def is_pinned(message: Message, conversation: Conversation) -> bool:
    """Whether a message is pinned for everybody."""
    return message.seq in conversation.info.pinned_seqs
