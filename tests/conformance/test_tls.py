"""The same by TLS."""

import hashlib
import ssl

import pytest

from tests.conformance.place import Place
from tests.conformance.served import Served
from tests.server.blackbox.real_server import any_certificate


@pytest.fixture
def by_tls(served: Served, place: Place) -> Place:
    """A server that speaks TLS: the given one, where it does."""
    if place.process is None:
        if place.secure is None:
            pytest.skip("needs an address that begins with wss://")
        return place
    return served("--tls")


async def test_the_certificate_is_the_one_that_it_names(by_tls: Place) -> None:
    async with by_tls.client() as client:
        shown = client.socket.transport.get_extra_info("ssl_object").getpeercert(binary_form=True)
        if by_tls.process is not None:
            assert hashlib.sha256(shown).hexdigest() == by_tls.process.fingerprint


async def test_people_talk_and_files_travel(by_tls: Place) -> None:
    async with by_tls.people("ada", "bob") as (ada, bob), by_tls.transfers(ada) as files:
        talk = await ada.do_open(bob.user_id)
        file_id = await files.upload(b"content")
        seq = await ada.send(talk, file_ids=(file_id,))
        assert (await bob.entry(talk, seq)).file_ids == (file_id,)
        async with by_tls.transfers(bob) as others:
            assert (await others.get(file_id)).body == b"content"


async def test_older_versions_are_not_spoken(by_tls: Place) -> None:
    old = any_certificate()
    old.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="deprecated"):
        old.minimum_version = ssl.TLSVersion.TLSv1
    with pytest.warns(DeprecationWarning, match="deprecated"):
        old.maximum_version = ssl.TLSVersion.TLSv1_1
    usual, by_tls.secure = by_tls.secure, old
    try:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            async with by_tls.client():
                pass
    finally:
        by_tls.secure = usual


async def test_plain_text_is_not_taken(by_tls: Place) -> None:
    plain = Place(by_tls.url.replace("wss:", "ws:", 1), by_tls.seen)
    with pytest.raises(Exception, match=r".+"):
        async with plain.client():
            pass
