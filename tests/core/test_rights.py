"""The window offers what the server allows, and nothing else (docs/protocol.md, Rights)."""

import pytest
from msgspec.structs import replace

from desktop_chat.core.attachments import FILE, Attachment, FileBody, encode
from desktop_chat.core.models import NOTICE, Conversation, Extra, Message, SendState
from desktop_chat.core.rights import MessageRights, message_rights
from desktop_chat.protocol.actions import Role
from desktop_chat.protocol.records import Info, Origin

ME, ANN = 1, 2
NOBODY_S = MessageRights()


def message(sender_id: int = ME, kind: str = "text", seq: int | None = 5, **fields: object) -> Message:
    return Message(1, 1, "0" * 32, sender_id, 0, kind, "hi", seq, **fields)  # type: ignore[arg-type]


def group(role: Role = "member", *, board: bool = False, gone: bool = False) -> Conversation:
    return Conversation(1, "group", role=role, info=Info(board=board), gone=gone)


@pytest.mark.parametrize("role", ["owner", "admin", "member"])
@pytest.mark.parametrize("board", [False, True])
@pytest.mark.parametrize("own", [False, True])
def test_in_a_group(role: Role, board: bool, own: bool) -> None:
    rights = message_rights(message(ME if own else ANN), group(role, board=board), ME)
    manages = role != "member"
    writes = manages or not board
    assert rights.reply is writes
    assert rights.edit is (own and writes)
    assert rights.delete is (own or manages)
    assert rights.pin is manages
    assert rights.react
    assert rights.star


def test_between_two_only_the_sender_deletes() -> None:
    direct = Conversation(1, "direct")
    assert message_rights(message(ME), direct, ME).delete
    assert not message_rights(message(ANN), direct, ME).delete
    assert message_rights(message(ANN), direct, ME).pin


def test_nothing_is_done_with_what_nobody_says_any_more() -> None:
    assert message_rights(message(kind="deleted"), group("owner"), ME) == NOBODY_S
    assert message_rights(message(kind=NOTICE), group("owner"), ME) == NOBODY_S


def test_a_local_echo_is_retried_or_discarded() -> None:
    waiting = message_rights(message(seq=None, state=SendState.PENDING), group(), ME)
    assert waiting == MessageRights(discard=True)
    failed = message_rights(message(seq=None, state=SendState.FAILED), group(), ME)
    assert failed == MessageRights(discard=True, retry=True)
    assert message_rights(message(seq=None, state=SendState.SENDING), group(), ME) == NOBODY_S


def test_a_forwarded_message_stays_as_it_was_written() -> None:
    forwarded = message(extra=Extra(origin=Origin(ANN, 0)))
    assert not message_rights(forwarded, group(), ME).edit


def test_who_left_only_passes_on() -> None:
    assert message_rights(message(), group("owner", gone=True), ME) == MessageRights(forward=True)


def test_of_a_message_with_files_the_caption_is_changed() -> None:
    files = encode(FileBody((Attachment("a.pdf", 3),)))
    own = replace(message(kind=FILE), body=files)
    assert message_rights(own, group(), ME).edit
    assert not message_rights(replace(own, sender_id=ANN), group("owner"), ME).edit
    assert not message_rights(replace(own, body="of a later version"), group(), ME).edit
    assert not message_rights(replace(own, extra=Extra(origin=Origin(ANN, 0))), group(), ME).edit
