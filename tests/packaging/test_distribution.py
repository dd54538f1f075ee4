"""What is installed, where, and from what: the halves apart, the locks whole, the lists in use."""

import configparser
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from desktop_chat.desktop.app_id import ACTIONS, APP_ID

_ROOT = Path(__file__).parents[2]
_PROJECT = tomllib.loads((_ROOT / "pyproject.toml").read_text())["project"]
_LOCKS = {path.stem: path.read_text() for path in sorted((_ROOT / "packaging" / "locks").glob("*.txt"))}
_SETUP = _ROOT / "packaging" / "setup.sh"


def names(requirements: list[str]) -> set[str]:
    """Normalised names of requirements."""
    return {re.sub(r"[-_.]+", "-", re.match(r"[\w.-]+", line)[0]).lower() for line in requirements}


def locked(lock: str) -> dict[str, list[str]]:
    """Each package of a lock, with its hashes."""
    entries: dict[str, list[str]] = {}
    for line in _LOCKS[lock].splitlines():
        if match := re.match(r"([\w.-]+)==\S+", line):
            entries[match[1].lower()] = hashes = []
        elif match := re.search(r"--hash=(sha256:[0-9a-f]{64})", line):
            hashes.append(match[1])
    return entries


def test_there_is_a_lock_for_each_way_to_install() -> None:
    assert set(_LOCKS) == {"app", "dev", "server"}


@pytest.mark.parametrize("lock", sorted(_LOCKS))
def test_every_package_is_locked_by_hash(lock: str) -> None:
    entries = locked(lock)
    assert len(entries) > 10
    assert [name for name, hashes in entries.items() if not hashes] == []


@pytest.mark.parametrize(
    ("lock", "extras"),
    [("server", ["server"]), ("app", ["server", "app"]), ("dev", ["server", "app", "dev"])],
)
def test_the_locks_hold_what_the_project_asks_for(lock: str, extras: list[str]) -> None:
    wanted = names(_PROJECT["dependencies"])
    for extra in extras:
        lines = [line for line in _PROJECT["optional-dependencies"][extra] if "!= 'linux'" not in line]
        wanted |= names(lines)
    assert wanted <= set(locked(lock))
    assert "setuptools" in locked(lock), "the project itself is built without fetching anything"


@pytest.mark.parametrize("lock", sorted(_LOCKS))
def test_the_locks_tell_nothing_of_where_they_were_made(lock: str) -> None:
    assert not re.search(
        r"://|index-url|find-links|trusted-host|^\s*-e|\s/[a-z]+/", _LOCKS[lock], re.MULTILINE
    )


def test_the_locks_agree() -> None:
    versions: dict[str, set[str]] = {}
    for content in _LOCKS.values():
        for name, version in re.findall(r"^([\w.-]+)==(\S+)", content, re.MULTILINE):
            versions.setdefault(name, set()).add(version)
    assert {name: each for name, each in versions.items() if len(each) > 1} == {}


def test_a_server_pulls_no_qt() -> None:
    assert not {name for name in locked("server") if "side" in name or "shiboken" in name or "qasync" in name}


def test_the_server_runs_where_no_qt_is() -> None:
    code = "import sys; sys.modules['PySide6'] = sys.modules['qasync'] = None; import server.main"
    subprocess.run([sys.executable, "-c", code], cwd=_ROOT, check=True)


def test_the_set_up_script_is_plain_sh() -> None:
    subprocess.run(["sh", "-n", str(_SETUP)], check=True)
    refused = subprocess.run([str(_SETUP), "everything"], capture_output=True, text=True, check=False)
    assert refused.returncode == 2
    assert "say “app”, “demo” or “tests”" in refused.stderr


def test_the_list_of_system_packages_is_well_formed() -> None:
    section = None
    seen: list[str] = []
    for line in (_ROOT / "packaging" / "system-packages.txt").read_text().splitlines():
        if line.startswith("["):
            section = line
        elif line and not line.startswith("#"):
            assert section in ("[python]", "[app]", "[scripts]", "[tests]")
            seen += re.split(r"\s*\|\s*", line)
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9.+-]+", name) for name in seen)
    assert len(set(seen)) == len(seen)


def test_the_notices_of_others_come_along() -> None:
    notices = "\n".join((_ROOT / each).read_text("utf-8") for each in _PROJECT["license-files"])
    for words in ("Apache License", "UNICODE LICENSE V3", "Copyright (c) 2013 Cal Henderson", "emoji.json"):
        assert words in notices


def key_file(name: str) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str
    parser.read_string((_ROOT / "resources" / "desktop" / name).read_text("utf-8"))
    return parser


def test_the_desktop_file_names_the_command() -> None:
    parser = key_file(f"{APP_ID}.desktop")
    entry = parser["Desktop Entry"]
    command, *fields = entry["Exec"].split()
    assert command in _PROJECT["gui-scripts"]
    assert fields == ["%u"]
    assert entry["TryExec"] == command
    assert entry["Icon"] == APP_ID
    assert entry["Actions"].split(";")[:-1] == list(ACTIONS)
    for action in ACTIONS:
        assert parser[f"Desktop Action {action}"]["Exec"] == f"{command} --action {action}"
    service = key_file(f"{APP_ID}.service")["D-BUS Service"]
    assert dict(service) == {"Name": APP_ID, "Exec": f"{command} --activated"}
    assert entry["MimeType"] == "x-scheme-handler/desktop-chat;"
    assert entry["Type"] == "Application"


def test_what_comes_along_is_packaged() -> None:
    patterns = tomllib.loads((_ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"][
        "*"
    ]
    here = [path for path in (_ROOT / "resources").rglob("*") if path.is_file()]
    # Catalogues are sources: what is compiled of them comes along.
    sources = {".py", ".md", ".po", ".pot"}
    suffixes = {path.suffix for path in here if "__pycache__" not in path.parts} - sources
    assert {".desktop", ".mo", ".service", ".svg"} <= suffixes
    assert {f"*{suffix}" for suffix in suffixes} <= set(patterns)
