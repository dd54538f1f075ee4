"""Servers of the suite's own, which several tests share."""

import os
import subprocess
import sys
from pathlib import Path

from tests.server.store.stores import empty_database

_ROOT = Path(__file__).parents[2]
_HUNG_S = 30.0
GENEROUS: dict[str, object] = {
    "bad_frames_max": 1000,
    "commands_burst": 1e6,
    "commands_per_s": 1e6,
    "commands_per_user_burst": 1e6,
    "commands_per_user_per_s": 1e6,
    "http_requests_per_address_burst": 1e6,
    "http_requests_per_user_burst": 1e6,
    "sign_in_per_address_burst": 1e6,
    "sign_in_per_address_per_s": 1e6,
}
"""Many people come from one address."""


STRICT: dict[str, object] = {
    "bad_frames_max": 3,
    "commands_burst": 10,
    "commands_per_s": 0.1,
    "connections_per_user_max": 2,
    "devices_per_user_max": 2,
    "sign_in_per_name_burst": 3,
}
"""For what one connection or one user may do."""
TINY: dict[str, object] = {"connections_max": 1, "handshake_timeout_s": 0.5}
"""For who waits at the door."""
UNUSUAL: dict[str, object] = {
    "file_piece_max_bytes": 600,
    "file_quota_bytes": 2500,
    "max_file_bytes": 1000,
    "members_invite": "yes",
    "unfinished_uploads_per_user_max": 2,
    "write_buffer_max_bytes": 65536,
}
"""For what has nothing to do with each other: a server is not started for each."""


class Process:
    """``python -m server`` on a folder. ``settings`` go into its environment, over those that are
    generous."""

    def __init__(self, folder: Path, *arguments: str, **settings: object) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder / "data"
        self.folder.mkdir(exist_ok=True)
        if not any(self.folder.iterdir()):
            (self.folder / "server.sqlite3").write_bytes(empty_database())
        environment = {
            key: value for key, value in os.environ.items() if not key.startswith("DESKTOP_CHAT_SERVER_")
        }
        for name, value in (GENEROUS | settings).items():
            environment[f"DESKTOP_CHAT_SERVER_{name.upper()}"] = str(value)
        self._log = folder / "log.txt"
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "server", "serve", "--data", self.folder, "--port", "0", *arguments],
                cwd=_ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
            )
        assert self._process.stdout is not None
        line = self._process.stdout.readline().decode()
        assert line.startswith("ready "), (line, self.log)
        self.url = line.removeprefix("ready ").strip()
        self.fingerprint = ""
        if self.url.startswith("wss:"):
            self.fingerprint = self._process.stdout.readline().decode().split()[1]

    @property
    def log(self) -> str:
        """What it wrote."""
        return self._log.read_text("utf-8")

    def stop(self) -> None:
        """It ends well, and has nothing to complain about."""
        assert self._process.poll() is None, ("the server ended by itself", self.log)
        self._process.terminate()
        status = self._ended()
        assert status == 0, self.log
        assert "ERROR" not in self.log
        assert "Traceback" not in self.log

    def kill(self) -> None:
        """End it, however it is."""
        self._process.kill()
        self._ended()

    def _ended(self) -> int:
        assert self._process.stdout is not None
        self._process.stdout.close()
        return self._process.wait(_HUNG_S)
