"""Commands as typed, in a process of their own, against an app of the test's and against none."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from msgspec.structs import replace
from PySide6.QtWidgets import QApplication

from desktop_chat import language, qt_async
from desktop_chat.commands import answering
from desktop_chat.commands.accounts import find_account
from desktop_chat.commands.answering import Answering, parts
from desktop_chat.commands.finding import CommandError
from desktop_chat.core.changes import ConversationChanged, MessageChanged, MessagesAdded
from desktop_chat.core.models import ConnectionPhase, ConnectionState, Message, SendState, User
from desktop_chat.desktop.instance_messages import Command, Export, MessageError, Tail, decode_request
from desktop_chat.desktop.instance_talk import Talk
from desktop_chat.desktop.single_instance import SingleInstance
from desktop_chat.paths import ProfilePaths
from desktop_chat.protocol.actions import InfoChanged, Role
from desktop_chat.protocol.records import Info
from desktop_chat.services.client import Client
from desktop_chat.settings import Account, Settings, SettingsStore
from tests.ui import scenes

_ROOT = str(Path(__file__).parents[2])

NEWS = Message(9999, 1, "9" * 32, 101, scenes.NOW_MS, "text", "Are you coming?", 15, 9999)


@pytest.fixture(autouse=True)
def english_again() -> Iterator[None]:
    yield
    language.use(language.SOURCE)


@pytest.fixture
def paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ProfilePaths:
    monkeypatch.setenv("DESKTOP_CHAT_HOME", str(tmp_path))
    return ProfilePaths("tests")


def start(*arguments: str, profile: str = "tests") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "desktop_chat", "--profile", profile, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": _ROOT, "PYTHONUTF8": "1"},
    )


async def typed(*arguments: str, given: str = "", profile: str = "tests") -> tuple[int, str, str]:
    """Run a command to its end: exit code, output, complaints."""
    process = start(*arguments, profile=profile)
    output, complaints = await asyncio.to_thread(process.communicate, given)
    return process.returncode, output, complaints


class App:
    """An app with an account, without a window."""

    def __init__(self, paths: ProfilePaths, client: Client | None) -> None:
        self.client = client
        self.answering = Answering(qt_async.spawn)
        self.instance = SingleInstance(paths.lock, paths.socket)
        assert self.instance.claim()
        self.clients = {} if client is None else {scenes.ACCOUNT.key: client}
        accounts = [scenes.ACCOUNT] if self.clients else []
        self.settings = Settings(accounts=accounts, account=scenes.ACCOUNT.key)
        self.instance.asked.connect(self._take)

    def _take(self, request: Command, talk: Talk) -> None:
        self.answering.answer(self.clients, self.settings, request, talk)

    async def sign_out(self) -> None:
        for client in self.clients.values():
            await self.answering.end(client)


@asynccontextmanager
async def app(paths: ProfilePaths, scene: scenes.Scene | None, *, online: bool = True) -> AsyncIterator[App]:
    client = None if scene is None else scenes.living_client(scene)
    if client is not None and not online:
        client.scripted_state = ConnectionState(ConnectionPhase.OFFLINE)
    running = App(paths, client)
    try:
        yield running
    finally:
        await running.sign_out()
        running.instance.release()
        await qt_async.cancel_all()
        if client is not None:
            await client.close()


async def until(condition: Callable[[], object]) -> None:
    while not condition():
        await asyncio.sleep(0.01)


def last(client: Client, conversation_id: int) -> Message:
    return client.newest(conversation_id, 1).messages[-1]


async def test_a_text_is_sent_by_the_app_that_runs(qapp: QApplication, paths: ProfilePaths) -> None:
    async with app(paths, scenes.living(), online=False) as running:
        client = running.client
        assert client is not None
        await client.save_draft(1, "half a though")
        code, output, complaints = await typed("send", "alice", "two", "words")
        assert (code, output, complaints) == (0, "Queued: it is sent when there is a connection.\n", "")
        assert last(client, 1).body == "two words"
        code, output, _ = await typed("send", "--profile", "tests", "Bob Miller", "-", given="a\nb\n")
        assert (code, last(client, 3).body) == (0, "a\nb")
        row = next(each for each in client.conversations() if each.conversation_id == 1)
        assert row.draft == "half a though"


async def test_what_becomes_of_it_is_said(qapp: QApplication, paths: ProfilePaths) -> None:
    async with app(paths, scenes.living()) as running:
        client = running.client
        assert client is not None

        for change, expected in (
            ({"seq": 99, "state": SendState.SENT}, (0, "Sent.\n", "")),
            (
                {"state": SendState.FAILED, "error": "You are blocked."},
                (1, "", "desktop-chat: The message was refused: You are blocked.\n"),
            ),
        ):
            before = last(client, 1).local_id
            sending = asyncio.ensure_future(typed("send", "1", "Hello"))
            await until(lambda before=before: last(client, 1).local_id != before)
            client._publish(MessageChanged(replace(last(client, 1), **change)))  # type: ignore[arg-type]
            assert await sending == expected


async def test_somebody_new_is_written_to(qapp: QApplication, paths: ProfilePaths) -> None:
    async def find_people(query: str) -> list[User]:
        return [User(500, "newton2", ""), User(501, "Newton", "")]

    async def open_direct(user_id: int) -> int:
        assert user_id == 501
        return 2

    async with app(paths, scenes.living()) as running:
        client = running.client
        assert client is not None
        client.find_people = find_people  # type: ignore[method-assign]
        client.open_direct = open_direct  # type: ignore[method-assign]
        sending = asyncio.ensure_future(typed("send", "@newton", "Hello"))
        await until(lambda: last(client, 2).body == "Hello")
        client._publish(MessageChanged(last(client, 2)))
        await running.sign_out()
        code, _, complaints = await sending
        assert (code, complaints) == (1, "desktop-chat: The app is ending, or its person has signed out.\n")


async def test_what_cannot_be_done_is_said(qapp: QApplication, paths: ProfilePaths) -> None:
    async with app(paths, scenes.living(), online=False):
        for arguments, words in (
            (("send", "nobody", "x"), "without a connection nobody can be found"),
            (("send", "alice", "x" * 16_001), "16,000 characters fit"),
            (("send", "alice", " "), "there is nothing to send"),
            (("send", "alice"), "required: TEXT"),
            (("send", "x" * 300, "x"), "nobody has so long a name"),
            (("tail", "nobody"), "There is no conversation with “nobody”"),
            (("tail", "-n", "-1"), "-n takes 0 to"),
            (("export", "nobody"), "There is no conversation with “nobody”"),
            (("export", "--format", "pdf"), "invalid choice"),
            (("dance",), "unknown command: dance"),
        ):
            code, output, complaints = await typed(*arguments)
            assert code in (1, 2)
            assert output == ""
            assert words in complaints
            assert "Traceback" not in complaints


async def test_nobody_is_signed_in(qapp: QApplication, paths: ProfilePaths) -> None:
    async with app(paths, None):
        assert await typed("tail") == (1, "", "desktop-chat: Nobody is signed in.\n")


async def test_the_newest_messages(qapp: QApplication, paths: ProfilePaths) -> None:
    async with app(paths, scenes.living()):
        code, output, _ = await typed("tail", "alice", "-n", "2")
        assert code == 0
        assert output.splitlines() == [
            "2026-03-03 14:31 Me Myself: Sure, I will bring the laptop.",
            "2026-03-03 14:32 Alice Example: Perfect, see you at 18:00 then 👋",
        ]
        _, output, _ = await typed("tail", "-n", "3")
        assert len(output.splitlines()) == 3
        _, output, _ = await typed("tail", "-n", "10000")
        assert output.splitlines()[-1].startswith("2026-03-03 14:32 [Alice Example] Alice Example: Perfect")


async def test_followed_until_interrupted(qapp: QApplication, paths: ProfilePaths) -> None:
    async with app(paths, scenes.living()) as running:
        client = running.client
        assert client is not None
        process = start("tail", "alice", "-n", "1", "--follow")
        assert process.stdout is not None
        first = await asyncio.to_thread(process.stdout.readline)
        assert "Perfect" in first
        news = Message(9999, 1, "9" * 32, 101, scenes.NOW_MS, "text", "Are you\x1b coming?", 15, 9999)
        client._publish(MessagesAdded(2, [news], live=True))
        client._publish(MessagesAdded(1, [news], live=True))
        second = await asyncio.to_thread(process.stdout.readline)
        assert second == "2026-03-03 14:32 Alice Example: Are you\ufffd coming?\n"
        process.send_signal(signal.SIGINT)
        _, complaints = await asyncio.to_thread(process.communicate)
        assert (process.returncode, complaints) == (130, "")
        await until(lambda: not running.answering._tasks)


async def test_who_follows_all_is_told_titles_of_now(qapp: QApplication, paths: ProfilePaths) -> None:
    async with app(paths, scenes.living()) as running:
        client = running.client
        assert client is not None
        following = parts(client, Tail("", 1, follow=True))
        await anext(following)
        row = next(each for each in client.conversations() if each.conversation_id == 1)
        assert row.peer is not None
        renamed = replace(row, peer=replace(row.peer, display_name="Alice Springs"))
        client.conversations = None  # type: ignore[method-assign, assignment]  # nothing is loaded for a message
        client._publish(ConversationChanged(renamed))
        client._publish(MessagesAdded(1, [NEWS], live=True))
        assert await anext(following) == "2026-03-03 14:32 [Alice Springs] Alice Example: Are you coming?\n"
        await following.aclose()
        assert not client._listeners


async def test_who_does_not_take_what_comes_is_not_waited_for(
    qapp: QApplication, paths: ProfilePaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answering, "_BEHIND_MAX", 3)
    async with app(paths, scenes.living()) as running:
        client = running.client
        assert client is not None
        following = parts(client, Tail("alice", 1, follow=True))
        await anext(following)
        client._publish(MessagesAdded(1, [replace(NEWS, local_id=9000 + n) for n in range(50)], live=True))
        with pytest.raises(CommandError, match="faster than they are taken"):
            await anext(following)
        assert not client._listeners


async def test_the_whole_history_in_a_file(qapp: QApplication, paths: ProfilePaths, tmp_path: Path) -> None:
    scene = scenes.living()
    lines = [(n % 2, f"message {n} " + "long " * 100, scenes.NOW_MS + n) for n in range(3000)]
    scene.direct(40, "Long Story", lines)
    scene.echo(40, "not sent yet", scenes.NOW_MS)
    async with app(paths, scene):
        out = tmp_path / "history.json"
        assert await typed("export", "--format", "json", "-o", str(out)) == (0, "", "")
        conversations = json.loads(out.read_text(encoding="utf-8"))["conversations"]
        assert len(conversations) == len(scene.client().conversations())
        story = next(each for each in conversations if each["conversation_id"] == 40)
        assert [each["seq"] for each in story["messages"]] == [*range(1, 3001), None]
        assert out.stat().st_mode & 0o777 == 0o600
        _, output, _ = await typed("export", "Long Story", "--format", "html")
        assert output.count("<article>") == 3001
        # What cannot be done leaves what was there.
        code, _, _ = await typed("export", "nobody", "-o", str(out))
        assert code == 1
        assert json.loads(out.read_text(encoding="utf-8"))
        assert list(tmp_path.glob("history.json.*")) == []


async def test_a_reader_that_goes_away_ends_an_export(qapp: QApplication, paths: ProfilePaths) -> None:
    scene = scenes.living()
    scene.direct(40, "Long Story", [(1, "long " * 200, scenes.NOW_MS)] * 5000)
    async with app(paths, scene) as running:
        process = start("export", "Long Story")
        assert process.stdout is not None
        await asyncio.to_thread(process.stdout.readline)
        process.stdout.close()
        assert await asyncio.to_thread(process.wait) == 1
        assert process.stderr is not None
        assert process.stderr.read() == ""
        process.stderr.close()
        assert process.stdin is not None
        process.stdin.close()
        await until(lambda: not running.answering._tasks)


async def test_the_app_that_runs_answers_in_english(qapp: QApplication, paths: ProfilePaths) -> None:
    scene = scenes.living()
    ravi: tuple[str, str, Role] = ("ravi", "Ravi Sharma", "member")
    actions = [InfoChanged(title="Optics lab 2"), InfoChanged(retention_days=1200)]
    notices = [
        scene.entry(70, seq, 106, scenes.NOW_MS, action=action) for seq, action in enumerate(actions, 1)
    ]
    scene.group(70, Info(""), {106: ravi}, notices)
    requests: list[Command] = [Tail(count=10_000), Tail("note to self"), Export("notiz an mich", "html")]
    requests += [Export(format="json"), Export(format="text")]
    answers = []
    async with app(paths, scene) as running:
        client = running.client
        assert client is not None
        row = next(each for each in client.conversations() if each.conversation_id == 70)
        for code in ("en", "de", "ar"):
            language.use(code)
            told = ["".join([part async for part in parts(client, request)]) for request in requests]
            following = parts(client, Tail("", 10, follow=True))
            told.append(await anext(following))
            client._publish(ConversationChanged(row))
            client._publish(MessagesAdded(70, [replace(NEWS, conversation_id=70)], live=True))
            told.append(await anext(following))
            await following.aclose()
            told.append((await typed("tail", "70"))[1])
            assert language.spoken() == code
            answers.append(told)
    tail, *_, live, typed_tail = answers[0]
    assert "[Group] * Ravi Sharma set messages to be kept for 1,200 days" in tail
    assert live == "2026-03-03 14:32 [Group] Alice Example: Are you coming?\n"
    assert len(typed_tail.splitlines()) == 2
    assert answers[1:] == [answers[0]] * 2


async def test_without_an_app_the_cache_is_read(qapp: QApplication, paths: ProfilePaths) -> None:
    SettingsStore(paths.settings).update(account="scene", accounts=[scenes.ACCOUNT])
    path = paths.account_cache("scene")
    scene = scenes.Scene(path)
    scene.direct(1, "Alice Example", [(1, "Perfect, see you then", scenes.NOW_MS)], user_name="alice")
    ravi: tuple[str, str, Role] = ("ravi", "Ravi Sharma", "member")
    renamed = scene.entry(20, 1, 106, scenes.NOW_MS, action=InfoChanged(title="Optics lab 2"))
    scene.group(20, Info("Optics lab 2"), {106: ravi}, [renamed])
    scene.database.close()
    before = path.read_bytes()
    code, output, complaints = await typed("tail", "alice", "-n", "1")
    assert (code, complaints) == (0, "")
    assert "Perfect" in output
    code, output, _ = await typed("export", "--format", "text")
    assert code == 0
    assert "== Optics lab 2 ==" in output
    assert "* Ravi Sharma named the group “Optics lab 2”" in output
    assert path.read_bytes() == before
    code, _, complaints = await typed("send", "alice", "x")
    assert (code, complaints) == (1, "desktop-chat: The app is not running: start it, and try again.\n")
    code, _, complaints = await typed("tail", "--follow")
    assert (code, complaints) == (1, "desktop-chat: The app is not running: nothing new can come.\n")


async def test_a_cache_that_cannot_be_read(qapp: QApplication, paths: ProfilePaths) -> None:
    code, _, complaints = await typed("tail")
    assert (code, complaints) == (1, "desktop-chat: The app is not running, and no messages are kept here.\n")
    SettingsStore(paths.settings).update(account="scene", accounts=[scenes.ACCOUNT])
    path = paths.account_cache("scene")
    path.write_bytes(b"no database at all, but long enough to be looked at" * 100)
    code, _, complaints = await typed("tail")
    assert code == 1
    assert complaints.startswith("desktop-chat: The messages kept here cannot be read")
    for version, words in ((99, "newer version"), (1, "start the app once")):
        path.unlink(missing_ok=True)
        scene = scenes.Scene(path)
        scene.database.writer.execute(f"PRAGMA user_version={version}")
        scene.database.close()
        code, _, complaints = await typed("tail")
        assert code == 1
        assert words in complaints


OTHER = Account("8-other", "wss://chat.example.org:9443/", 8, "me")
AT_HOME = Account("7-home", "ws://127.0.0.1:8765/", 7, "Cam", hosted=True)
ALL = [scenes.ACCOUNT, OTHER, AT_HOME]


@pytest.mark.parametrize(
    ("wanted", "key"),
    [
        ("8-other", "8-other"),
        ("@cam", "7-home"),
        ("CAM@this computer", "7-home"),
        ("cam@dieser Computer", "7-home"),
        ("cam@127.0.0.1:8765", "7-home"),
        ("me@chat.example.org", "8-other"),
        ("Me@chat.example.org:9443", "8-other"),
        ("me@127.0.0.1", "scene"),
    ],
)
def test_an_account_is_found_by_its_names(wanted: str, key: str) -> None:
    for code in language.LANGUAGES:
        language.use(code)
        assert find_account(wanted, ALL).key == key


@pytest.mark.parametrize("code", language.LANGUAGES)
def test_which_accounts_there_are_is_said(code: str) -> None:
    language.use(code)
    with pytest.raises(CommandError) as several:
        find_account("me", ALL)
    assert str(several.value) == (
        "“me” is the name of several accounts: me@127.0.0.1 (scene), me@chat.example.org (8-other). "
        "Name one by its server too, or by its key, which is in parentheses."
    )
    with pytest.raises(CommandError) as none:
        find_account("me\x1b@nowhere", [AT_HOME])
    assert str(none.value) == (
        "Nobody is signed in here as “me\ufffd@nowhere”. There are: Cam@this computer (7-home)."
    )
    with pytest.raises(CommandError, match=r"as “me”\.$"):
        find_account("me", [])


async def test_the_account_that_is_named_is_asked(qapp: QApplication, paths: ProfilePaths) -> None:
    scene = scenes.Scene()
    scene.direct(1, "Alice at work", [(1, "The other account", scenes.NOW_MS)], user_name="alice")
    other = scenes.living_client(scene)
    other.scripted_state = ConnectionState(ConnectionPhase.OFFLINE)
    async with app(paths, scenes.living(), online=False) as running:
        running.clients[OTHER.key] = other
        running.settings = Settings(accounts=ALL, account=scenes.ACCOUNT.key)
        code, output, _ = await typed("tail", "alice", "-n", "1")
        assert (code, output.partition(": ")[2]) == (0, "Perfect, see you at 18:00 then 👋\n")
        named = ("--account", "me@chat.example.org")
        code, output, _ = await typed("tail", "alice", "-n", "1", *named)
        assert (code, output.partition(": ")[2]) == (0, "The other account\n")
        code, output, _ = await typed("export", *named)
        assert (code, output.count("== ")) == (0, 1)
        assert (await typed("send", "alice", "over there", "--account", OTHER.key))[0] == 0
        assert last(other, 1).body == "over there"
        for name, words in (
            ("me", "is the name of several accounts: me@127.0.0.1 (scene), me@chat.example.org (8-other)"),
            ("eve", "Nobody is signed in here as “eve”"),
            ("cam", "This account is not open in the app."),
            ("x" * 401, "no account has so long a name"),
        ):
            code, output, complaints = await typed("send", "alice", "lost", "--account", name)
            assert code in (1, 2)
            assert output == ""
            assert words in complaints
        assert last(other, 1).body == "over there"

        # Its person signs out: that ends what it answers, and nothing else.
        following = [start("tail", "-n", "1", "--follow", *more) for more in ((), named)]
        for process in following:
            assert process.stdout is not None
            await asyncio.to_thread(process.stdout.readline)
        await running.answering.end(other)
        _, complaints = await asyncio.to_thread(following[1].communicate)
        assert complaints == "desktop-chat: The app is ending, or its person has signed out.\n"
        assert list(running.answering._tasks.values()) == [running.client]
        following[0].send_signal(signal.SIGINT)
        await asyncio.to_thread(following[0].communicate)
        await until(lambda: not running.answering._tasks)
    await other.close()


async def test_the_cache_of_the_account_that_is_named_is_read(
    qapp: QApplication, paths: ProfilePaths
) -> None:
    SettingsStore(paths.settings).update(account="scene", accounts=ALL)
    for account, text in ((scenes.ACCOUNT, "on screen"), (OTHER, "the other one")):
        scene = scenes.Scene(paths.account_cache(account.key))
        scene.direct(1, "Alice Example", [(1, text, scenes.NOW_MS)], user_name="alice")
        scene.database.close()
    for arguments, text in (((), "on screen"), (("--account", "8-other"), "the other one")):
        code, output, _ = await typed("tail", "alice", *arguments)
        assert (code, output.partition(": ")[2]) == (0, f"{text}\n")
    code, _, complaints = await typed("export", "--account", "me")
    assert (code, "is the name of several accounts" in complaints) == (1, True)
    code, _, complaints = await typed("tail", "--account", "cam")
    assert (code, "no messages are kept here" in complaints) == (1, True)


async def test_no_profile_is_made_by_a_command(paths: ProfilePaths) -> None:
    for arguments in (("tail",), ("export",), ("send", "alice", "x")):
        code, output, complaints = await typed(*arguments, profile="tset")
        assert (code, output) == (1, "")
        assert complaints == "desktop-chat: There is no profile “tset” here. There are: tests.\n"
    assert [each.name for each in paths.folder.parent.iterdir()] == ["tests"]
    paths.folder.rmdir()
    assert (await typed("tail"))[2] == "desktop-chat: There is no profile “tests” here.\n"


async def test_a_request_that_says_more_than_is_known_is_not_guessed_at() -> None:
    with pytest.raises(MessageError, match="unknown field"):
        decode_request(b'{"type":"send","who":"alice","text":"x","silently":true}')
