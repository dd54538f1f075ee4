"""What the client's code must not contain, each for a reason that was measured: see docs/topics."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

_PACKAGE = Path(__file__).parents[1] / "desktop_chat"
_SOURCES = sorted(_PACKAGE.rglob("*.py"))

_METHODS = {
    "exec": "a nested event loop kills tasks that become due meanwhile; open() and await finished",
    "exec_": "a nested event loop kills tasks that become due meanwhile; open() and await finished",
    "processEvents": "a nested event loop kills tasks that become due meanwhile",
    "asyncSlot": "it keeps no reference to its task; spawn() does",
    "asyncClose": "it spins until the coroutine ends",
    "create_task": "a task nobody owns is collected while it waits; spawn() keeps it",
    "setHtml": "people's text is plain text everywhere",
    "insertHtml": "people's text is plain text everywhere",
    "setMarkdown": "people's text is plain text everywhere",
    "showMessage": "a tray message cannot be replaced or taken back",
}
_DIALOGS = frozenset({"QMessageBox", "QInputDialog", "QFileDialog", "QColorDialog", "QFontDialog"})
_STATIC = frozenset(
    {
        *("about", "aboutQt", "critical", "information", "question", "warning"),
        *("getText", "getMultiLineText", "getInt", "getDouble", "getItem"),
        *("getOpenFileName", "getOpenFileNames", "getSaveFileName", "getExistingDirectory"),
        *("getColor", "getFont"),
    }
)

# Where the one owner of tasks is made.
_MAY_CREATE_TASKS = frozenset({"qt_async.py", "services/tasks.py"})


def banned(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and reason for each banned use in a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            if node.attr in _METHODS:
                yield node.lineno, f"{node.attr}: {_METHODS[node.attr]}"
            elif isinstance(node.value, ast.Name) and node.value.id in _DIALOGS and node.attr in _STATIC:
                yield node.lineno, f"{node.value.id}.{node.attr}: it blocks; make one and open() it"
        elif isinstance(node, ast.Expr) and ast.unparse(node).startswith("asyncio.ensure_future("):
            yield node.lineno, "ensure_future: a task nobody owns is collected while it waits"
        elif isinstance(node, ast.ImportFrom | ast.Import):
            for alias in node.names:
                if alias.name in _METHODS:
                    yield node.lineno, f"{alias.name}: {_METHODS[alias.name]}"


@pytest.mark.parametrize("path", _SOURCES, ids=lambda path: str(path.relative_to(_PACKAGE)))
def test_nothing_banned(path: Path) -> None:
    name = path.relative_to(_PACKAGE).as_posix()
    found = [
        f"{name}:{line}: {reason}"
        for line, reason in banned(ast.parse(path.read_text()))
        if not (reason.startswith("create_task") and name in _MAY_CREATE_TASKS)
    ]
    assert found == []


@pytest.mark.parametrize(
    "source",
    [
        "dialog.exec()",
        "QApplication.processEvents()",
        "from qasync import asyncSlot",
        "@qasync.asyncSlot()\ndef f(): ...",
        "asyncio.create_task(f())",
        "from asyncio import create_task",
        "asyncio.ensure_future(f())",
        "label.setHtml(text)",
        "QMessageBox.warning(None, 'a', 'b')",
        "name = QFileDialog.getOpenFileName()",
        "tray.showMessage('a', 'b')",
    ],
)
def test_the_ban_sees_it(source: str) -> None:
    assert list(banned(ast.parse(source)))


@pytest.mark.parametrize(
    "source", ["dialog.open()", "spawn(f())", "label.setText(text)", "QMessageBox(parent).open()", "exec"]
)
def test_the_ban_lets_it_pass(source: str) -> None:
    assert not list(banned(ast.parse(source)))


def test_view_models_know_no_widgets() -> None:
    for path in sorted((_PACKAGE / "viewmodels").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module:
                assert node.module not in ("PySide6.QtGui", "PySide6.QtWidgets"), path
