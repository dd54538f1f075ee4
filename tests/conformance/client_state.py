"""What a client knows after the packets that came: as little code as docs/protocol.md asks of one."""

from msgspec.structs import replace

from desktop_chat.protocol import events
from desktop_chat.protocol.codec import AnyPacket
from desktop_chat.protocol.commands import LoadHistory
from desktop_chat.protocol.records import Head, Info, Member, Message, Personal, User
from tests.conformance.person import Person


class ClientState:
    """One device's cache."""

    def __init__(self) -> None:
        self.position = 0
        self.account: events.AccountUpdate | None = None
        self.users: dict[int, User] = {}
        self.stars: set[tuple[int, int]] = set()
        self.heads: dict[int, Head] = {}
        self.infos: dict[int, Info] = {}
        self.personals: dict[int, Personal] = {}
        self.members: dict[int, dict[int, Member]] = {}
        self.messages: dict[int, dict[int, Message]] = {}

    def take(self, packets: list[AnyPacket]) -> None:
        """Apply what came."""
        for packet in packets:
            match packet:
                case events.AccountUpdate():
                    self.account = packet
                case events.UserUpdate(user):
                    self.users[user.user_id] = user
                case events.StarsUpdate(_, stars):
                    for each in stars:
                        place = (each.conversation_id, each.seq)
                        (self.stars.add if each.on else self.stars.discard)(place)
                case events.NewMessage(message, target):
                    self._message(message)
                    if target is not None:
                        self._message(target)
                case events.ConversationUpdate():
                    self._conversation(packet)
                case events.MemberUpdate(conversation_id, _, member):
                    self.members[conversation_id][member.user_id] = member
            self.position = max(
                self.position,
                getattr(packet, "position", 0),
                packet.message.message_id if isinstance(packet, events.NewMessage) else 0,
            )

    async def load(self, person: Person) -> None:
        """Ask for what is missing up to each head."""
        for conversation_id, head in self.heads.items():
            log = self.messages.setdefault(conversation_id, {})
            for seq in [each for each in log if each < head.first_seq]:
                del log[seq]
            seq = head.first_seq - 1
            while seq < head.last_seq:
                if seq + 1 in log:
                    seq += 1
                    continue
                page = await person.do(LoadHistory, conversation_id, after_seq=seq, limit=7)
                assert page.messages[0].seq == seq + 1
                for each in (*page.messages, *page.targets):
                    self._message(each)
                seq = page.messages[-1].seq

    def _message(self, message: Message) -> None:
        log = self.messages.setdefault(message.conversation_id, {})
        before = log.get(message.seq)
        if before is None or message.changed_seq >= before.changed_seq:
            log[message.seq] = message

    def _conversation(self, update: events.ConversationUpdate) -> None:
        conversation_id = update.conversation_id
        if update.gone:
            for of in (self.heads, self.infos, self.personals, self.members, self.messages):
                of.pop(conversation_id, None)
            return
        if update.head is not None:
            self.heads[conversation_id] = update.head
        if update.info is not None:
            self.infos[conversation_id] = update.info
        if update.personal is not None:
            self.personals[conversation_id] = update.personal
        members = self.members.setdefault(conversation_id, {})
        if update.members is not None:
            if update.kind is not None:
                members.clear()
            members |= {each.user_id: each for each in update.members}
        for user_id in update.left:
            members.pop(user_id, None)

    def known(self, own_id: int) -> dict[str, object]:
        """Everything, in a form that can be compared. One's own pointers are in ``personals``, and one's own
        presence means nothing."""
        members = {
            conversation_id: {
                user_id: replace(each, read_seq=0, delivered_seq=0) if user_id == own_id else each
                for user_id, each in of.items()
            }
            for conversation_id, of in self.members.items()
        }
        met = {user_id for of in members.values() for user_id in of}
        return {
            "account": self.account,
            "users": {
                user_id: replace(self.users[user_id], online=False, last_seen_ms=0)
                if user_id == own_id
                else self.users[user_id]
                for user_id in sorted(met)
            },
            "stars": {each for each in self.stars if each[0] in self.heads},
            "heads": self.heads,
            "infos": self.infos,
            "personals": self.personals,
            "members": members,
            "messages": {
                conversation_id: dict(sorted(of.items())) for conversation_id, of in self.messages.items()
            },
        }
