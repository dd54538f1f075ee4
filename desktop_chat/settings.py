"""What a person has chosen, in one small JSON file that is never half written."""

import logging
import os
import tempfile
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

_log = logging.getLogger(__name__)

Theme = Literal["system", "light", "dark"]
SYSTEM_LANGUAGE = "system"
"""The choice of whatever language the system speaks."""
TEXT_PX_MIN, TEXT_PX_MAX = 12, 22
ACCOUNTS_MAX = 16
WINDOW_PLACES_MAX = 8
Minute = Annotated[int, Meta(ge=0, lt=24 * 60)]
"""Of a day, after midnight."""


class Account(Struct, frozen=True):
    """Somebody who is signed in. ``key`` names the account's cache and secret (``core.ids.account_key``);
    ``server_address`` is where it lives, and ``hosted`` says that this app runs that server itself."""

    key: str
    server_address: str
    user_id: int
    user_name: str
    hosted: bool = False


class Settings(Struct, frozen=True):
    """The choices of one profile.

    ``language`` is a code of ``language.LANGUAGES``; any other, ``SYSTEM_LANGUAGE`` among them, is what the
    system speaks. ``text_px`` is the size of messages in pixels. ``enter_sends``: Return sends and
    Shift+Return breaks the line, otherwise Ctrl+Return sends. ``skin_tone`` is an index of
    ``viewmodels.emoji_table.TONES``; ``recent_emoji`` the last used, the newest first. ``hide_text`` and
    ``hide_sender`` are for notifications.
    During quiet hours, from ``quiet_from`` up to ``quiet_to`` in minutes after local midnight, nothing
    alerts; equal ones are no quiet hours.

    ``window_places`` are Qt's own records of the window's place, as base64, by the screens that there were;
    the last used is the last. ``splitter_sizes`` are in pixels. ``server_address`` and ``user_name`` are
    what was last signed in with, to be offered again. ``accounts`` are all who are signed in, in the order of
    their coming; ``account`` is the key of the one on screen, empty while there is none.
    """

    theme: Theme = "system"
    language: Annotated[str, Meta(max_length=35)] = SYSTEM_LANGUAGE
    text_px: Annotated[int, Meta(ge=TEXT_PX_MIN, le=TEXT_PX_MAX)] = 14
    enter_sends: bool = True
    skin_tone: Annotated[int, Meta(ge=0, le=5)] = 0
    recent_emoji: list[str] = []
    window_places: Annotated[dict[str, str], Meta(max_length=WINDOW_PLACES_MAX)] = {}
    splitter_sizes: list[int] = []
    close_to_tray: bool = True
    notifications: bool = True
    hide_text: bool = False
    hide_sender: bool = False
    sound: bool = True
    quiet_from: Minute = 0
    quiet_to: Minute = 0
    do_not_disturb: bool = False
    server_address: str = ""
    user_name: str = ""
    accounts: Annotated[list[Account], Meta(max_length=ACCOUNTS_MAX)] = []
    account: str = ""

    @property
    def shown(self) -> Account | None:
        """The account on screen."""
        return next((each for each in self.accounts if each.key == self.account), None)

    def with_account(self, account: Account) -> list[Account]:
        """The accounts, and this one among them; it takes the place of the one of its key."""
        others = [account if each.key == account.key else each for each in self.accounts]
        return others if account in others else [*others, account]


_KNOWN = frozenset(Settings.__struct_fields__)


class SettingsStore:
    """Holds the settings of one profile and writes each change to disk at once.

    Fields that this version does not know, written by a newer one, are kept. A file that cannot be read as
    settings is moved aside with the ending ``.broken``, and the log says so; the app starts with defaults.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._unknown: dict[str, Any] = {}
        self._current = self._read()

    @property
    def current(self) -> Settings:
        """The settings as they are on disk."""
        return self._current

    def update(self, **changes: Any) -> Settings:
        """Change some fields and write the file. Raises TypeError or msgspec.ValidationError for a field
        or value that is no setting, OSError where the file cannot be written; then nothing has changed."""
        if strange := changes.keys() - _KNOWN:
            raise TypeError(f"No such setting: {', '.join(sorted(strange))}.")
        merged = {**msgspec.structs.asdict(self._current), **changes}
        new = msgspec.convert(msgspec.to_builtins(merged), Settings)
        if new != self._current:
            self._write(new)
            self._current = new
        return new

    def _read(self) -> Settings:
        try:
            content = self._path.read_bytes()
        except FileNotFoundError:
            return Settings()
        try:
            fields = _of_today(msgspec.json.decode(content, type=dict[str, Any]))
            settings = msgspec.convert(fields, Settings)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            aside = self._path.with_name(self._path.name + ".broken")
            self._path.replace(aside)
            _log.warning("The settings could not be read (%s); they are kept as %s.", error, aside)
            return Settings()
        self._unknown = {name: value for name, value in fields.items() if name not in _KNOWN}
        return settings

    def _write(self, settings: Settings) -> None:
        fields = {**self._unknown, **msgspec.structs.asdict(settings)}
        content = msgspec.json.format(msgspec.json.encode(fields), indent=2) + b"\n"
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_durably(self._path, content)


def _of_today(fields: dict[str, Any]) -> dict[str, Any]:
    """Settings as this version writes them: once there was one account, whose fields stood alone."""
    user_id, hosted = fields.pop("user_id", 0), fields.pop("hosted", False)
    fields.pop("window_geometry", "")
    if user_id and fields.get("account") and "accounts" not in fields:
        names = {name: fields.get(name, "") for name in ("server_address", "user_name")}
        fields["accounts"] = [{"key": fields["account"], "user_id": user_id, "hosted": hosted, **names}]
    return fields


def write_durably(path: Path, content: bytes) -> None:
    """Put a file in place so that after a crash either the old or the new content is there, whole. Only its
    owner can read it. Raises OSError."""
    descriptor, temporary = tempfile.mkstemp(prefix=path.name + ".", dir=path.parent)  # mode 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
    if os.name == "posix":
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
