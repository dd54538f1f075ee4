"""What somebody did to a conversation, in a sentence.

Each sentence stands here whole, once for what this person did and once for what somebody else did: other
languages bend more than the verb.
"""

from collections.abc import Callable

from desktop_chat.language import tr, trn
from desktop_chat.protocol.actions import (
    AnyAction,
    Created,
    InfoChanged,
    MemberRemoved,
    MembersAdded,
    Pinned,
    Role,
    RoleChanged,
)
from desktop_chat.viewmodels import safe_text, wording

NameOf = Callable[[int], str]


def notice(action: AnyAction | None, actor_id: int, name_of: NameOf, own_id: int = 0) -> str:
    """What somebody did to a conversation. ``name_of`` says what to call a person in the middle of a
    sentence; who has ``own_id`` is spoken to, nobody where it is 0."""
    own = bool(own_id) and actor_id == own_id
    name = name_of(actor_id)
    match action:
        case Created(title=title):
            title = safe_text.one_line(title)
            if own:
                return tr("You made the group “{title}”", title=title)
            return tr("{name} made the group “{title}”", name=name, title=title)
        case MembersAdded(user_ids):
            return _added(own, name, user_ids, name_of, own_id)
        case MemberRemoved(user_id):
            return _removed(own, name, user_id, name_of, own_id, left=user_id == actor_id)
        case RoleChanged(user_id, role):
            if not own and own_id and user_id == own_id:
                return _role_given(name, role)
            other = name_of(user_id)
            return _you_gave_role(other, role) if own else _role_changed(name, other, role)
        case Pinned(on=True):
            return tr("You pinned a message") if own else tr("{name} pinned a message", name=name)
        case Pinned():
            if own:
                return tr("You took a pinned message off")
            return tr("{name} took a pinned message off", name=name)
        case InfoChanged():
            return _info_changed(own, name, action)
        case _:
            if own:
                return tr("You changed this conversation")
            return tr("{name} changed this conversation", name=name)


def _added(own: bool, name: str, user_ids: tuple[int, ...], name_of: NameOf, own_id: int) -> str:
    people = wording.listed([name_of(each) for each in user_ids])
    if own:
        return tr("You added {people}", people=people)
    if own_id and user_ids == (own_id,):
        return tr("{name} added you", name=name)
    return tr("{name} added {people}", name=name, people=people)


def _removed(own: bool, name: str, user_id: int, name_of: NameOf, own_id: int, *, left: bool) -> str:
    if left:
        return tr("You left the group") if own else tr("{name} left the group", name=name)
    if own:
        return tr("You removed {other}", other=name_of(user_id))
    if own_id and user_id == own_id:
        return tr("{name} removed you", name=name)
    return tr("{name} removed {other}", name=name, other=name_of(user_id))


def _you_gave_role(other: str, role: Role) -> str:
    match role:
        case "owner":
            return tr("You made {other} an owner", other=other)
        case "admin":
            return tr("You made {other} an admin", other=other)
        case "member":
            return tr("You made {other} a member", other=other)


def _role_given(name: str, role: Role) -> str:
    match role:
        case "owner":
            return tr("{name} made you an owner", name=name)
        case "admin":
            return tr("{name} made you an admin", name=name)
        case "member":
            return tr("{name} made you a member", name=name)


def _role_changed(name: str, other: str, role: Role) -> str:
    match role:
        case "owner":
            return tr("{name} made {other} an owner", name=name, other=other)
        case "admin":
            return tr("{name} made {other} an admin", name=name, other=other)
        case "member":
            return tr("{name} made {other} a member", name=name, other=other)


def _info_changed(own: bool, name: str, action: InfoChanged) -> str:
    if action.title is not None:
        title = safe_text.one_line(action.title)
        if own:
            return tr("You named the group “{title}”", title=title)
        return tr("{name} named the group “{title}”", name=name, title=title)
    if action.picture is not None:
        return _picture_changed(own, name, shown=bool(action.picture))
    if action.board is not None:
        return _board_changed(own, name, board=action.board)
    if action.retention_days is not None:
        return _retention_changed(own, name, action.retention_days)
    if own:
        return tr("You changed what is said about the group")
    return tr("{name} changed what is said about the group", name=name)


def _picture_changed(own: bool, name: str, *, shown: bool) -> str:
    if shown:
        if own:
            return tr("You changed the group's picture")
        return tr("{name} changed the group's picture", name=name)
    return (
        tr("You removed the group's picture") if own else tr("{name} removed the group's picture", name=name)
    )


def _board_changed(own: bool, name: str, *, board: bool) -> str:
    if not board:
        return tr("You let everybody write here") if own else tr("{name} let everybody write here", name=name)
    if own:
        # Translators: a notice board is a group in which only owners and admins write.
        return tr("You made this a notice board")
    # Translators: a notice board is a group in which only owners and admins write.
    return tr("{name} made this a notice board", name=name)


def _retention_changed(own: bool, name: str, days: int) -> str:
    if not days:
        if own:
            return tr("You set messages to be kept for as long as the server keeps them")
        return tr("{name} set messages to be kept for as long as the server keeps them", name=name)
    if own:
        return trn(
            "You set messages to be kept for {count} day",
            "You set messages to be kept for {count} days",
            count=days,
        )
    return trn(
        "{name} set messages to be kept for {count} day",
        "{name} set messages to be kept for {count} days",
        count=days,
        name=name,
    )
