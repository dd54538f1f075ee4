"""What an entry of a conversation's log does, where it is not a message that somebody wrote. An action on a
message names it by seq and carries nothing of its content: the message as it is afterwards travels beside the
entry."""

from typing import Literal

from msgspec import Struct

from desktop_chat.protocol.ids import About, Picture, ReactionKey, Seq, Title, UserId

Role = Literal["owner", "admin", "member"]
"""``owner`` may do everything, ``admin`` manages members and information, ``member`` takes part."""


class Action(Struct, frozen=True, omit_defaults=True, tag_field="kind", gc=False):
    """Base of all actions."""


class Edited(Action, frozen=True, tag="edited"):
    """The sender changed what a message says."""

    target_seq: Seq


class Deleted(Action, frozen=True, tag="deleted"):
    """A message's content is gone, for everybody."""

    target_seq: Seq


class Reacted(Action, frozen=True, tag="reacted"):
    """A member put a reaction on a message, or took it off."""

    target_seq: Seq
    key: ReactionKey
    on: bool = True


class Pinned(Action, frozen=True, tag="pinned"):
    """A message was pinned for everybody, or taken off."""

    target_seq: Seq
    on: bool = True


class Created(Action, frozen=True, tag="created"):
    """The group was made; always its first entry."""

    title: Title


class MembersAdded(Action, frozen=True, tag="members_added"):
    """People were brought into the group."""

    user_ids: tuple[UserId, ...]


class MemberRemoved(Action, frozen=True, tag="member_removed"):
    """A member left (then it is the entry's sender) or was removed."""

    user_id: UserId


class RoleChanged(Action, frozen=True, tag="role_changed"):
    """A member has another role."""

    user_id: UserId
    role: Role


class InfoChanged(Action, frozen=True, tag="info_changed"):
    """The group has another title, text about it, picture, rule or retention; absent fields did not change.
    An empty ``picture`` means none."""

    title: Title | None = None
    about: About | None = None
    picture: Picture | None = None
    board: bool | None = None
    retention_days: int | None = None


AnyAction = (
    Edited | Deleted | Reacted | Pinned | Created | MembersAdded | MemberRemoved | RoleChanged | InfoChanged
)
