"""Every sentence is looked up as a whole: a catalogue that puts brackets around each shows what is pieced
together."""

import gettext
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PySide6.QtCore import QLocale, QObject

from desktop_chat import language
from desktop_chat.core import attachments, query
from desktop_chat.core.attachments import FILE, PICTURE, Attachment, FileBody
from desktop_chat.core.changes import Change, TypingChanged
from desktop_chat.core.models import Conversation, Message, SendState, User
from desktop_chat.core.session import Refused
from desktop_chat.net.connection import ConnectionLost
from desktop_chat.net.transport import TransportClosed, checked_address, close_words
from desktop_chat.protocol.actions import (
    AnyAction,
    Created,
    InfoChanged,
    MemberRemoved,
    MembersAdded,
    Pinned,
    RoleChanged,
)
from desktop_chat.protocol.errors import CloseCode, ErrorCode
from desktop_chat.protocol.replies import Error
from desktop_chat.services.errors import ClientError
from desktop_chat.settings import Account
from desktop_chat.viewmodels import timeline_rows, times, wording
from desktop_chat.viewmodels.change_feed import ChangeFeed
from desktop_chat.viewmodels.notices import notice
from desktop_chat.viewmodels.typing import TypingModel

MINUTE_MS = 60_000
DAY_MS = 24 * 60 * MINUTE_MS
NOW_MS = times.local_date(1_772_548_320_000).startOfDay().toMSecsSinceEpoch() + DAY_MS // 2
BRITISH = QLocale(QLocale.Language.English, QLocale.Country.UnitedKingdom)
OWN, ALICE, BOB = 1, 2, 3
NAMES = {OWN: "you", ALICE: "Alice", BOB: "Bob"}


class _Bracketed(gettext.NullTranslations):
    """Says everything in English, in brackets."""

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"⟦{msgid1 if n == 1 else msgid2}⟧"

    def pgettext(self, context: str, message: str) -> str:
        return self.gettext(message)


@pytest.fixture
def bracketed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(language._Spoken, "catalogue", _Bracketed())


def is_one(sentence: str) -> bool:
    """Whether one pair of brackets is around everything; others are within it."""
    depth = 0
    for at, mark in enumerate(sentence):
        depth += (mark == "⟦") - (mark == "⟧")
        if depth < 1:
            return mark == "⟧" and at == len(sentence) - 1
    return False


def plain(sentence: str) -> str:
    return sentence.replace("⟦", "").replace("⟧", "")


@pytest.mark.parametrize(
    ("sentence", "one"),
    [
        ("⟦a⟧", True),
        ("⟦a ⟦b⟧ c⟧", True),
        ("a", False),
        ("", False),
        ("⟦a", False),
        ("⟦a⟧ b", False),
        ("⟦a⟧⟦b⟧", False),
    ],
)
def test_what_one_sentence_is(sentence: str, one: bool) -> None:
    assert is_one(sentence) is one


NOTICES: list[tuple[AnyAction | None, str, str]] = [
    (Created("Hill"), "You made the group “Hill”", "Alice made the group “Hill”"),
    (MembersAdded(()), "You added nobody", "Alice added nobody"),
    (MembersAdded((BOB,)), "You added Bob", "Alice added Bob"),
    (MembersAdded((BOB, BOB)), "You added Bob and Bob", "Alice added Bob and Bob"),
    (MembersAdded((BOB, OWN)), "You added Bob and you", "Alice added Bob and you"),
    (MembersAdded((BOB,) * 3), "You added Bob, Bob and Bob", "Alice added Bob, Bob and Bob"),
    (MembersAdded((BOB,) * 5), "You added Bob, Bob and 3 others", "Alice added Bob, Bob and 3 others"),
    (MemberRemoved(BOB), "You removed Bob", "Alice removed Bob"),
    (RoleChanged(BOB, "owner"), "You made Bob an owner", "Alice made Bob an owner"),
    (RoleChanged(BOB, "admin"), "You made Bob an admin", "Alice made Bob an admin"),
    (RoleChanged(BOB, "member"), "You made Bob a member", "Alice made Bob a member"),
    (Pinned(7, True), "You pinned a message", "Alice pinned a message"),
    (Pinned(7, False), "You took a pinned message off", "Alice took a pinned message off"),
    (InfoChanged(title="Hut"), "You named the group “Hut”", "Alice named the group “Hut”"),
    (InfoChanged(picture="x"), "You changed the group's picture", "Alice changed the group's picture"),
    (InfoChanged(picture=""), "You removed the group's picture", "Alice removed the group's picture"),
    (InfoChanged(board=True), "You made this a notice board", "Alice made this a notice board"),
    (InfoChanged(board=False), "You let everybody write here", "Alice let everybody write here"),
    (
        InfoChanged(retention_days=1),
        "You set messages to be kept for 1 day",
        "Alice set messages to be kept for 1 day",
    ),
    (
        InfoChanged(retention_days=30),
        "You set messages to be kept for 30 days",
        "Alice set messages to be kept for 30 days",
    ),
    (
        InfoChanged(retention_days=0),
        "You set messages to be kept for as long as the server keeps them",
        "Alice set messages to be kept for as long as the server keeps them",
    ),
    (
        InfoChanged(about="x"),
        "You changed what is said about the group",
        "Alice changed what is said about the group",
    ),
    (None, "You changed this conversation", "Alice changed this conversation"),
]


