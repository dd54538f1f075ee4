"""What PySide6 does to the import statement, and that it is undone. Each in a process of its own: here it is
imported long since."""

import subprocess
import sys

import pytest

_IMPORT = """
import linecache
import PySide6.QtCore
from desktop_chat.qt_imports import without_feature_hook
{undo}
from desktop_chat.core.folding import fold
print(any("folding.py" in each for each in linecache.cache))
"""


@pytest.mark.parametrize(("undo", "read"), [("", "True"), ("without_feature_hook()", "False")])
def test_no_source_is_read_for_an_import(undo: str, read: str) -> None:
    """Where PySide6 does not read it any more by itself, the module can go."""
    done = subprocess.run(
        [sys.executable, "-c", _IMPORT.format(undo=undo)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == read


def test_without_qt_it_does_nothing() -> None:
    code = (
        "from desktop_chat.qt_imports import without_feature_hook as f; f(); import calendar; print('fine')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "fine\n"
