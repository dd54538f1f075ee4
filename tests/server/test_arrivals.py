"""Sockets are counted in and out."""

from pathlib import Path

from server.config import Config, Limits
from server.counting import Counters
from server.door import Arrivals


def test_an_address_has_room_again_once_a_socket_is_gone() -> None:
    limits = Limits(connections_per_address_max=2)
    arrivals = Arrivals(Config(data=Path("unused"), limits=limits), Counters())
    assert [arrivals.enter("a") for _ in range(3)] == [True, True, False]
    assert arrivals.enter("b")
    arrivals.leave("a")
    assert [arrivals.enter("a") for _ in range(2)] == [True, False]
