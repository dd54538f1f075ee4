"""What three or four people may do, in any order, allowed or not: for tests that hold two things against each
other after the same steps."""

from typing import Any

from hypothesis import strategies as st

from desktop_chat.protocol import commands
from desktop_chat.protocol.commands import AnyCommand
from desktop_chat.protocol.records import Content, Source

USERS = 4
CONVERSATIONS = 4

_user = st.integers(1, USERS)
_other = st.integers(1, USERS + 1)
_id = st.integers(1, CONVERSATIONS)
_seq = st.integers(1, 12)
_key = st.integers(0, 24).map(lambda number: f"{number:032x}")
_maybe = st.none() | st.booleans()
_content = st.sampled_from(("text", "text", "other")).flatmap(
    lambda kind: st.integers(0, 9).map(lambda number: Content(kind, f"message {number}"))
)
_role = st.sampled_from(("owner", "admin", "member"))

Step = tuple[int, AnyCommand]
"""A user's id, and what this user says."""


def _build(kind: type[Any], *fields: st.SearchStrategy[Any], **named: st.SearchStrategy[Any]) -> Any:
    return st.builds(kind, st.just(1), *fields, **named)


_commands = st.one_of(
    _build(commands.OpenConversation, _other),
    _build(
        commands.CreateGroup,
        _key,
        st.just("Group"),
        st.lists(_other, max_size=3).map(tuple),
        board=st.booleans(),
    ),
    _build(commands.SendMessage, _id, _key, _content, st.none() | _seq),
    _build(commands.SendMessage, _id, _key, _content, mentions=st.lists(_other, max_size=2).map(tuple)),
    _build(commands.SendMessage, _id, _key, forward=st.builds(Source, _id, _seq)),
    _build(commands.EditMessage, _id, _key, _seq, _content),
    _build(commands.EditMessage, _id, _key, _seq, _content),
    _build(commands.DeleteMessage, _id, _key, _seq),
    _build(commands.React, _id, _key, _seq, st.sampled_from("ab"), st.booleans()),
    _build(commands.React, _id, _key, _seq, st.sampled_from("ab"), st.booleans()),
    _build(commands.PinMessage, _id, _key, _seq, st.booleans()),
    _build(commands.AddMembers, _id, _key, st.lists(_other, min_size=1, max_size=3).map(tuple)),
    _build(commands.RemoveMember, _id, _key, _user),
    _build(commands.SetRole, _id, _key, _user, _role),
    _build(
        commands.SetInfo,
        _id,
        _key,
        title=st.none() | st.just("Another title"),
        board=_maybe,
        retention_days=st.none() | st.integers(0, 9),
    ),
    _build(commands.MarkRead, _id, _seq),
    _build(commands.MarkDelivered, _id, _seq),
    _build(commands.SetPreferences, _id, pinned=_maybe, archived=_maybe, marked_unread=_maybe),
    _build(commands.StarMessage, _id, _seq, st.booleans()),
    _build(commands.BlockUser, _other, st.booleans()),
    _build(commands.UpdateProfile, about=st.integers(0, 9).map(str)),
    _build(commands.UpdateSettings, share_delivered=_maybe, share_read=_maybe, share_presence=_maybe),
)

step = st.tuples(_user, _commands)
"""One Step."""

beginning: list[Step] = [
    (1, commands.OpenConversation(1, 2)),
    (1, commands.CreateGroup(1, "f" * 32, "First", (2, 3))),
    (2, commands.SendMessage(1, 2, "e" * 32, Content("text", "hello everybody"))),
]
"""Something to act on: conversation 1 of users 1 and 2, and group 2 of the first three, with a message."""
EXPIRE = st.tuples(st.just("expire"), _id, _seq)
"""The server lets go of the entries of a conversation below a seq."""
