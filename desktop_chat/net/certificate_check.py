"""Whether a server is the one it should be, by the certificate that it shows; after TLS is up, and before
anything is said. Imported with ssl, for the first connection that needs it."""

import asyncio
import ssl
from urllib.parse import urlsplit

from desktop_chat.language import tr
from desktop_chat.net.pinning import Pins, changed_words, fingerprint_of, host_port_of, unexpected_words
from desktop_chat.net.transport import CertificateChanged, TransportError


def client_context(*, vouched: bool) -> ssl.SSLContext:
    """TLS 1.2 or later. Not ``vouched`` means that ``check_certificate`` decides, and no authority."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if not vouched:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


async def check_certificate(
    address: str, connection: ssl.SSLObject, pins: Pins | None, expected: str
) -> None:
    """Judge the certificate of ``connection`` to ``address``; see ``transport.open_websocket``. ``expected``
    is the fingerprint that the address names, "" for none. Raises TransportError."""
    parts, host_port = urlsplit(address), host_port_of(address)
    host, port = parts.hostname or "", parts.port or 0
    shown = fingerprint_of(connection.getpeercert(binary_form=True) or b"")
    if expected and shown != expected:
        raise CertificateChanged(unexpected_words())
    if pins is None:
        return
    try:
        pinned = pins.pinned(host_port)
        if pinned == shown:
            return
        if pinned is not None and not expected and not await _is_vouched_for(host, port, shown):
            raise CertificateChanged(changed_words(host_port))
        pins.pin(host_port, shown)
    except (OSError, ValueError) as error:
        # Without it nobody could tell a server from who stands between.
        raise TransportError(
            tr("The list of known servers cannot be used: {reason}.", reason=str(error))
        ) from None


async def _is_vouched_for(host: str, port: int, fingerprint: str) -> bool:
    """Whether the system's authorities vouch for the certificate with this fingerprint, which the server has
    to show once more."""
    try:
        _, writer = await asyncio.open_connection(
            host, port, ssl=client_context(vouched=True), server_hostname=host
        )
    except OSError:  # ssl.SSLError is one
        return False
    shown = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.transport.abort()
    return fingerprint_of(shown) == fingerprint
