"""Bringing a device up to date: what it missed, in pieces that are read quickly and that it has room for.

The order is what makes it complete. The connection is registered in buffering mode first, then the store
is read, the newest conversations first, each piece in a transaction of its own: none stays open while a slow
client reads. What changes in between is found by another pass, over what changed since the last one began,
and so on until a pass fits one piece. That one is of one moment, which is where the device stands after it:
whatever is committed later is in the buffer, whatever is in both is dropped from the buffer by its position,
and nothing falls between.

The passes end, since each tells only what changed during the one before. A device that is too slow even for
that is dropped when its buffer is full.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import TypeVar

from msgspec import Struct

from desktop_chat.protocol.codec import AnyPacket, encode_frame
from desktop_chat.protocol.errors import ErrorCode
from desktop_chat.protocol.events import AccountUpdate, CaughtUp, StarsUpdate, UserUpdate
from desktop_chat.protocol.limits import CATCH_UP_BATCH, STARS_PAGE
from desktop_chat.protocol.records import Resume, Star
from server import packets
from server.refusal import Refused
from server.store.reader import Reader
from server.store.records import ChangedConversation, ConversationRow, MemberRow, UserRow

T = TypeVar("T")

_MEMBERS_IN_A_PIECE = 1_000
"""Members that one piece names, unless one group has more."""


class Piece(Struct, frozen=True):
    """Some of what a device is told, all of one moment, which had this ``position``. ``users`` are in the
    conversations and were not named before. The first piece brings the account; the one that ``is_last``
    brings the ``others`` of whom there is something to tell, and the stars."""

    position: int
    account: AccountUpdate | None
    left: list[tuple[int, int]]
    users: list[UserUpdate]
    conversations: list[ChangedConversation]
    others: list[UserUpdate]
    stars: list[Star]
    is_last: bool


class CatchUp:
    """What changed for one device of a user since ``resume``, piece by piece: everything, where that is
    absent, of another epoch, or ahead of this log. A piece has up to ``batch`` conversations."""

    def __init__(
        self,
        user_id: int,
        device_id: int,
        epoch: str,
        resume: Resume | None,
        *,
        is_online: Callable[[int], bool],
        batch: int,
    ) -> None:
        self._user_id = user_id
        self._device_id = device_id
        self._epoch = epoch
        self._is_online = is_online
        self._batch = batch
        self.resume = resume
        self.resync = False
        """Whether ``resume`` could not be resumed from. Known after the first piece."""
        self._begun = False
        self._after = 0
        """Where the device stood."""
        self._pass_after = self._pass_position = 0
        """This pass is over what changed between the two."""
        self._waiting: list[int] = []
        """The conversations that this pass has still to tell."""
        self._glimpsed: set[int] = set()
        """What its first piece took, where no more than that piece needs was listed."""
        self._named: set[int] = set()
        """Users who were told with their presence."""
        self._profiled: set[int] = set()
        """Users who were told without it."""

    @property
    def waits(self) -> bool:
        """Whether this pass has more to tell."""
        return bool(self._waiting)

    def read(self, reader: Reader) -> Piece:
        """The next piece. Raises Refused (``bad_token``) where the device was signed out before the first.
        May run on any thread, once at a time."""
        position = reader.position()
        account = None if self._begun else self._begin(reader, position)
        begins_pass = not self._waiting
        left: list[tuple[int, int]] = []
        if begins_pass:
            self._pass_after, self._pass_position = self._pass_position, position
            self._list_newest(reader)
            if self._pass_after:
                left = reader.left_conversations(self._user_id, self._pass_after)
        elif self._glimpsed:
            self._list_rest(reader)
        conversations = self._take(reader)
        if begins_pass and self._waiting:
            self._glimpsed = {each.own.conversation_id for each in conversations}
        is_last = begins_pass and not self._waiting
        return Piece(
            position=position,
            account=account,
            left=left,
            users=self._users_in(reader, conversations),
            conversations=conversations,
            others=self._others(reader) if is_last else [],
            stars=self._stars(reader) if is_last else [],
            is_last=is_last,
        )

    def _begin(self, reader: Reader, position: int) -> AccountUpdate:
        if reader.device(self._device_id) is None:  # by another connection in between
            raise Refused(ErrorCode.BAD_TOKEN, "This device is signed out. Sign in again.")
        self._begun = True
        user = reader.user(self._user_id)
        assert user is not None
        resume = self.resume
        if resume is not None and resume.epoch == self._epoch and resume.position <= position:
            self._after = self._pass_position = resume.position
        else:
            self.resync = resume is not None
        return packets.account(user, reader.blocked_ids(self._user_id))

    def _list_newest(self, reader: Reader) -> None:
        # One more than the first piece takes, which need not wait until thousands are sorted and listed.
        limit = self._batch + 1
        self._waiting = reader.changed_conversation_ids(self._user_id, self._pass_after, limit)

    def _list_rest(self, reader: Reader) -> None:
        changed = reader.changed_conversation_ids(self._user_id, self._pass_after)
        self._waiting = [each for each in changed if each not in self._glimpsed]
        self._glimpsed = set()

    def _take(self, reader: Reader) -> list[ChangedConversation]:
        """Some of what waits, without those that the user is not in any more."""
        some, self._waiting = self._waiting[: self._batch], self._waiting[self._batch :]
        taken: list[tuple[ConversationRow, MemberRow]] = []
        named_ids: list[int] = []
        members = 0
        for row, own in reader.conversations_of(self._user_id, some):
            if self._names_members(row):
                members += row.member_count
                if taken and members > _MEMBERS_IN_A_PIECE:
                    self._waiting = some[some.index(row.conversation_id) :] + self._waiting
                    break
                named_ids.append(row.conversation_id)
            taken.append((row, own))
        found = reader.members_of(named_ids)
        return [ChangedConversation(row, own, found.get(row.conversation_id)) for row, own in taken]

    def _names_members(self, row: ConversationRow) -> bool:
        return row.tells_pointers or row.members_position > self._pass_after

    def _users_in(self, reader: Reader, conversations: Sequence[ChangedConversation]) -> list[UserUpdate]:
        contact_ids = set() if self._named else {self._user_id}
        acquaintance_ids: set[int] = set()
        for each in conversations:
            ids = contact_ids if each.conversation.tells_pointers else acquaintance_ids
            ids.update(member.user_id for member in each.members or ())
        contacts = reader.users(list(contact_ids - self._named))
        known = contact_ids | self._named | self._profiled
        return self._told(reader, contacts, reader.users(list(acquaintance_ids - known)))

    def _others(self, reader: Reader) -> list[UserUpdate]:
        if not self._after:  # everybody is in a conversation that was told
            return []
        online_ids = [each for each in reader.contact_ids(self._user_id) if self._is_online(each)]
        contacts = {
            each.user_id: each
            for each in (
                *reader.changed_contacts(self._user_id, self._after),
                *reader.users([each for each in online_ids if each not in self._named]),
            )
            if each.user_id not in self._named
        }
        known = self._named | self._profiled
        acquaintances = reader.changed_acquaintances(self._user_id, self._after)
        return self._told(
            reader, contacts.values(), [each for each in acquaintances if each.user_id not in known]
        )

    def _told(
        self, reader: Reader, contacts: Collection[UserRow], acquaintances: Collection[UserRow]
    ) -> list[UserUpdate]:
        # Who hides their presence while a slow client reads is not told to be online in a later piece: it is
        # judged with the piece.
        hidden_ids = reader.blocker_ids(self._user_id) if contacts else frozenset()
        self._named.update(each.user_id for each in contacts)
        self._profiled.update(each.user_id for each in acquaintances)
        return [
            *(
                UserUpdate(packets.hidden_user(each))
                if each.user_id in hidden_ids
                else UserUpdate(packets.user(each, online=self._is_online(each.user_id)))
                for each in contacts
            ),
            *map(packets.profile_update, acquaintances),
        ]

    def _stars(self, reader: Reader) -> list[Star]:
        return [star for star in reader.stars(self._user_id, self._after) if star.on or self._after]


def frames(piece: Piece) -> Iterator[bytes]:
    """A piece in frames: the account; what the user is not in any more; the conversations, and before them
    the users in them; the other users; the stars; CAUGHT_UP after the last."""
    if piece.account is not None:
        yield encode_frame([piece.account])
    for left in _batches(piece.left, CATCH_UP_BATCH):
        yield encode_frame([packets.gone(*each) for each in left])
    *before, beside = _batches(piece.users, CATCH_UP_BATCH) or [[]]
    for users in before:
        yield encode_frame(users)
    with_users: list[AnyPacket] = [*beside, *map(packets.whole_conversation, piece.conversations)]
    if with_users:
        yield encode_frame(with_users)
    for others in _batches(piece.others, CATCH_UP_BATCH):
        yield encode_frame(others)
    for stars in _batches(piece.stars, STARS_PAGE):
        yield encode_frame([StarsUpdate(piece.position, stars)])
    if piece.is_last:
        yield encode_frame([CaughtUp(piece.position)])


def _batches(items: list[T], size: int) -> list[list[T]]:
    return [items[start : start + size] for start in range(0, len(items), size)]
