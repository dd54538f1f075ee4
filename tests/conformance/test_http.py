"""What else the port answers."""

import pytest

from tests.conformance.person import Person
from tests.conformance.place import Place
from tests.conformance.transfers import Answer

_SOCKET = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
}


async def _ask(place: Place, path: str, method: str = "GET", **headers: str) -> Answer:
    async with place.client() as client, place.transfers(client) as http:
        assert isinstance(client, Person)
        return await http.ask(method, path, headers=headers)


@pytest.mark.parametrize(("path", "status"), [("/healthz", 200), ("/readyz", 200)])
async def test_its_health(place: Place, path: str, status: int) -> None:
    assert (await _ask(place, path)).status == status


@pytest.mark.parametrize(
    ("method", "path", "refusal"),
    [
        ("GET", "/", (426, "bad_request")),
        ("GET", "/nothing", (404, "not_found")),
        ("DELETE", "/healthz", (405, "bad_request")),
    ],
)
async def test_what_is_not_there(place: Place, method: str, path: str, refusal: tuple[int, str]) -> None:
    answer = await _ask(place, path, method)
    assert answer.refusal == refusal
    assert "Server" not in answer.headers


@pytest.mark.parametrize("path", ["/", "/healthz", "/metrics", "/files", "/nothing"])
@pytest.mark.parametrize("origin", ["null", "http://127.0.0.1", "https://example.org"])
async def test_no_web_page_gets_an_answer(place: Place, path: str, origin: str) -> None:
    assert (await _ask(place, path, Origin=origin)).status == 403


async def test_no_web_page_opens_a_socket(place: Place) -> None:
    assert (await _ask(place, "/", Origin="null", **_SOCKET)).status == 403
