"""TLS: the server's certificate, made at the first start or given, and taken anew when its files change."""

import hashlib
import logging
import os
import ssl
from collections.abc import Iterable
from pathlib import Path

_log = logging.getLogger(__name__)
_CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"
_END = "-----END CERTIFICATE-----"


class BadCertificate(Exception):
    """A certificate or its key cannot be used, in words for whoever runs the server."""


def own_certificate(folder: Path) -> Path:
    """Where a server keeps the certificate that it made, in its data folder; the key is ``key.pem`` beside
    it."""
    return folder / "tls" / "cert.pem"


def fingerprint(certificate: Path) -> str:
    """The SHA-256 of the first certificate in a PEM file, over its DER, in 64 lower hex digits. Raises
    BadCertificate."""
    try:
        text = certificate.read_text("ascii")
        start = text.index("-----BEGIN CERTIFICATE-----")
        der = ssl.PEM_cert_to_DER_cert(text[start : text.index(_END, start) + len(_END)])
    except OSError as error:
        raise BadCertificate(f"The certificate {certificate} cannot be read: {error.strerror}.") from None
    except ValueError:
        raise BadCertificate(f"{certificate} holds no certificate as PEM.") from None
    return hashlib.sha256(der).hexdigest()


def make_certificate(folder: Path, names: Iterable[str]) -> Path:
    """Make a key and a self-signed certificate for ``names``, hosts or addresses, in the data folder, where
    there is none. Returns the certificate's path. Raises OSError."""
    certificate = own_certificate(folder)
    key = certificate.with_name("key.pem")
    if certificate.exists() and key.exists():
        return certificate
    # A large library, which is needed once in a server's life.
    from server.certificate import self_signed

    certificate.parent.mkdir(mode=0o700, exist_ok=True)
    made = self_signed(names)
    # The certificate last: with it there, the key is too.
    _put(key, made.key_pem)
    _put(certificate, made.certificate_pem)
    _log.info("certificate made fingerprint=%s", fingerprint(certificate))
    return certificate


class ServerTls:
    """The context to listen with. It shows each new connection the certificate as it was loaded last; those
    that are open keep theirs."""

    def __init__(self, certificate: Path, key: Path) -> None:
        """Load both. Raises BadCertificate."""
        self._certificate = certificate
        self._key = key
        self._seen = self._signature()
        self._current, self.fingerprint = self._load()
        self.context = _new_context()
        self.context.sni_callback = self._choose

    def reload_if_changed(self) -> None:
        """Load again if a file is another one than at the last look."""
        if self._signature() != self._seen:
            self.reload()

    def reload(self) -> None:
        """Load again. What cannot be used is logged, and what was loaded before stays in use."""
        self._seen = self._signature()
        try:
            self._current, self.fingerprint = self._load()
        except BadCertificate as error:
            _log.error("the new certificate is not taken, the old one stays error=%s", error)
        else:
            _log.info("certificate loaded fingerprint=%s", self.fingerprint)

    def _choose(self, connection: ssl.SSLObject, name: str | None, context: ssl.SSLContext) -> None:
        """OpenSSL asks for each handshake, whether or not the client names a host."""
        connection.context = self._current

    def _load(self) -> tuple[ssl.SSLContext, str]:
        context = _new_context()
        shown = fingerprint(self._certificate)
        try:
            context.load_cert_chain(self._certificate, self._key, password=_no_password)
        except ssl.SSLError as error:
            reason = error.reason or "it is no PEM"
            raise BadCertificate(
                f"The certificate {self._certificate} and the key {self._key} cannot be used: {reason}."
            ) from None
        except (OSError, ValueError) as error:
            words = getattr(error, "strerror", None) or str(error)
            raise BadCertificate(f"The key {self._key} cannot be used: {words}.") from None
        return context, shown

    def _signature(self) -> tuple[tuple[int, int, int] | None, ...]:
        return _identity(self._certificate), _identity(self._key)


def _new_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(_CIPHERS)
    # A chat connection is resumed once in hours: tickets would cost every handshake, and help none.
    context.options |= ssl.OP_NO_TICKET | ssl.OP_NO_RENEGOTIATION
    context.num_tickets = 0
    return context


def _no_password() -> str:
    raise ValueError("it has a password, which nobody is there to give")


def _identity(path: Path) -> tuple[int, int, int] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


def _put(path: Path, content: bytes) -> None:
    temporary = path.with_name(f"{path.name}.new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
