"""What single packets may say to whom: presence that is hidden, pointers that are not shared, typing,
accounts that are gone, and what is for admins or for the own devices alone."""

from collections.abc import Callable, Iterable

from desktop_chat.protocol.codec import AnyPacket
from desktop_chat.protocol.events import (
    ConversationUpdate,
    MemberUpdate,
    StarsUpdate,
    UserTyping,
    UserUpdate,
)
from desktop_chat.protocol.records import Member, User
from desktop_chat.protocol.replies import Audit, ConversationOpened, Devices, MessageDetails, PeopleFound
from tests.fuzz.past import Past
from tests.fuzz.shown import Shown


class Promises:
    """Checks packets against the store and what it was lately. ``broken`` is called in words."""

    def __init__(self, past: Past, shown: Shown, broken: Callable[[str], None]) -> None:
        self._past, self._shown, self._broken = past, shown, broken
        self._stars: set[tuple[int, int, int]] = set()
        """Every star that anybody ever had. One that is on its way may be gone by then, with its message or
        its user's membership."""

    def committed(self) -> None:
        """Something may have changed."""
        self._stars.update(self._past.state.stars)

    def check(self, packet: AnyPacket, user_id: int) -> None:
        """Judge a packet to a device of a user, 0 before anybody is signed in."""
        match packet:
            case UserUpdate():
                self._check_user(packet.user, user_id)
            case PeopleFound():
                self._check_users(packet.users, user_id)
            case ConversationOpened():
                self._check_users(packet.users, user_id)
                self._check_conversation(packet.conversation, user_id)
            case ConversationUpdate():
                self._check_conversation(packet, user_id)
            case MemberUpdate():
                self._check_member(packet.conversation_id, packet.member, user_id)
            case MessageDetails():
                self._check_details(packet, user_id)
            case UserTyping() if self._past.hides_typing(packet.user_id, user_id, packet.conversation_id):
                self._broken(f"user {user_id} was told of {packet}")
            case Audit():
                if not self._past.state.users[user_id].is_admin:
                    self._broken(f"user {user_id}, no admin, was sent the audit log")
            case Devices():
                devices = self._past.state.devices
                if any(
                    devices[each.device_id].user_id != user_id
                    for each in packet.devices
                    if each.device_id in devices
                ):
                    self._broken(f"user {user_id} was sent {packet}")
            case StarsUpdate():
                self._check_stars(packet, user_id)

    def _check_users(self, users: Iterable[User], user_id: int) -> None:
        for user in users:
            self._check_user(user, user_id)

    def _check_user(self, user: User, to_id: int) -> None:
        if user.user_id == to_id:
            return
        if (user.online or user.last_seen_ms) and self._past.is_hidden(user.user_id, to_id):
            self._broken(f"user {to_id} was told of hidden presence: {user}")
        if (user.display_name or user.about or user.picture) and self._past.is_deleted(user.user_id):
            self._broken(f"user {to_id} was told of an account that is gone: {user}")

    def _check_conversation(self, update: ConversationUpdate, user_id: int) -> None:
        for member in update.members or ():
            self._check_member(update.conversation_id, member, user_id)
        own = self._past.state.members.get(update.conversation_id, {}).get(user_id)
        if own is not None and update.personal is not None and update.personal.read_seq > own.read_seq:
            self._broken(f"user {user_id} is at {own.read_seq} and was told {update}")

    def _check_member(self, conversation_id: int, member: Member, to_id: int) -> None:
        if member.user_id != to_id:
            self._check_shown(conversation_id, member.user_id, (member.read_seq, member.delivered_seq), to_id)

    def _check_details(self, details: MessageDetails, user_id: int) -> None:
        for each in details.receipts:
            told = (details.seq if each.read else 0, details.seq if each.delivered else 0)
            self._check_shown(details.conversation_id, each.user_id, told, user_id)
            if (each.read_at_ms and not each.read) or (each.delivered_at_ms and not each.delivered):
                self._broken(f"user {user_id} was told a time of nothing: {each}")

    def _check_shown(self, conversation_id: int, of_id: int, told: tuple[int, int], to_id: int) -> None:
        most = self._shown.most(conversation_id, of_id)
        if most is not None and (told[0] > most[0] or told[1] > most[1]):
            self._broken(
                f"user {to_id} was told that {of_id} has come to {told} in {conversation_id}, "
                f"of which {most} is shared"
            )

    def _check_stars(self, update: StarsUpdate, user_id: int) -> None:
        for star in update.stars:
            if (user_id, star.conversation_id, star.seq) not in self._stars:
                self._broken(f"user {user_id} was told of somebody's {star}")
