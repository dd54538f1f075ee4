"""TLS as people meet it: by a fingerprint, and by a certificate that changes while the server runs."""

import asyncio
import hashlib
import json
import signal
import ssl
from functools import partial
from pathlib import Path

import pytest

from desktop_chat.net.pinning import KnownServers
from desktop_chat.net.transport import CertificateChanged, TransportError, open_websocket
from desktop_chat.protocol.commands import FindPeople
from desktop_chat.protocol.replies import PeopleFound
from server.certificate import self_signed
from tests.server.blackbox.real_server import (
    RealServer,
    a_person,
    a_server,
    any_certificate,
    run_server,
    start_server,
)


def _write(folder: Path) -> tuple[Path, Path]:
    made = self_signed(["localhost", "127.0.0.1"])
    certificate, key = folder / "own.pem", folder / "own.key"
    key.write_bytes(made.key_pem)
    certificate.write_bytes(made.certificate_pem)
    return certificate, key


async def _shown(server: RealServer, context: ssl.SSLContext | None = None) -> str:
    _, writer = await asyncio.open_connection("127.0.0.1", server.port, ssl=context or any_certificate())
    der = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.transport.abort()
    return hashlib.sha256(der).hexdigest()


async def _changed(server: RealServer, first: str) -> str:
    """What it shows once it shows another one."""
    async with asyncio.timeout(30):
        while True:
            if (shown := await _shown(server)) != first:
                return shown


async def test_its_own_certificate_is_made_once_and_shown_in_three_places(tmp_path: Path) -> None:
    shown = set()
    for name in ("ada", "bob"):
        async with a_server(tmp_path, "--tls") as server, a_person(server, name) as ada:
            assert server.process.stdout is not None
            word, fingerprint = (await server.process.stdout.readline()).decode().split()
            assert word == "fingerprint"
            await ada.ask(FindPeople(ada.next_id()), PeopleFound)
            status, out, _ = await run_server("fingerprint", "--data", str(tmp_path))
            assert status == 0
            shown |= {fingerprint, await _shown(server), out.strip()}
    assert len(shown) == 1
    assert (tmp_path / "tls" / "key.pem").stat().st_mode & 0o777 == 0o600


async def test_older_versions_of_tls_are_not_spoken(tmp_path: Path) -> None:
    async with a_server(tmp_path, "--tls") as server:
        old = any_certificate()
        old.set_ciphers("ALL:@SECLEVEL=0")
        with pytest.warns(DeprecationWarning, match="deprecated"):
            old.minimum_version = ssl.TLSVersion.TLSv1
        with pytest.warns(DeprecationWarning, match="deprecated"):
            old.maximum_version = ssl.TLSVersion.TLSv1_1
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await _shown(server, old)
        newer = any_certificate()
        newer.maximum_version = ssl.TLSVersion.TLSv1_2
        assert await _shown(server, newer)


@pytest.mark.parametrize("by_signal", [True, False])
async def test_a_new_certificate_is_taken_while_it_runs(tmp_path: Path, by_signal: bool) -> None:
    certificate, key = _write(tmp_path)
    arguments = ("--tls-cert", str(certificate), "--tls-key", str(key))
    interval_s = 3600 if by_signal else 0.05
    async with (
        a_server(tmp_path / "data", *arguments, tls_check_interval_s=interval_s) as server,
        a_person(server, "ada") as ada,
    ):
        first = await _shown(server)
        _write(tmp_path)
        if by_signal:
            server.process.send_signal(signal.SIGHUP)
        second = await _changed(server, first)
        status, out, _ = await run_server("fingerprint", "--tls-cert", str(certificate))
        assert (status, out.strip()) == (0, second)
        await ada.ask(FindPeople(ada.next_id()), PeopleFound)  # who was there keeps the old one


async def test_a_broken_one_is_not_taken(tmp_path: Path) -> None:
    certificate, key = _write(tmp_path)
    arguments = ("--tls-cert", str(certificate), "--tls-key", str(key), "--log-format", "json")
    server = await start_server(tmp_path / "data", *arguments)
    first = await _shown(server)
    key.write_bytes(self_signed(["localhost"]).key_pem)
    server.process.send_signal(signal.SIGHUP)
    assert server.process.stderr is not None
    async with asyncio.timeout(30):
        while (line := json.loads(await server.process.stderr.readline()))["level"] != "ERROR":
            pass
    assert line["event"] == "the new certificate is not taken, the old one stays"
    assert "cannot be used" in line["fields"]["error"]
    assert await _shown(server) == first
    assert await server.stop() == 0


async def test_what_is_no_certificate_is_refused_in_words(tmp_path: Path) -> None:
    certificate, key = _write(tmp_path)
    (tmp_path / "empty").touch()
    for first, second, words in (
        (tmp_path / "none", key, "cannot be read"),
        (tmp_path / "empty", key, "holds no certificate"),
        (certificate, tmp_path / "none", "cannot be used"),
        (certificate, tmp_path / "empty", "cannot be used"),
    ):
        arguments = ("--data", str(tmp_path / "data"), "--tls-cert", str(first), "--tls-key", str(second))
        status, _, err = await run_server("serve", *arguments)
        assert (status, words in err, "Traceback" in err) == (1, True, False), err


async def test_the_app_knows_a_server_again_and_speaks_to_no_other(tmp_path: Path) -> None:
    certificate, key = _write(tmp_path)
    arguments = ("--tls-cert", str(certificate), "--tls-key", str(key))
    known = KnownServers(tmp_path / "known-servers.json")
    open_known = partial(open_websocket, pins=known)
    async with a_server(tmp_path / "data", *arguments) as server:
        place = f"127.0.0.1:{server.port}"
        for _ in range(2):
            await (await open_known(server.url)).close()
        first = await _shown(server)
        assert known.pinned(place) == first
        _write(tmp_path)
        server.process.send_signal(signal.SIGHUP)
        second = await _changed(server, first)
        with pytest.raises(CertificateChanged, match="has changed"):
            await open_known(server.url)
        with pytest.raises(CertificateChanged, match="the one that the address names"):
            await open_known(f"{server.url}#sha256={first}")
        assert known.pinned(place) == first
        await (await open_known(f"{server.url}#sha256={second}")).close()
        assert known.pinned(place) == second
        await (await open_known(server.url)).close()


async def test_the_app_takes_a_renewal_that_an_authority_vouches_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, key = _write(tmp_path)
    known = KnownServers(tmp_path / "known-servers.json")
    arguments = ("--tls-cert", str(certificate), "--tls-key", str(key))
    async with a_server(tmp_path / "data", *arguments) as server:
        place = f"127.0.0.1:{server.port}"
        known.pin(place, "0" * 64)
        with pytest.raises(CertificateChanged):
            await open_websocket(server.url, pins=known)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        await (await open_websocket(server.url, pins=known)).close()
        assert known.pinned(place) == await _shown(server)


async def test_the_app_connects_to_nobody_without_its_list_of_known_servers(tmp_path: Path) -> None:
    known = KnownServers(tmp_path / "known-servers.json")
    (tmp_path / "known-servers.json").write_bytes(b"{")
    async with a_server(tmp_path / "data", "--tls") as server:
        with pytest.raises(TransportError, match="known servers cannot be used"):
            await open_websocket(server.url, pins=known)
        with pytest.raises(TransportError, match="TLS"):  # without a list only the authorities count
            await open_websocket(server.url)
