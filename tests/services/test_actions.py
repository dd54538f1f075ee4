"""Every action of the engine against the real service, over a simulated wire in virtual time."""

import pytest

from desktop_chat.core.changes import Change, TypingChanged
from desktop_chat.core.models import NOTICE, Extra, SendState
from desktop_chat.protocol.errors import ErrorCode
from desktop_chat.protocol.records import Content, Info, Reaction, Settings, Version
from desktop_chat.services.client import ClientError
from desktop_chat.store.search import Filters
from tests.services.test_with_a_server import PASSWORD, Lab, last, run, until
from tests.simulation.device import Device


def bodies(device: Device, conversation_id: int) -> list[str]:
    return [m.body for m in device.screen.timeline(conversation_id) if m.kind != NOTICE]


def extra(device: Device, conversation_id: int) -> Extra:
    return last(device, conversation_id).extra or Extra()


def test_messages_are_answered_edited_reacted_to_forwarded_and_deleted() -> None:
    async def story(lab: Lab) -> None:
        ann, bob = await lab.join("ann"), await lab.join("bob")
        talk = await ann.client.open_direct(bob.user_id)
        await ann.send(talk, "helo")
        await until(lambda: bodies(bob, talk) == ["helo"] and last(ann, talk).seq == 1)
        await ann.client.actions.edit(last(ann, talk), "hello")
        await until(lambda: bodies(bob, talk) == ["hello"])
        assert bob.screen.list[talk].preview_text == "hello"
        assert extra(bob, talk).edited_at_ms > 0
        [version] = await bob.client.actions.versions(last(bob, talk))
        assert version == Version(Content("text", "helo"), extra(bob, talk).edited_at_ms)
        await bob.client.actions.react(last(bob, talk), "👍")
        await until(lambda: extra(ann, talk).reactions == (Reaction("👍", (bob.user_id,)),))
        await bob.client.actions.react(last(bob, talk), "👍", on=False)
        await until(lambda: extra(ann, talk).reactions == ())
        await bob.client.actions.pin_message(last(bob, talk))
        await until(lambda: ann.screen.list[talk].info.pinned_seqs == (1,))
        hello = ann.screen.timeline(talk)[0]
        assert ann.screen.timeline(talk)[-1].kind == NOTICE
        await bob.send(talk, "hello yourself", reply_to=1)
        await until(lambda: bodies(ann, talk) == ["hello", "hello yourself"])
        assert extra(ann, talk).reply_to == 1
        note = await ann.client.open_direct(ann.user_id)
        await ann.forward(last(ann, talk), note)
        await until(lambda: ann.screen.timeline(note)[-1].seq == 1)
        origin = extra(ann, note).origin
        assert origin is not None
        assert (origin.sender_id, bodies(ann, note)) == (bob.user_id, ["hello yourself"])
        await ann.client.actions.delete(hello)
        await until(lambda: bob.screen.timeline(talk)[0].kind == "deleted")
        assert bodies(bob, talk) == ["", "hello yourself"]
        assert await bob.client.search("hello") != []
        hits = await bob.client.search("hello", Filters((talk,)))
        assert [hit.message.body for hit in hits] == ["hello yourself"]
        assert bob.screen.list[talk].info.pinned_seqs == ()

    run(story)


def test_a_group_lives() -> None:
    async def story(lab: Lab) -> None:
        ann, bob, cy = await lab.join("ann"), await lab.join("bob"), await lab.join("cy")
        chess = await ann.client.actions.create_group("Chess", (bob.user_id,), about="on Fridays")
        await until(lambda: chess in bob.screen.list)
        assert bob.screen.list[chess].info == Info("Chess", "on Fridays")
        assert [each.user_id for each in bob.client.members(chess)] == [ann.user_id, bob.user_id]
        await ann.send(chess, "welcome")
        await until(lambda: chess in bob.screen.list and bob.screen.list[chess].unread == 1)
        await ann.client.actions.add_members(chess, (cy.user_id,))
        await until(lambda: chess in cy.screen.list and bodies(cy, chess) == ["welcome"])
        assert cy.screen.list[chess].unread == 0
        assert cy.client.user(bob.user_id) is not None
        await ann.client.actions.set_role(chess, bob.user_id, "admin")
        await until(lambda: bob.screen.list[chess].role == "admin")
        await bob.client.actions.set_info(chess, title="Chess and cake")
        await until(lambda: cy.screen.list[chess].info.title == "Chess and cake")
        with pytest.raises(ClientError) as refused:
            await cy.client.actions.set_info(chess, title="Mine")
        assert refused.value.code is ErrorCode.FORBIDDEN
        await cy.client.send(chess, "one moment")
        await until(lambda: bodies(ann, chess)[-1] == "one moment")
        await bob.client.actions.remove_member(chess, cy.user_id)
        await until(lambda: chess not in cy.screen.list)
        await bob.client.actions.remove_member(chess, bob.user_id)
        assert chess not in bob.screen.list
        await until(lambda: [each.user_id for each in ann.client.members(chess)] == [ann.user_id])

    run(story)


