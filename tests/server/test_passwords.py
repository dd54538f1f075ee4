"""Passwords: how they are hashed, and that hashes made otherwise go on being right."""

import os
import sys
import threading

import pytest
from argon2 import PasswordHasher
from msgspec.structs import replace

from desktop_chat.protocol.commands import SignIn
from desktop_chat.protocol.errors import ErrorCode
from desktop_chat.protocol.replies import Error, SignedIn
from server import auth
from server.actions.accounts import NewDevice, do_sign_in
from server.auth import Argon2Hasher
from server.refusal import Refused
from server.store.records import UserRow
from server.store.writer import Writer
from tests.server.harness import TestServer, only

_PASSWORD = "correct horse"  # what the harness registers with
_EARLIER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


async def test_a_hash_is_verified_with_the_settings_that_it_was_made_with() -> None:
    hasher = Argon2Hasher(queue_max=1)
    try:
        earlier = _EARLIER.hash(_PASSWORD)
        assert hasher.is_outdated(earlier)
        assert await hasher.verify(earlier, _PASSWORD)
        assert not await hasher.verify(earlier, "another")
        now = await hasher.hash(_PASSWORD)
        assert not hasher.is_outdated(now)
        assert await hasher.verify(now, _PASSWORD)
        assert not await hasher.verify(None, _PASSWORD)
    finally:
        hasher.close()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a priority is that of the whole process")
async def test_hashing_comes_after_everything_else(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stub:
        def hash(self, password: str) -> str:
            return str(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))

    monkeypatch.setattr(auth, "ARGON2", Stub())
    before = os.getpriority(os.PRIO_PROCESS, 0)
    hasher = Argon2Hasher(queue_max=1)
    try:
        assert int(await hasher.hash(_PASSWORD)) > before
        assert os.getpriority(os.PRIO_PROCESS, 0) == before
    finally:
        hasher.close()


async def test_the_next_sign_in_makes_an_outdated_hash_anew() -> None:
    server = TestServer()
    await server.person("ada")
    user = await _set_hash(server, f"older:{_PASSWORD}")
    refused = only(Error, await server.client().say(SignIn(1, "ada", "another")))
    assert refused.code is ErrorCode.BAD_CREDENTIALS
    assert await _hash(server) == f"older:{_PASSWORD}"
    for _ in range(2):
        only(SignedIn, await server.client().say(SignIn(1, "ada", _PASSWORD)))
        assert await _hash(server) == f"plain:{_PASSWORD}"
    # One that was verified against the earlier hash must not bring it back, or that of a changed password.
    with pytest.raises(Refused):
        await server.store.perform(
            lambda writer: do_sign_in(writer, user, NewDevice(b"token", "late"), 10, 1, "plain:late")
        )
    assert await _hash(server) == f"plain:{_PASSWORD}"
    await server.service.stop()


async def _set_hash(server: TestServer, password_hash: str) -> UserRow:
    def perform(writer: Writer) -> UserRow:
        user = writer.user_by_key("ada")
        assert user is not None
        changed = replace(user, password_hash=password_hash)
        writer.set_user(changed)
        return changed

    return await server.store.perform(perform)


async def _hash(server: TestServer) -> str:
    user = await server.store.read(lambda reader: reader.user_by_key("ada"))
    assert user is not None
    return user.password_hash
