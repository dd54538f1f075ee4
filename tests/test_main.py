"""The command line, before any window."""

import asyncio
import sys
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from desktop_chat.desktop.instance_messages import Answer, Done, Failed, OpenLink, Raise, Request, Stay
from desktop_chat.desktop.instance_talk import Talk
from desktop_chat.desktop.single_instance import SingleInstance
from desktop_chat.main import _claim, _parser, main
from desktop_chat.paths import ProfilePaths


@pytest.mark.parametrize("name", ["", "../escape", "a b", "ä", "x" * 40])
def test_a_name_that_is_no_profile_is_refused_in_words(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--profile", name]) == 2
    assert "cannot be the name of a profile" in capsys.readouterr().err


def test_a_folder_that_cannot_be_used_is_said_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("DESKTOP_CHAT_HOME", str(tmp_path / "file"))
    assert main([]) == 2
    assert "desktop-chat: " in capsys.readouterr().err


def test_help_and_version_end_well(capsys: pytest.CaptureFixture[str]) -> None:
    for argument in ("--help", "--version"):
        with pytest.raises(SystemExit) as ended:
            main([argument])
        assert ended.value.code == 0
    assert "--profile" in capsys.readouterr().out


def test_an_action_goes_with_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--action", "new-conversation", "desktop-chat://conversation/1"])
    assert ended.value.code == 2
    assert "goes with neither" in capsys.readouterr().err


@pytest.mark.parametrize("argument", ["desktop-chat://conversation/1", "--hidden"])
async def test_who_comes_while_the_app_ends_takes_its_place(
    argument: str, qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DESKTOP_CHAT_HOME", str(tmp_path))
    paths = ProfilePaths("tests")
    ending, asked = SingleInstance(paths.lock, paths.socket), asyncio.Event()

    def end(request: Request, talk: Talk) -> None:
        talk.close(Failed("The app is just ending."))
        asked.set()

    ending.asked.connect(end)
    assert ending.claim()
    arguments = ("-m", "desktop_chat", "--profile", "tests", argument)
    process = await asyncio.create_subprocess_exec(sys.executable, *arguments)
    try:
        await asked.wait()
        ending.release()
        later = SingleInstance(paths.lock, paths.socket)
        # Who is first answers that it has come forward.
        assert await asyncio.to_thread(later.tell_other, Raise()) == Done()
    finally:
        process.kill()
        await process.wait()
        ending.deleteLater()


class Other(SingleInstance):
    """The lock that an app has, and what that app answers."""

    def __init__(self, answer: Answer | None, free_after: int | None = None) -> None:
        super().__init__(Path("lock"), Path("socket"))
        self.answer = answer
        self.free_after = free_after
        self.claims: list[int] = []
        self.asked_for: list[Request] = []

    def claim(self, tries: int = 1) -> bool:
        self.claims.append(tries)
        return self.free_after is not None and len(self.claims) > self.free_after

    def tell_other(self, request: Request) -> Answer | None:
        self.asked_for.append(request)
        return self.answer


LINK = "desktop-chat://conversation/1"
ENDING = Failed("The app is just ending.")


@pytest.mark.parametrize(
    ("arguments", "asks", "answer", "claims", "code"),
    [
        ([], Raise(), Done(), [1], 0),
        ([LINK], OpenLink(LINK), Done(), [1], 0),
        (["--hidden"], Stay(), Done(), [1], 0),
        (["--activated"], Raise(), Done(), [40], 1),
        # One that ends is waited for, one that does not answer is not.
        ([LINK], OpenLink(LINK), ENDING, [1, 40], 1),
        ([LINK], OpenLink(LINK), None, [1, 1], 1),
        (["--hidden"], Stay(), ENDING, [1, 40], 0),
        (["--hidden"], Stay(), None, [1, 1], 0),
        (["--activated"], Raise(), ENDING, [40, 40], 1),
    ],
)
def test_what_becomes_of_a_later_start(
    arguments: list[str], asks: Request, answer: Answer | None, claims: list[int], code: int
) -> None:
    options = _parser().parse_args(arguments)
    other = Other(answer)
    assert _claim(other, options) == code
    assert (other.claims, other.asked_for) == (claims, [asks])
    for free_after in range(len(claims)):
        assert _claim(Other(answer, free_after), options) is None


# An app that ends, and a lock that cannot be looked at any more.
_BROKEN = """
import sys
from desktop_chat.desktop.single_instance import SingleInstance
from desktop_chat.main import main

claims = []

def claim(self, tries=1):
    claims.append(tries)
    if len(claims) > 1:
        raise OSError("no more files")
    return False

SingleInstance.claim = claim
SingleInstance.tell_other = lambda self, request: None
sys.exit(main(["--profile", "tests"]))
"""


async def test_a_lock_that_cannot_be_had_the_second_time_is_said_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DESKTOP_CHAT_HOME", str(tmp_path))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _BROKEN, stderr=asyncio.subprocess.PIPE
    )
    _, complaints = await process.communicate()
    assert process.returncode == 2
    assert complaints.decode() == "desktop-chat: the profile cannot be used: no more files\n"
