"""Trust on first use, as with ssh: a server is known again by its certificate, so it needs no authority, no
domain and no internet. ``KnownServers`` keeps what was seen, in a small file of the profile."""

import hashlib
import re
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import msgspec

from desktop_chat.language import tr
from desktop_chat.settings import write_durably

_FRAGMENT = re.compile(r"sha256=([0-9a-f]{64})")


class Pins(Protocol):
    """The fingerprints of servers: the SHA-256 of a certificate's DER in 64 lower hex digits, by
    ``host:port``. Raises OSError where they cannot be read or kept, ValueError where they make no sense."""

    def pinned(self, host_port: str) -> str | None:
        """The fingerprint by which the server is known, None for one that is new."""

    def pin(self, host_port: str, fingerprint: str) -> None:
        """Know the server by this fingerprint from now on."""


class KnownServers:
    """Pins in a JSON file, read anew for each connection: a person may have taken a line out."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def pinned(self, host_port: str) -> str | None:
        return self._read().get(host_port)

    def pin(self, host_port: str, fingerprint: str) -> None:
        pins = {**self._read(), host_port: fingerprint}
        write_durably(self._path, msgspec.json.format(msgspec.json.encode(pins), indent=2) + b"\n")

    def _read(self) -> dict[str, str]:
        try:
            content = self._path.read_bytes()
        except FileNotFoundError:
            return {}
        try:
            return msgspec.json.decode(content, type=dict[str, str])
        except msgspec.DecodeError as error:
            raise ValueError(
                tr("{name} makes no sense ({reason})", name=self._path.name, reason=str(error))
            ) from None


def fingerprint_of(certificate_der: bytes) -> str:
    """A certificate's fingerprint."""
    return hashlib.sha256(certificate_der).hexdigest()


def expected_fingerprint(fragment: str) -> str:
    """The fingerprint that an address names after its ``#``, "" for none. Raises ValueError."""
    if not fragment:
        return ""
    match = _FRAGMENT.fullmatch(fragment.lower())
    if match is None:
        raise ValueError(tr("not a fingerprint"))
    return match[1]


def host_port_of(address: str) -> str:
    """The name under which the server at a ws:// or wss:// URL is pinned."""
    parts = urlsplit(address)
    host, port = parts.hostname or "", parts.port or 0
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def trusted_digest(address: str, pins: Pins) -> bytes | None:
    """The SHA-256 of the certificate that the server at a URL has to show where nobody else judges it: the
    one that the address names, else the one that is pinned. None for a server that is not known. Raises
    OSError and ValueError where the pins cannot be used."""
    digest = expected_fingerprint(urlsplit(address).fragment) or pins.pinned(host_port_of(address))
    return None if digest is None else bytes.fromhex(digest)


def changed_words(host_port: str) -> str:
    """What a person is told where a known server shows another certificate."""
    return tr(
        "The server's certificate has changed. If whoever runs it has changed it, remove “{server}” from "
        "known-servers.json in the folder of this profile; otherwise somebody may be listening. Nothing "
        "was sent.",
        server=host_port,
    )


def unexpected_words() -> str:
    """What a person is told where a server is not the one that the address names."""
    return tr(
        "The server's certificate is not the one that the address names. Ask whoever gave you the address; "
        "somebody may be listening. Nothing was sent."
    )
