"""Refuses every connection and every name look-up that would leave this machine.

It listens to the interpreter's audit events, so that code which goes round ``socket.socket`` is seen too.
"""

import ipaddress
import sys
from typing import Any

_LOCAL_NAMES = frozenset({None, "", "localhost", b"", b"localhost"})
_installed: list[bool] = []
_let_through: set[str] = set()


def let_through(host: str) -> None:
    """From now on tests may reach this host too: somebody gave its address to the conformance suite."""
    _let_through.add(host)


class LeavesThisMachineError(Exception):
    """A test tried to reach something that is not on the loopback."""


def is_local(host: object) -> bool:
    """Whether a host, as given to the socket functions, is this machine."""
    if host in _LOCAL_NAMES or host in _let_through:
        return True
    address = _in_figures(host)
    return address is not None and address.is_loopback


def _in_figures(host: object) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    text = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if not event.startswith("socket."):
        return
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        address = arguments[1]
        if isinstance(address, tuple) and not is_local(address[0]):
            raise LeavesThisMachineError(f"{event} to {address[0]!r}")
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        # An address in figures is looked up without asking anybody.
        host = arguments[0]
        if not is_local(host) and _in_figures(host) is None:
            raise LeavesThisMachineError(f"{event} of {host!r}")


def pytest_configure() -> None:
    """Begin to listen, once for the process: an audit hook cannot be taken out again."""
    if not _installed:
        sys.addaudithook(_audit)
        _installed.append(True)