@pytest.mark.usefixtures("bracketed")
@pytest.mark.parametrize(("action", "own", "other"), NOTICES)
def test_a_notice_is_one_sentence(action: AnyAction | None, own: str, other: str) -> None:
    for actor_id, expected in ((OWN, own), (ALICE, other)):
        said = notice(action, actor_id, NAMES.__getitem__, OWN)
        assert is_one(said)
        assert plain(said) == expected


@pytest.mark.usefixtures("bracketed")
@pytest.mark.parametrize(
    ("action", "expected"),
    [
        (MembersAdded((OWN,)), "⟦Alice added you⟧"),
        (MemberRemoved(OWN), "⟦Alice removed you⟧"),
        (MemberRemoved(ALICE), "⟦Alice left the group⟧"),
        (RoleChanged(OWN, "owner"), "⟦Alice made you an owner⟧"),
        (RoleChanged(OWN, "admin"), "⟦Alice made you an admin⟧"),
        (RoleChanged(OWN, "member"), "⟦Alice made you a member⟧"),
    ],
)
def test_what_is_done_to_oneself_is_a_sentence_of_its_own(action: AnyAction, expected: str) -> None:
    assert notice(action, ALICE, NAMES.__getitem__, OWN) == expected


@pytest.mark.usefixtures("bracketed")
def test_leaving_is_a_sentence_of_its_own() -> None:
    assert notice(MemberRemoved(OWN), OWN, NAMES.__getitem__, OWN) == "⟦You left the group⟧"


def test_somebody_who_is_called_you_is_not_spoken_to() -> None:
    assert notice(Pinned(7, True), ALICE, lambda _: "you", OWN) == "you pinned a message"
    assert notice(Pinned(7, True), OWN, lambda _: "Ada") == "Ada pinned a message"


@pytest.mark.usefixtures("bracketed")
def test_what_people_call_themselves_is_left_alone() -> None:
    said = notice(Created("{name} {x}"), ALICE, lambda _: "{title}", OWN)
    assert said == "⟦{title} made the group “{name} {x}”⟧"


def conversations() -> Iterator[Conversation]:
    yield Conversation(1, "note")
    yield Conversation(1, "direct")
    yield Conversation(1, "direct", User(2, "\u202e", "\u200f"))
    yield Conversation(1, "group")


