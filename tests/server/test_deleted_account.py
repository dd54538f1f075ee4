"""A command that was on its way while its account was deleted changes nothing any more."""

from collections.abc import Callable
from typing import Any

import pytest

from desktop_chat.protocol.commands import CreateGroup, UpdateProfile, UpdateSettings
from desktop_chat.protocol.errors import ErrorCode
from server.actions.accounts import do_remove_account
from server.actions.conversations import do_open
from server.actions.groups import do_create_group
from server.actions.profile import do_block, do_update_profile, do_update_settings
from server.refusal import Refused
from server.store.writer import Writer
from tests.server.harness import TestServer

Late = Callable[[Writer, int], Any]


@pytest.mark.parametrize(
    "late",
    [
        lambda writer, user_id: do_update_profile(writer, UpdateProfile(7, display_name="here"), user_id),
        lambda writer, user_id: do_update_settings(writer, UpdateSettings(7, share_read=False), user_id),
        lambda writer, user_id: do_block(writer, user_id, 1, True),
        lambda writer, user_id: do_open(writer, user_id, 1),
        lambda writer, user_id: do_create_group(writer, CreateGroup(7, f"{1:032x}", "empty"), user_id, 1),
    ],
    ids=["profile", "settings", "block", "open", "group"],
)
async def test_it_is_refused(late: Late) -> None:
    server = TestServer()
    await server.person("eve")
    ada = await server.person("ada")
    await server.store.perform(
        lambda writer: do_remove_account(writer, ada.user_id, ada.user_id, lambda: f"{9:032x}", 1)
    )
    gone = await server.store.read(lambda reader: reader.user(ada.user_id))
    with pytest.raises(Refused) as refused:
        await server.store.perform(lambda writer: late(writer, ada.user_id))
    assert refused.value.code is ErrorCode.BAD_TOKEN
    assert await server.store.read(lambda reader: reader.user(ada.user_id)) == gone
