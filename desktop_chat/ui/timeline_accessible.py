"""The timeline for screen readers: a list whose items are the messages, each with a spoken name.

Qt takes None for "there is none"; its Python annotations do not say so, hence the ignored overrides.

Who frees what: Qt's cache of interfaces believes that it owns what is registered with it, and PySide that
Python does. So a row is kept alive here, beyond its view where need be, until Qt has been told to delete
it; what Qt has deleted, PySide lets go of unharmed. The other way round crashes at the next look into the
cache.
"""

import weakref
from collections import OrderedDict
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QPoint, QRect
from PySide6.QtGui import QAccessible, QAccessibleEvent, QAccessibleInterface
from PySide6.QtWidgets import QAccessibleWidget

from desktop_chat.language import tr

if TYPE_CHECKING:
    from desktop_chat.ui.timeline_canvas import TimelineCanvas

_KEPT = 500
_rows: "OrderedDict[tuple[int, int], RowAccessible]" = OrderedDict()
"""The rows that Qt's cache holds, by view and local id, the latest asked for last."""


class RowAccessible(QAccessibleInterface):
    """One message, by its place in the store so that it survives a page that comes in above it."""

    def __init__(self, view: "TimelineCanvas", local_id: int) -> None:
        super().__init__()
        self._view = weakref.ref(view)
        self._local_id = local_id

    def belongs_to(self, view: "TimelineCanvas") -> bool:
        """Whether it is a row of this very view."""
        return self._view() is view

    def isValid(self) -> bool:
        return self.place() >= 0

    def object(self) -> QObject | None:  # type: ignore[override]
        return None

    def parent(self) -> QAccessibleInterface | None:  # type: ignore[override]
        view = self._view()
        return QAccessible.queryAccessibleInterface(view) if view is not None else None

    def child(self, index: int) -> QAccessibleInterface | None:  # type: ignore[override]
        return None

    def childAt(self, x: int, y: int) -> QAccessibleInterface | None:  # type: ignore[override]
        return None

    def childCount(self) -> int:
        return 0

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        return -1

    def role(self) -> QAccessible.Role:
        return QAccessible.Role.ListItem

    def state(self) -> QAccessible.State:
        state = QAccessible.State()
        state.focusable = True
        state.readOnly = True
        view = self._view()
        state.focused = view is not None and view.hasFocus() and view.focus_row == self.place()
        state.offscreen = self.rect().isEmpty()
        return state

    def text(self, kind: QAccessible.Text) -> str:
        view = self._view()
        place = self.place()
        if kind != QAccessible.Text.Name or view is None or view.model is None or place < 0:
            return ""
        row = view.model.row(place)
        return row.spoken(view.model.sender_title(row.message))

    def setText(self, kind: QAccessible.Text, text: str) -> None:
        return

    def rect(self) -> QRect:
        view = self._view()
        place = self.place()
        if view is None or place < 0:
            return QRect()
        placed = next((each for each in view.placed if each.row == place), None)
        if placed is None:
            return QRect()
        corner = view.viewport().mapToGlobal(QPoint(0, placed.top))
        return QRect(corner.x(), corner.y(), view.viewport().width(), placed.height)

    def place(self) -> int:
        """The row now, -1 once the message is out of the window."""
        view = self._view()
        return view.model.row_of(self._local_id) if view is not None and view.model is not None else -1


class TimelineAccessible(QAccessibleWidget):
    """The list of rows. Items are made when asked for, and the latest asked for are kept."""

    def __init__(self, view: "TimelineCanvas") -> None:
        super().__init__(view, QAccessible.Role.List, tr("Messages"))
        self._view = weakref.ref(view)

    def childCount(self) -> int:
        view = self._view()
        return view.model.rowCount() if view is not None and view.model is not None else 0

    def child(self, index: int) -> QAccessibleInterface | None:  # type: ignore[override]
        view = self._view()
        if view is None or view.model is None or not 0 <= index < view.model.rowCount():
            return None
        return _row(view, view.model.message(index).local_id)

    def childAt(self, x: int, y: int) -> QAccessibleInterface | None:  # type: ignore[override]
        view = self._view()
        if view is None:
            return None
        placed = view.row_at(view.viewport().mapFromGlobal(QPoint(x, y)).y())
        return self.child(placed.row) if placed is not None else None

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        return child.place() if isinstance(child, RowAccessible) else -1

    def focusChild(self) -> QAccessibleInterface | None:  # type: ignore[override]
        view = self._view()
        return self.child(view.focus_row) if view is not None else None


def _row(view: "TimelineCanvas", local_id: int) -> RowAccessible:
    key = (id(view), local_id)
    row = _rows.get(key)
    if row is not None and not row.belongs_to(view):  # of a view that is gone, whose id was given out again
        _forget(key)
        row = None
    if row is None:
        row = _rows[key] = RowAccessible(view, local_id)
        QAccessible.registerAccessibleInterface(row)
        if len(_rows) > _KEPT:
            _forget(next(iter(_rows)))
    else:
        _rows.move_to_end(key)
    return row


def _forget(key: tuple[int, int]) -> None:
    QAccessible.deleteAccessibleInterface(QAccessible.uniqueId(_rows[key]))
    del _rows[key]


def _factory(key: str, target: QObject) -> Any:
    from desktop_chat.ui.timeline_canvas import TimelineCanvas

    if not isinstance(target, TimelineCanvas):
        return None
    return TimelineAccessible(target)  # Qt's cache asks once for each view, and frees it with the view


@lru_cache(maxsize=1)
def install() -> None:
    """Let screen readers see timelines; takes effect for those that nobody has asked about yet."""
    QAccessible.installFactory(_factory)


def announce_focus(view: "TimelineCanvas", row: int) -> None:
    """Tell a screen reader that a row has the focus."""
    if not QAccessible.isActive():
        return
    event = QAccessibleEvent(view, QAccessible.Event.Focus)
    event.setChild(row)
    QAccessible.updateAccessibility(event)
