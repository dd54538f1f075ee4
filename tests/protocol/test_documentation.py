"""docs/protocol.md says what is so."""

import re
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from desktop_chat.protocol import limits
from desktop_chat.protocol.actions import AnyAction
from desktop_chat.protocol.codec import decode_command, decode_frame, encode_command, encode_frame
from desktop_chat.protocol.commands import CAPABILITIES, AnyCommand
from desktop_chat.protocol.errors import REMEDIES, CloseCode, ErrorCode
from desktop_chat.protocol.events import AnyEvent
from desktop_chat.protocol.records import Message
from desktop_chat.protocol.replies import AnyReply
from server.config import Limits

TEXT = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text("utf-8")
EXAMPLES = re.findall(r"```jsonc (command|frame)\n(.*?)```", TEXT, re.DOTALL)


def _without_comments(text: str) -> bytes:
    return re.sub(r"\s+// .*", "", text).encode()


@pytest.mark.parametrize(("kind", "text"), EXAMPLES)
def test_an_example_is_what_travels(kind: str, text: str) -> None:
    frame = _without_comments(text)
    if kind == "command":
        travels = encode_command(decode_command(frame))
    else:
        travels = encode_frame(decode_frame(frame))
    written = msgspec.json.decode(frame)
    if kind == "command":
        written.pop("protocol", None)  # at its default it is left off; the example shows that it can be said
    assert msgspec.json.decode(travels) == written


def test_every_packet_has_an_example() -> None:
    shown = "".join(text for _, text in EXAMPLES)
    for packet in (*get_args(AnyCommand), *get_args(AnyReply), *get_args(AnyEvent)):
        name = str(packet.__struct_config__.tag)
        assert f'"type": "{name}"' in shown, name
        assert f"\n### {name}\n" in TEXT, name


@pytest.mark.parametrize("action", get_args(AnyAction))
def test_every_action_is_listed_with_its_fields(action: type[msgspec.Struct]) -> None:
    fields = ", ".join(f"`{name}`" for name in action.__struct_fields__)
    assert f"| `{action.__struct_config__.tag}` | {fields} |" in TEXT


@pytest.mark.parametrize("name", Message.__struct_fields__)
def test_every_field_of_an_entry_is_described(name: str) -> None:
    described = TEXT[TEXT.index("An entry is a record") : TEXT.index("### Actions")]
    assert f"`{name}`" in described


@pytest.mark.parametrize("name", sorted(CAPABILITIES))
def test_every_capability_is_listed(name: str) -> None:
    assert f"| `{name}` |" in TEXT


def test_it_is_about_this_version() -> None:
    assert f"version {limits.PROTOCOL_VERSION}." in TEXT


@pytest.mark.parametrize("code", ErrorCode)
def test_every_refusal_is_listed_with_its_remedy(code: ErrorCode) -> None:
    assert f"| `{code}` | {REMEDIES[code]} |" in TEXT


@pytest.mark.parametrize("code", CloseCode)
def test_every_close_code_is_listed(code: CloseCode) -> None:
    assert f"| {code.value} | {code.name} |" in TEXT


@pytest.mark.parametrize("name", [name for name in vars(limits) if name.isupper()])
def test_every_limit_of_the_wire_is_named(name: str) -> None:
    if name != "PROTOCOL_VERSION":
        assert re.search(rf"\b{getattr(limits, name)}\b", TEXT), name


def test_the_servers_defaults_are_as_listed() -> None:
    default = Limits()
    assert f"| {default.commands_per_s:.0f} a second, {default.commands_burst:.0f} at once" in TEXT
    per_user = (
        f"{default.commands_per_user_per_s:.0f} a second, {default.commands_per_user_burst:.0f} at once"
    )
    assert f"| commands of one user | {per_user}" in TEXT
    assert f"| sockets of one address | {default.connections_per_address_max}, then 429 |" in TEXT
    for whose in ("address", "user"):
        per_s = getattr(default, f"http_requests_per_{whose}_per_s")
        burst = getattr(default, f"http_requests_per_{whose}_burst")
        assert f"| HTTP requests of one {whose} | {per_s:.0f} a second, {burst:.0f} at once |" in TEXT
    assert f"| bad frames of one connection | {default.bad_frames_max} |" in TEXT
    assert f"| {default.sign_in_per_name_burst:.0f} at once, then one in" in TEXT
    everywhere_per_h = default.sign_in_per_name_everywhere_per_s * 3600
    assert (
        f"| {default.sign_in_per_name_everywhere_burst:.0f} at once, then {everywhere_per_h:.0f} an hour"
        in TEXT
    )
    assert f"| {default.sign_in_per_address_burst:.0f} at once, then one a second" in TEXT
    assert (
        f"| connections | {default.connections_max}, of one user {default.connections_per_user_max} |" in TEXT
    )
    assert f"| device tokens of one user | {default.devices_per_user_max};" in TEXT
    assert f"| waiting for a connection to read | {default.write_buffer_max_bytes} bytes |" in TEXT
    assert f"within {default.handshake_timeout_s:.0f} seconds" in TEXT
    assert f"pings every {default.ping_interval_s:.0f} seconds" in TEXT
