"""The app among a desktop's programs, for a person whose folders are the test's own."""

import asyncio
import json
import os
import re
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from dbus_fast import Message, MessageType
from dbus_fast.aio import MessageBus

from desktop_chat.desktop import desktop_entry
from desktop_chat.desktop.app_id import APP_ID
from desktop_chat.main import main
from tests.e2e.session_bus import session_bus

Run = Callable[..., tuple[int, str, str]]


def program(path: Path, code: str) -> list[str]:
    """An executable of one's own."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!{sys.executable}\n{code}")
    path.chmod(0o700)
    return [str(path)]


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The person's data folder; nothing here tells of links, unless a test puts it there."""
    monkeypatch.delenv("DESKTOP_CHAT_HOME", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return tmp_path / "data"


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """A command: exit code, output, complaints."""

    def typed(*arguments: str) -> tuple[int, str, str]:
        try:
            code = main(arguments)
        except SystemExit as error:
            code = int(error.code or 0)
        output, complaints = capsys.readouterr()
        return code, output, complaints

    return typed


def below(folder: Path) -> list[str]:
    return sorted(str(each.relative_to(folder)) for each in folder.rglob("*") if each.is_file())


def test_everything_is_written_and_taken_away_again(data: Path, run: Run) -> None:
    places = [
        f"applications/{APP_ID}.desktop",
        f"dbus-1/services/{APP_ID}.service",
        f"icons/hicolor/scalable/apps/{APP_ID}.svg",
    ]
    for _ in range(2):
        code, output, complaints = run("install-desktop")
        assert (code, len(output.splitlines())) == (0, 3)
        assert "update-desktop-database is not installed" in complaints
        assert below(data) == places
    (data / "applications" / "other.desktop").write_text("of somebody else")
    code, output, complaints = run("uninstall-desktop")
    assert (code, len(output.splitlines()), complaints) == (0, 3, "")
    assert below(data) == ["applications/other.desktop"]
    assert run("uninstall-desktop") == (0, "There was nothing to remove.\n", "")


def test_the_desktop_is_told_of_the_links(data: Path, run: Run, tmp_path: Path) -> None:
    told = tmp_path / "told"
    tool = tmp_path / "bin" / "update-desktop-database"
    program(tool, f"import sys; open({str(told)!r}, 'a').write(sys.argv[1] + '\\n')")
    assert run("install-desktop")[::2] == (0, "")
    assert run("uninstall-desktop")[::2] == (0, "")
    assert told.read_text() == f"{data / 'applications'}\n" * 2
    program(tool, "import sys; sys.exit('no room')")
    code, _, complaints = run("install-desktop")
    assert code == 1
    assert "links may not follow them yet: update-desktop-database failed: no room." in complaints


def test_what_cannot_be_done_is_said(data: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    data.write_text("in the way")
    code, _, complaints = run("install-desktop")
    assert (code, "The files cannot be written" in complaints) == (1, True)
    assert run("uninstall-desktop")[0] == 0
    code, _, complaints = run("--profile", "work", "install-desktop")
    assert (code, "is the default profile" in complaints) == (2, True)
    monkeypatch.setenv("DESKTOP_CHAT_HOME", str(data))
    code, _, complaints = run("install-desktop")
    assert (code, "This is a portable copy" in complaints) == (1, True)
    monkeypatch.setattr(sys, "platform", "darwin")
    assert run("uninstall-desktop")[::2] == (
        1,
        "desktop-chat: Only desktops on Linux take programs in this way.\n",
    )


def test_a_data_folder_that_is_no_place_is_not_one(monkeypatch: pytest.MonkeyPatch) -> None:
    for told in ("", "some/where"):
        monkeypatch.setenv("XDG_DATA_HOME", told)
        assert desktop_entry.data_folder() == Path(os.environ["HOME"]) / ".local" / "share"


def test_every_start_is_of_this_installation(tmp_path: Path) -> None:
    desktop_entry.install(tmp_path, ["/opt/my apps/python", "-m", "desktop_chat"])
    entry = (tmp_path / "applications" / f"{APP_ID}.desktop").read_text("utf-8")
    starts = re.findall(r"^(?:Try)?Exec=(.*)$", entry, re.MULTILINE)
    assert starts == [
        '"/opt/my apps/python" -m desktop_chat %u',
        "/opt/my apps/python",
        '"/opt/my apps/python" -m desktop_chat --action new-conversation',
        '"/opt/my apps/python" -m desktop_chat --action do-not-disturb',
    ]
    assert "\nMimeType=x-scheme-handler/desktop-chat;\n" in entry
    assert stat.S_IMODE((tmp_path / "applications").stat().st_mode) == 0o700


@pytest.mark.parametrize("word", ["a\\b", "a\nb", "a\udc80b"])
def test_a_program_that_no_line_can_hold_is_refused(tmp_path: Path, word: str) -> None:
    with pytest.raises(OSError, match="cannot be started"):
        desktop_entry.install(tmp_path / "data", [word])
    assert not (tmp_path / "data").exists()


async def test_the_bus_finds_the_program_wherever_it_is(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = tmp_path / "seen"
    code = f"import json, sys; json.dump(sys.argv, open({str(seen)!r}, 'w')); sys.exit(1)"
    strange = program(tmp_path / "it's a “$HOME” & `%s`;" / 'my "app"', code)
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    with session_bus(tmp_path, activates_services=True) as address:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
        await asyncio.to_thread(desktop_entry.install, data, [*strange, "100%", ""])
        bus = await MessageBus(address).connect()
        name = "org.freedesktop.DBus"
        start = Message(name, "/org/freedesktop/DBus", name, "StartServiceByName", signature="su")
        start.body = [APP_ID, 0]
        reply = await bus.call(start)
        assert reply.message_type is MessageType.ERROR  # it has ended, and the bus was told at once
        assert "exited with status 1" in reply.body[0]
        bus.disconnect()
        await bus.wait_for_disconnect()
    assert json.loads(seen.read_text()) == [*strange, "100%", "", "--activated"]
