"""Where a profile keeps its files. Every profile is a folder of its own: accounts, cache, settings, log."""

import hashlib
import os
import re
import tempfile
from pathlib import Path

HOME_VARIABLE = "DESKTOP_CHAT_HOME"
"""Names another folder to keep all profiles in, for a portable copy or a demonstration."""
DEFAULT_PROFILE = "default"

_PROFILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")
_ACCOUNT_KEY = re.compile(r"[A-Za-z0-9_-]{1,64}")
_LISTED = 8
_SOCKET_PATH_MAX_BYTES = 100
"""The kernel takes 107 on Linux and 103 on macOS, and Qt binds a longer name beside it first."""


class ProfileNameError(ValueError):
    """The name cannot be that of a profile, in words for a person."""


class NoProfileError(Exception):
    """There is no profile of this name, in words for a person."""


class ProfilePaths:
    """The files of one profile. Raises ProfileNameError for a name that cannot be a folder everywhere.

    ``folder`` is made at once, readable by its owner alone; or, with ``make=False``, has to be there, and
    NoProfileError is raised where it is not.
    """

    def __init__(self, profile: str = DEFAULT_PROFILE, *, make: bool = True) -> None:
        if not _PROFILE_NAME.fullmatch(profile):
            raise ProfileNameError(
                f"“{profile}” cannot be the name of a profile: use 1 to 32 letters without accents, "
                "figures, - and _, and begin with a letter or a figure."
            )
        self.profile = profile
        self.folder = _data_folder() / "profiles" / profile
        if make:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        elif not self.folder.is_dir():
            raise NoProfileError(_no_profile(self.folder))

    @property
    def settings(self) -> Path:
        """The settings file."""
        return self.folder / "settings.json"

    @property
    def log(self) -> Path:
        """The log file."""
        return self.folder / "desktop-chat.log"

    @property
    def lock(self) -> Path:
        """Locked by the one running app of this profile."""
        return self.folder / "lock"

    @property
    def secrets(self) -> Path:
        """Where device tokens are kept when the system has no keyring."""
        return self.folder / "secrets.json"

    @property
    def known_servers(self) -> Path:
        """By which certificates servers are known."""
        return self.folder / "known-servers.json"

    @property
    def hosted_server(self) -> Path:
        """The data folder of the server that this profile hosts."""
        return self.folder / "server"

    @property
    def socket(self) -> Path:
        """Where the running app listens for a second start. In the profile's folder, or, where that path is
        too long for a socket, in the person's run-time folder or the temporary one, under a name made from
        it."""
        path = self.folder / "app.socket"
        digest = hashlib.sha256(os.fsencode(path)).hexdigest()[:16]
        elsewhere = [os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir(), tempfile.gettempdir()]
        candidates = [path, *(Path(folder) / f"desktop-chat-{digest}.socket" for folder in elsewhere)]
        fitting = (each for each in candidates if len(os.fsencode(each)) <= _SOCKET_PATH_MAX_BYTES)
        return next(fitting, path)

    def account_cache(self, account_key: str) -> Path:
        """The database file of one account; ``account_key`` is ``Settings.account``."""
        if not _ACCOUNT_KEY.fullmatch(account_key):
            raise ValueError(f"{account_key!r} is not the key of an account.")
        folder = self.folder / "accounts" / account_key
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return folder / "cache.sqlite3"


def media_folder(cache: Path) -> Path:
    """Where the pictures of an account are kept whose database file is ``cache``."""
    return cache.with_name("media")


def outgoing_folder(cache: Path) -> Path:
    """Where pasted pictures of an account wait to be sent."""
    return cache.with_name("outgoing")


def _no_profile(folder: Path) -> str:
    try:
        names = sorted(each.name for each in folder.parent.iterdir() if _PROFILE_NAME.fullmatch(each.name))
    except OSError:  # nobody has opened the app here yet
        names = []
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    there_are = f" There are: {', '.join(names[:_LISTED])}{more}." if names else ""
    return f"There is no profile “{folder.name}” here.{there_are}"


def _data_folder() -> Path:
    if told := os.environ.get(HOME_VARIABLE):
        return Path(told).expanduser().absolute()
    # A start with the variable set, and every import of this module, does without it.
    import platformdirs

    return Path(platformdirs.user_data_dir("desktop-chat", appauthor=False))
