"""What the server's admins may do, and where it stands afterwards."""

from desktop_chat.protocol.commands import (
    AddMembers,
    DeleteAccount,
    DeleteMessage,
    LoadAudit,
    RemoveMember,
    RemoveUser,
    SetAdmin,
    SetInfo,
    SetRole,
    UserConnect,
)
from desktop_chat.protocol.errors import CloseCode, ErrorCode
from desktop_chat.protocol.events import AccountUpdate, UserUpdate
from tests.conformance.person import PASSWORD
from tests.conformance.place import Place


async def test_only_admins_may(place: Place) -> None:
    async with place.people("ada", "bob") as (ada, bob):
        for of, fields in ((RemoveUser, (bob.user_id,)), (SetAdmin, (ada.user_id,)), (LoadAudit, ())):
            assert await ada.refused(of, *fields) is ErrorCode.FORBIDDEN, of


async def test_somebody_is_made_an_admin_and_unmade(place: Place) -> None:
    async with place.admin() as admin, place.person("ada") as ada:
        await ada.told()
        await admin.do(SetAdmin, ada.user_id)
        assert (await ada.next(AccountUpdate)).is_admin
        await ada.do(LoadAudit)
        await ada.do(SetAdmin, ada.user_id, False)
        assert not (await ada.next(AccountUpdate)).is_admin
        assert await ada.refused(LoadAudit) is ErrorCode.FORBIDDEN
        assert await admin.refused(SetAdmin, 2**52) is ErrorCode.NOT_FOUND
        first, second = (await admin.do(LoadAudit, limit=2)).entries
        assert (first.action, first.actor_id, first.subject_id) == (
            "admin_unmade",
            ada.user_id,
            ada.user_id,
        )
        assert (second.action, second.actor_id) == ("admin_made", admin.user_id)


async def test_the_last_admin_stays(place: Place) -> None:
    if place.process is None:
        return  # others may be admins there
    async with place.admin() as admin, place.person("ada"):
        assert await admin.refused(SetAdmin, admin.user_id, False) is ErrorCode.FORBIDDEN
        assert await admin.refused(DeleteAccount, PASSWORD) is ErrorCode.FORBIDDEN
        assert await admin.refused(RemoveUser, admin.user_id) is ErrorCode.FORBIDDEN


async def test_somebody_is_removed(place: Place) -> None:
    async with place.admin() as admin, place.people("ada", "bob") as (ada, bob):
        await ada.group(bob)
        await bob.told()
        await admin.do(RemoveUser, ada.user_id)
        assert await ada.closed() == CloseCode.SIGNED_OUT
        assert (await bob.next(UserUpdate)).user.deleted
        async with place.client() as client:
            assert await client.refused(UserConnect, ada.token) is ErrorCode.BAD_TOKEN
        assert await admin.refused(RemoveUser, ada.user_id) is ErrorCode.NOT_FOUND
        [entry] = (await admin.do(LoadAudit, limit=1)).entries
        assert (entry.action, entry.actor_id, entry.subject_id, entry.detail) == (
            "user_removed",
            admin.user_id,
            ada.user_id,
            ada.user_name,
        )


async def test_what_managers_do_stands_in_the_audit_log(place: Place) -> None:
    async with place.admin() as admin, place.people("ada", "bob", "eve") as (ada, bob, eve):
        group = await ada.group(bob, title="not told")
        seq = await bob.send(group, "nor this")
        await ada.do(AddMembers, group, user_ids=(eve.user_id,))
        await ada.do(SetRole, group, user_id=bob.user_id, role="admin")
        await ada.do(SetInfo, group, about="nor that", board=True)
        await ada.do(DeleteMessage, group, seq=seq)
        await bob.do(RemoveMember, group, user_id=eve.user_id)
        own = await bob.send(group)
        await bob.do(DeleteMessage, group, seq=own)  # one's own is nobody's business
        await bob.do(RemoveMember, group, user_id=bob.user_id)
        entries = (await admin.do(LoadAudit, limit=5)).entries
        assert [(each.action, each.actor_id, each.subject_id, each.detail) for each in entries] == [
            ("member_removed", bob.user_id, eve.user_id, ""),
            ("message_deleted", ada.user_id, bob.user_id, ""),
            ("info_changed", ada.user_id, 0, "about, board"),
            ("role_changed", ada.user_id, bob.user_id, "admin"),
            ("member_added", ada.user_id, eve.user_id, ""),
        ]
        assert {each.conversation_id for each in entries} == {group}
        older = (await admin.do(LoadAudit, entries[1].audit_id, 1)).entries
        assert older == [entries[2]]
