"""A day in a group: three people at three desktops and a server, all of them real processes. Alice's way to
the server is cut again and again while she sends a large file."""

import hashlib
import sqlite3
import sys
from contextlib import AsyncExitStack, closing
from pathlib import Path

import pytest
from PySide6.QtGui import QColor, QImage

from desktop_chat.core import attachments
from tests.e2e.person import Person
from tests.e2e.world import desktop, server
from tests.server.files.cutting import a_cutting_relay

_PASSWORD = "correct horse"
_APP = (sys.executable, "-m", "desktop_chat", "--profile", "e2e")
_FILE_BYTES = 200 * 1024 * 1024
_CUTS = 10


@pytest.mark.deadline(540)
async def test_a_day_in_a_group(tmp_path: Path) -> None:
    limit: list[int | None] = [None]
    async with AsyncExitStack() as stack:
        running = await stack.enter_async_context(server(tmp_path / "server"))
        link = await stack.enter_async_context(a_cutting_relay(running.address.rstrip("/"), lambda: limit[0]))
        people = []
        for name in ("alice", "bob", "carol"):
            at = await stack.enter_async_context(desktop(tmp_path / name))
            person = Person(await stack.enter_async_context(at.run(*_APP)), name)
            address = link.url.replace("http:", "ws:") if name == "alice" else running.address
            await person.join(address, _PASSWORD)
            await person.look_away()
            people.append(person)
        alice, bob, carol = people

        # Alice makes a group; both others have it.
        await alice.new_group("Choir", "bob", "carol")
        for person in (bob, carol):
            await person.sees_row("Choir")

        # She mentions Bob; he is told, and opens it.
        await alice.write("@bob who sings tonight?")
        await bob.sees_row("Choir", "alice: @bob who sings tonight?", "1 unread")
        told = bob.app.desktop.notifications
        await told.wait_for(lambda daemon: daemon.open)
        (shown,) = told.open.values()
        assert (shown.title, shown.body) == ("Choir", "alice: @bob who sings tonight?")
        await bob.open("Choir")
        await carol.open("Choir")

        # Bob answers that very message.
        await bob.choose_for("rep\r", "who sings tonight?")
        await bob.sees("Reply to alice")
        await bob.write("Me, of course")
        for person in (alice, carol):
            await person.sees_message("bob", "in answer to", "who sings tonight?", "Me, of course")

        # Alice changes what she wrote.
        await alice.choose_for("ed\r", "You", ": @bob who sings tonight?")
        await alice.sees("Edit message")
        await alice.hand.press("End")
        await alice.hand.type(" At eight.")
        await alice.hand.press("Return")
        for person in people:
            await person.sees_message("who sings tonight? At eight., edited")

        # Carol reacts.
        await carol.choose_for("1", "Me, of course")
        for person, who in ((alice, "carol"), (bob, "carol"), (carol, "you")):
            await person.sees_message("Me, of course", f"👍 from {who}")

        # Bob sends a picture; it is fetched by itself and seen by the others.
        picture = tmp_path / "stage.png"
        _draw(picture)
        await bob.send_file(picture, "The stage")
        for person in people:
            await person.sees_message("stage.png", "The stage")

        # Alice sends 200 MB while her link is cut, ten times and more.
        large = tmp_path / "concert.wav"
        digest = _fill(large)
        limit[0] = _FILE_BYTES // (_CUTS + 2)
        await alice.send_file(large)
        await bob.sees_message("alice", "concert.wav")
        assert link.cuts >= _CUTS
        limit[0] = None
        await alice.sees_message("concert.wav", "delivered")
        await carol.sees_message("alice", "concert.wav")

        # Bob fetches it: the same bytes.
        await bob.choose_for("dow\r", "concert.wav")
        await bob.sees_message("concert.wav", "on this computer")
        assert _digest(tmp_path / "bob" / "Downloads" / "concert.wav") == digest

        # Carol searches.
        await carol.look()
        await carol.hand.press("ctrl+f")
        await carol.sees("Find in this conversation")
        await carol.hand.type("course")
        await carol.sees("1 of 1")
        await carol.hand.press("Escape")

        # Bob mutes the group, and looks away: he is not told any more, but the list counts.
        await bob.choose_for_conversation("not", "non")
        await bob.sees_row("Choir", "muted")
        await bob.look_away()
        before = len(told.notified)
        await alice.write("Good night")
        await bob.sees_row("Choir", "alice: Good night", "1 unread", "muted")
        await carol.sees_message("alice", "Good night")
        assert len(told.notified) == before

        # Carol leaves; the others are told.
        await carol.choose_for_conversation("lea")
        await carol.app.click(await carol.sees("Leave", "push button"))
        for person in (alice, bob):
            await person.sees_message("carol left the group")
        assert [await person.app.end() for person in people] == [0, 0, 0]
        await running.kill()
    assert _stored(tmp_path / "server" / "server.sqlite3", "Choir") == [
        ("alice", "text", "@bob who sings tonight? At eight."),
        ("bob", "text", "Me, of course"),
        ("bob", "picture", "stage.png"),
        ("alice", "file", "concert.wav"),
        ("alice", "text", "Good night"),
    ]


def _draw(path: Path) -> None:
    image = QImage(320, 200, QImage.Format.Format_RGB32)
    image.fill(QColor("#2F72EE"))
    assert image.save(str(path))


def _fill(path: Path) -> str:
    """Write the large file, each block another; gives its digest."""
    with path.open("wb") as file:
        for number in range(_FILE_BYTES >> 20):
            file.write(hashlib.shake_128(number.to_bytes(4, "big")).digest(1 << 20))
    return _digest(path)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _stored(path: Path, title: str) -> list[tuple[str, str, str]]:
    """Every message of a group as the server holds it: sender, kind, and what it begins with."""
    query = """
        SELECT user_name, message.kind, body FROM message JOIN user ON user_id = sender_id
        WHERE conversation_id = (SELECT conversation_id FROM conversation WHERE info LIKE ?)
        AND message.kind != '' ORDER BY seq
    """
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute(query, (f"%{title}%",)).fetchall()
    return [(sender, kind, _file_name(body) if kind != "text" else body) for sender, kind, body in rows]


def _file_name(body: str) -> str:
    return attachments.decode(body).files[0].name
