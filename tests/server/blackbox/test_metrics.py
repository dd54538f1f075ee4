"""What a scrape says after people have talked."""

from pathlib import Path

from desktop_chat.protocol.commands import FindPeople, SignIn
from desktop_chat.protocol.replies import MessageSent
from tests.server.blackbox.plain_http import ask
from tests.server.blackbox.real_server import RealServer, a_client, a_person, a_server


async def _figures(server: RealServer) -> dict[str, float]:
    answer = await ask(server, "/metrics")
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    lines = [each for each in answer.body.decode().splitlines() if not each.startswith("#")]
    return {name: float(value) for name, _, value in (each.rpartition(" ") for each in lines)}


async def test_a_scrape(tmp_path: Path) -> None:
    async with (
        a_server(tmp_path) as server,
        a_person(server, "ada") as ada,
        a_person(server, "bob") as bob,
        a_client(server) as stranger,
    ):
        conversation_id = await ada.open(bob.user_id)
        for number in range(3):
            message = ada.message(conversation_id, f"{number}", key=number + 1)
            await ada.ask(message, MessageSent)
        await ada.ask(ada.message(conversation_id, "again", key=1), MessageSent)
        await stranger.refusal(FindPeople(stranger.next_id()))
        await stranger.refusal(SignIn(stranger.next_id(), "ada", "wrong password"))
        await ask(server, "/nothing")
        figures = {
            name.removeprefix("desktop_chat_"): value for name, value in (await _figures(server)).items()
        }
    assert figures["connections"] == 3
    assert figures["connections_signed_in"] == figures["users_connected"] == 2
    assert figures["http_connections"] == figures["ready"] == 1
    assert figures["messages_stored_total"] == 3
    assert figures["commits_total"] == figures["commit_seconds_count"] > 3
    assert figures["commit_batch_operations_count"] == figures["commits_total"]
    assert figures['commit_seconds_bucket{le="+Inf"}'] == figures["commits_total"]
    assert figures['refusals_total{code="not_connected"}'] == 1
    assert figures['refusals_total{code="bad_credentials"}'] == figures["sign_in_failures_total"] == 1
    assert figures['http_requests_total{status="404"}'] == 1
    assert figures["frames_in_total"] == 11
    assert figures["frames_out_total"] > figures["frames_in_total"]
    assert figures["frames_in_bytes_total"] > 100 < figures["frames_out_bytes_total"]
    assert figures["log_position"] > 3
    assert figures['queued{queue="writes"}'] == figures['queued{queue="hashing"}'] == 0
    assert figures["unread_bytes"] == figures["slow_readers_total"] == 0
    assert figures["process_resident_bytes"] > 1e6
    assert figures["uptime_seconds"] > 0 < figures["process_cpu_seconds_total"]


async def test_behind_a_proxy_only_the_token_opens_them(tmp_path: Path) -> None:
    async with a_server(tmp_path, "--behind-proxy", metrics_token="sesame") as server:
        assert (await ask(server, "/metrics")).status == 403
        assert (await ask(server, "/metrics", "Authorization: Bearer guess")).status == 403
        assert (await ask(server, "/metrics", "Authorization: Bearer sesame")).status == 200
