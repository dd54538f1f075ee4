"""Device tokens in the system's keyring, or, where there is none, in a file that only its owner can read.

Nothing waits for a keyring that does not answer, and a start without a token never asks it.
"""

import asyncio
import logging
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Literal, ParamSpec, TypeVar

import msgspec

from desktop_chat.desktop import keyring_helper
from desktop_chat.language import tr
from desktop_chat.settings import write_durably

_log = logging.getLogger(__name__)
_P = ParamSpec("_P")
_T = TypeVar("_T")

SERVICE = "desktop-chat"
ANSWER_WITHIN_S = 20.0
"""Long enough for a person to unlock the keyring."""
IN_KEYRING = "the system's keyring"
IN_FILE = "a file that only you can read, since no keyring answered"

_HELPER = (sys.executable, "-m", keyring_helper.__name__)


class SecretUnavailableError(Exception):
    """There is a secret, but the keyring does not give it now, in words for a person."""


class _Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where one secret is; in the file itself only where the keyring did not take it."""

    where: Literal["keyring", "file"]
    secret: str = ""


class KeyringStore:
    """Keeps the secrets of one profile.

    ``path`` is the file that says where each secret is, and keeps those the keyring does not take;
    ``scope`` tells the profiles of one person apart. ``helper`` is the command that speaks to the keyring.
    """

    def __init__(
        self,
        path: Path,
        scope: str,
        helper: Sequence[str] = _HELPER,
        answer_within_s: float = ANSWER_WITHIN_S,
    ) -> None:
        self._path = path
        self._scope = scope
        self._helper = tuple(helper)
        self._answer_within_s = answer_within_s
        self._changing = threading.Lock()

    async def get(self, key: str) -> str | None:
        """The secret, or None where none was ever kept. Raises SecretUnavailableError where the keyring
        holds it and does not give it."""
        return await _off_the_loop(self._get, key)

    async def set(self, key: str, secret: str) -> str:
        """Keep a secret and return where it is now, which no person is told. Raises OSError where neither the
        keyring nor the file takes it."""
        return await _off_the_loop(self._set, key, secret)

    async def delete(self, key: str) -> None:
        """Forget a secret. Raises OSError."""
        await _off_the_loop(self._delete, key)

    def _get(self, key: str) -> str | None:
        entry = self._read().get(key)
        if entry is None:
            return None
        if entry.where == "file":
            return entry.secret
        code, answer, trouble = self._ask("get", key)
        if code == keyring_helper.DONE:
            return answer
        if code == keyring_helper.NO_SUCH_SECRET:
            return None
        raise SecretUnavailableError(
            tr("The keyring does not give out the sign-in: {reason}", reason=trouble)
        )

    def _set(self, key: str, secret: str) -> str:
        with self._changing:
            code, _, trouble = self._ask("set", key, secret)
            if code == keyring_helper.DONE:
                self._write({**self._read(), key: _Entry("keyring")})
                return IN_KEYRING
            _log.info("The keyring does not take a secret: %s", trouble)
            self._write({**self._read(), key: _Entry("file", secret)})
            return IN_FILE

    def _delete(self, key: str) -> None:
        with self._changing:
            entries = self._read()
            entry = entries.pop(key, None)
            if entry is None:
                return
            if entry.where == "keyring":
                code, _, trouble = self._ask("delete", key)
                if code not in (keyring_helper.DONE, keyring_helper.NO_SUCH_SECRET):
                    # A token the server has revoked, or will; a password nobody is shown any more.
                    _log.info("The keyring does not forget a secret: %s", trouble)
            self._write(entries)

    def _ask(self, action: str, key: str, secret: str = "") -> tuple[int, str, str]:
        """Let the helper do it: its exit code, what it gave, and why not in one line."""
        command = [*self._helper, action, SERVICE, f"{self._scope}/{key}"]
        try:
            done = subprocess.run(  # noqa: S603 - no shell, and every word is ours
                command,
                input=secret,
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                timeout=self._answer_within_s,
                check=False,
            )
        except subprocess.TimeoutExpired:
            words = tr("no answer within {seconds} seconds", seconds=f"{self._answer_within_s:g}")
            return keyring_helper.REFUSED, "", words
        except OSError as error:
            return keyring_helper.NO_KEYRING, "", str(error)
        lines = done.stderr.strip().splitlines()
        trouble = lines[-1] if lines else tr("exit code {code}", code=done.returncode)
        return done.returncode, done.stdout, trouble

    def _read(self) -> dict[str, _Entry]:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=dict[str, _Entry])
        except FileNotFoundError:
            return {}
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            _log.warning("The file of secrets could not be read (%s); a new sign-in writes it anew.", error)
            return {}

    def _write(self, entries: dict[str, _Entry]) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_durably(self._path, msgspec.json.encode(entries))


async def _off_the_loop(function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """Call on a thread that holds up neither the loop nor, as an executor's would, the end of the app."""
    future: Future[_T] = Future()
    # Who waits may give up; the thread then still has somewhere to put its answer.
    future.set_running_or_notify_cancel()

    def call() -> None:
        try:
            future.set_result(function(*args, **kwargs))
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=call, name="keyring", daemon=True).start()
    return await asyncio.wrap_future(future)
