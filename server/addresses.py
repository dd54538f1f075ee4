"""Network addresses: who is on this computer, and whom a connection belongs to. Pure."""

import ipaddress


def is_loopback(host: str) -> bool:
    """Whether only this computer can reach the address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def client_address(peer: str, forwarded: str | None) -> str:
    """Whom a connection counts for: ``peer``, or, where a reverse proxy stands between, the last value of the
    ``X-Forwarded-For`` that it sent. What stands before the last was said by whoever the proxy spoke to."""
    if forwarded is None:
        return peer
    last = forwarded.rpartition(",")[2].strip()
    return last[:64] or peer
