"""What a conversation's info reads anew, and what it leaves as it is."""

import pytest
from msgspec.structs import replace
from PySide6.QtCore import QItemSelectionModel
from PySide6.QtWidgets import QApplication

from desktop_chat.core.changes import AccountChanged, ConversationChanged, UserChanged
from desktop_chat.core.models import Account, Conversation, Member, User
from desktop_chat.protocol.actions import Role
from desktop_chat.viewmodels.conversation_info import ConversationInfo
from tests.viewmodels.engine import OWN_ID, FeedByHand, ScriptedEngine, Spawner

GROUP = Conversation(7, "group")


class Desk(ScriptedEngine):
    """A group that is looked at, and what its model told."""

    def __init__(self) -> None:
        super().__init__()
        self.people = [User(OWN_ID, "me", "Me"), User(2, "ann", "Ann"), User(3, "bob", "Bob")]
        self.roles: dict[int, Role] = {OWN_ID: "owner"}
        self.reads = 0
        self.told: list[str] = []
        self.feed = FeedByHand()
        self.info = ConversationInfo(self, self.feed, Spawner(), GROUP)  # type: ignore[arg-type]
        self.reads = 0
        self.info.modelReset.connect(lambda: self.told.append("reset"))
        self.info.layoutChanged.connect(lambda: self.told.append("order"))
        self.info.dataChanged.connect(lambda first, last: self.told.append(f"row {first.row()}"))
        self.info.changed.connect(lambda: self.told.append("changed"))
        self.chosen = QItemSelectionModel(self.info)
        self.chosen.setCurrentIndex(self.info.index(2), QItemSelectionModel.SelectionFlag.ClearAndSelect)

    def members(self, conversation_id: int) -> list[Member]:
        self.reads += 1
        return [Member(each.user_id, self.roles.get(each.user_id, "member")) for each in self.people]

    def titles(self) -> list[str]:
        return [self.info.index(row).data() for row in range(self.info.rowCount())]

    def rename(self, user_id: int, name: str) -> UserChanged:
        at = next(n for n, each in enumerate(self.people) if each.user_id == user_id)
        self.people[at] = replace(self.people[at], display_name=name)
        return UserChanged(self.people[at])


@pytest.fixture
def desk(qapp: QApplication) -> Desk:
    return Desk()


def test_a_message_leaves_the_rows_alone(desk: Desk) -> None:
    desk.feed.tell(*(ConversationChanged(replace(GROUP, last_seq=seq)) for seq in range(30)))
    assert (desk.told, desk.reads) == (["changed"], 1)
    assert desk.info.conversation.last_seq == 29


def test_the_account_alone_reads_nobody(desk: Desk) -> None:
    desk.feed.tell(AccountChanged(Account()), ConversationChanged(Conversation(8, "group")))
    assert (desk.told, desk.reads) == (["changed"], 0)


def test_who_changes_is_said_anew_and_stays_selected(desk: Desk) -> None:
    desk.feed.tell(desk.rename(3, "Bobby"))
    assert desk.told == ["row 2", "changed"]
    desk.told.clear()
    desk.feed.tell(desk.rename(3, "Aaron"))
    assert (desk.told, desk.titles()) == (["order", "changed"], ["You", "Aaron", "Ann"])
    assert desk.chosen.currentIndex().row() == 1
    desk.roles[2] = "admin"
    desk.feed.tell(ConversationChanged(GROUP))
    assert desk.titles() == ["You", "Ann", "Aaron"]
    assert desk.chosen.currentIndex().row() == 2


def test_the_rows_are_new_where_somebody_comes_or_goes(desk: Desk) -> None:
    del desk.people[1]
    desk.feed.tell(ConversationChanged(GROUP), ConversationChanged(GROUP))
    assert (desk.told, desk.titles()) == (["reset", "changed"], ["You", "Bob"])