def test_who_was_away_while_it_happened_learns_of_it() -> None:
    async def story(lab: Lab) -> None:
        ann, bob = await lab.join("ann"), await lab.join("bob")
        talk = await ann.client.open_direct(bob.user_id)
        chess = await ann.client.actions.create_group("Chess", (bob.user_id,))
        for number in range(5):
            await ann.send(talk, f"message {number}")
        await until(lambda: len(bodies(bob, talk)) == 5 and last(ann, talk).seq == 5)
        await bob.crash()
        first, second, *_ = ann.screen.timeline(talk)
        await ann.client.actions.edit(first, "changed while you were away")
        await ann.client.actions.delete(second)
        await ann.client.actions.remove_member(chess, bob.user_id)
        bob.start()
        await bob.client.online()
        await until(lambda: bodies(bob, talk)[:2] == ["changed while you were away", ""])
        assert chess not in bob.screen.list

    run(story)


def test_what_never_left_stays_to_be_looked_at_when_one_is_out() -> None:
    async def story(lab: Lab) -> None:
        ann, bob = await lab.join("ann"), await lab.join("bob")
        chess = await ann.client.actions.create_group("Chess", (bob.user_id,))
        await until(lambda: chess in bob.screen.list)
        lab.server.cut_all()
        await bob.send(chess, "wait for me")
        await bob.crash()
        await until(lambda: ann.client.connection_state.phase == "online")
        await ann.client.actions.remove_member(chess, bob.user_id)
        bob.start()
        await until(lambda: last(bob, chess).state is SendState.FAILED)
        assert "not in this conversation any more" in last(bob, chess).error
        assert bob.screen.list[chess].gone
        await bob.client.discard(last(bob, chess).client_id)
        assert bob.queued() == []

    run(story)


def test_the_account_and_its_devices() -> None:
    async def story(lab: Lab) -> None:
        ann, bob = await lab.join("ann"), await lab.join("bob")
        talk = await ann.client.open_direct(bob.user_id)
        signed_in = await lab.accounts.sign_in("", "ann", PASSWORD)
        second = Device("second", ann.user_id, signed_in.token, lab.server.open, lab.clock)
        lab.devices.append(second)
        second.start()
        await second.client.online()
        await ann.client.actions.set_preferences(talk, pinned=True, alerts="none")
        await until(lambda: second.screen.list[talk].pinned and second.screen.list[talk].alerts == "none")
        await ann.client.actions.update_settings(share_read=False)
        await until(lambda: second.screen.account.settings == Settings(share_read=False))
        await ann.client.actions.update_profile(about="at the sea")
        user = bob.client.user
        await until(lambda: (found := user(ann.user_id)) is not None and found.about == "at the sea")
        await ann.send(talk, "remember this")
        await until(lambda: second.screen.timeline(talk) != [] and last(second, talk).seq == 1)
        await second.client.actions.star(last(second, talk))
        await until(lambda: ann.client.starred_in(talk) == {1})
        devices = await ann.client.actions.devices()
        assert [each.online for each in devices] == [True, True]
        with pytest.raises(ClientError) as refused:
            await ann.client.actions.change_password("wrong", "another password")
        assert refused.value.code is ErrorCode.BAD_CREDENTIALS
        await ann.client.actions.change_password(PASSWORD, "another password")
        await until(lambda: second.client.connection_state.phase == "signed_out")
        assert len(await ann.client.actions.devices()) == 1
        with pytest.raises(ClientError):
            await lab.accounts.sign_in("", "ann", PASSWORD)

    run(story)


def test_blocking_typing_and_details() -> None:
    async def story(lab: Lab) -> None:
        ann, bob = await lab.join("ann"), await lab.join("bob")
        talk = await ann.client.open_direct(bob.user_id)
        told: list[Change] = []
        ann.client.subscribe(told.append)
        await bob.client.actions.typing(talk)
        await until(lambda: TypingChanged(talk, bob.user_id, True) in told)
        await ann.send(talk, "hello")
        await until(lambda: talk in bob.screen.list and bob.screen.list[talk].unread == 1)
        await bob.client.mark_read(talk, 1)
        await until(lambda: ann.screen.list[talk].others_read_seq == 1)
        [receipt] = await ann.client.actions.details(last(ann, talk))
        assert (receipt.user_id, receipt.delivered, receipt.read) == (bob.user_id, True, True)
        assert 0 < receipt.delivered_at_ms <= receipt.read_at_ms
        await ann.client.actions.block(bob.user_id)
        assert ann.screen.account.blocked_ids == (bob.user_id,)
        await bob.send(talk, "hello?")
        await until(lambda: last(bob, talk).state is SendState.FAILED)
        assert "does not take anything from you" in last(bob, talk).error

    run(story)


def test_the_server_is_run_by_its_first_account() -> None:
    async def story(lab: Lab) -> None:
        ann, bob = await lab.join("ann"), await lab.join("bob")
        assert ann.client.account().is_admin
        assert len(await ann.client.actions.create_invite(uses=2)) >= 20
        with pytest.raises(ClientError) as refused:
            await bob.client.actions.create_invite()
        assert refused.value.code is ErrorCode.FORBIDDEN
        await ann.client.actions.set_admin(bob.user_id)
        await until(lambda: bob.screen.account.is_admin)
        await ann.client.actions.remove_user(bob.user_id)
        await until(lambda: bob.client.connection_state.phase == "signed_out")
        assert [each.action for each in await ann.client.actions.audit()] == [
            "user_removed",
            "admin_made",
            "invite_created",
        ]
        with pytest.raises(ClientError) as last_admin:
            await ann.client.actions.set_admin(ann.user_id, on=False)
        assert last_admin.value.code is ErrorCode.FORBIDDEN

    run(story)
