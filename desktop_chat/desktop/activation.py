"""The right to come to the front, handed from program to program (freedesktop.org's XDG activation protocol).

On Wayland no window may push itself before others: what was clicked gives a token to what is to be shown. Qt
takes it from the environment when a window is next activated, and removes it. Elsewhere it has no effect.
"""

import os
import re

TOKEN_MAX_CHARS = 256
_VARIABLE = "XDG_ACTIVATION_TOKEN"
_TOKEN = re.compile(r"[!-~]{1,256}")


def own_token() -> str:
    """The token that this process was started with, empty where there is none."""
    token = os.environ.get(_VARIABLE, "")
    return token if _TOKEN.fullmatch(token) else ""


def take_token(token: str) -> None:
    """Have the next activation of a window use a token that somebody else gave."""
    if _TOKEN.fullmatch(token):
        os.environ[_VARIABLE] = token