def wordings() -> Iterator[str]:
    """Whatever wording says, in each of its cases."""
    yield wording.deleted()
    yield wording.note_title()
    yield wording.older_missing_here()
    yield from map(wording.title, conversations())
    yield wording.subtitle(Conversation(1, "note"), "")
    yield wording.subtitle(Conversation(1, "group", gone=True), "")
    yield from (wording.subtitle(Conversation(1, "group", member_count=each), "") for each in (0, 1, 2))
    for kind in ("", "deleted", FILE, PICTURE, "poll"):
        yield wording.preview(Conversation(1, "direct", preview_kind=kind))
    yield wording.server(Account("1", "ws://127.0.0.1:9/", 1, "ada", hosted=True))
    alike = [Account(each, "wss://chat.example/", 1, each) for each in ("ada", "bob")]
    yield wording.account(alike[0], alike)
    yield from map(wording.older_missing, (1, 2, 1_234))
    yield from map(wording.state, SendState)
    yield wording.role("owner")
    yield wording.role("admin")
    yield wording.person(User(2, "\u202e", "\u200f"))
    yield from (wording.listed(["Ada"] * each) for each in (0, 2, 3, 4, 5))
    for size in (0, 1, 999, 1_000, 14_000, 2_100_000, 14_000_000, 3_000_000_000):
        yield wording.size(size)
        yield wording.progress(size // 2, size)


def time_words() -> Iterator[str]:
    """Whatever times says that is not the locale's alone."""
    yield times.list_time(NOW_MS - DAY_MS, NOW_MS, BRITISH)
    yield times.list_time(NOW_MS - 20 * DAY_MS, NOW_MS, BRITISH)
    for days in (0, 1, 2, 100):
        yield times.day_line(NOW_MS - days * DAY_MS, NOW_MS, BRITISH)
    for ago_ms in (0, MINUTE_MS, 2 * MINUTE_MS, 120 * MINUTE_MS, DAY_MS, 3 * DAY_MS, 20 * DAY_MS):
        yield times.last_seen(NOW_MS - ago_ms, NOW_MS, BRITISH)
    yield times.moment(NOW_MS, NOW_MS)


@pytest.mark.usefixtures("bracketed")
def test_what_rows_say_is_looked_up_as_a_whole() -> None:
    assert [each for each in [*wordings(), *time_words()] if not is_one(each)] == []


@pytest.mark.usefixtures("bracketed")
def test_names_and_figures_are_not_looked_up() -> None:
    assert wording.listed(["Ada"]) == "Ada"
    assert wording.title(Conversation(1, "direct", User(2, "ada", "Ada"))) == "Ada"
    assert wording.role("member") == ""
    assert wording.unread(1_000) == "999+"
    assert wording.preview(Conversation(1, "direct", preview_kind="text", preview_text="Hi")) == "Hi"


def test_figures_are_written_as_the_language_has_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(language._Spoken, "code", "de")
    assert [wording.size(each) for each in (2_100_000, 14_000_000)] == ["2,1 MB", "14 MB"]
    assert wording.progress(2_100_000, 14_000_000) == "2,1 of 14 MB"


class _People:
    """A client as far as typing asks it."""

    def subscribe(self, listener: Callable[[Change], None]) -> Callable[[], None]:
        return lambda: None

    def user(self, user_id: int) -> User | None:
        return User(user_id, NAMES[user_id], "") if user_id in NAMES else None


@pytest.mark.usefixtures("bracketed")
@pytest.mark.parametrize(
    ("writing", "group", "expected"),
    [
        ((ALICE,), False, "⟦typing…⟧"),
        ((ALICE,), True, "⟦Alice is typing…⟧"),
        ((99,), True, "⟦⟦Somebody⟧ is typing…⟧"),
        ((ALICE, BOB), True, "⟦Alice and Bob are typing…⟧"),
        ((ALICE, BOB, 99), True, "⟦3 people are typing…⟧"),
        ((), True, ""),
    ],
)
def test_typing_is_one_sentence(writing: tuple[int, ...], group: bool, expected: str, qapp: QObject) -> None:
    client: Any = _People()
    model = TypingModel(client, ChangeFeed(client))
    model.take([TypingChanged(1, each, True) for each in writing])
    assert model.words(1, group=group) == expected


@pytest.mark.usefixtures("bracketed")
def test_what_a_server_says_is_looked_up() -> None:
    refused = Refused(Error(ErrorCode.NOT_FOUND, "There is no such conversation."))
    assert str(ClientError.of(refused)) == "⟦There is no such conversation.⟧"
    assert is_one(str(ClientError.of(ConnectionLost("x"))))
    assert close_words(TransportClosed(1006)) == ""
    assert close_words(TransportClosed(4200, "Bye.")) == "⟦Bye.⟧"
    for code in CloseCode:
        words = close_words(TransportClosed(code, code.name.lower().replace("_", " ")))
        assert is_one(words)
        assert plain(words) == code.name.lower().replace("_", " ")


@pytest.mark.usefixtures("bracketed")
def test_what_stands_below_the_view_models_is_looked_up_as_a_whole() -> None:
    photo = Attachment("a.png", 5, media_type="image/png", width=1, height=1)
    for kind in (FILE, PICTURE):
        for count in (0, 2):
            assert is_one(attachments.summary(kind, attachments.encode(FileBody((photo,) * count))))
    for typed in ("has:cats", "after:noon"):
        assert is_one(query.parse(typed).problem)
    for address in ("", "http://chat.example", "ws://chat.example"):
        with pytest.raises(ValueError) as raised:
            checked_address(address)
        assert is_one(str(raised.value))
    for kind in ("deleted", "poll", FILE):
        assert is_one(timeline_rows.shown_text(Message(1, 1, "", 2, 0, kind, "")).text)
