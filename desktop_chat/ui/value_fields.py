"""Fields for a value: a choice, a number, a time of day. Their arrows are painted in the scheme's colours,
and the wheel over one that is not in use scrolls what it stands in."""

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QComboBox,
    QSpinBox,
    QStyle,
    QStyleOptionComboBox,
    QStyleOptionSpinBox,
    QTimeEdit,
    QWidget,
)

from desktop_chat.ui import icons, theme

_ARROW = 14


class ChoiceField(QComboBox):
    """One of several."""

    def __init__(self, look: theme.Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look
        # Qt's own would take the keyboard with the wheel.
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        arrow = QStyle.SubControl.SC_ComboBoxArrow
        room = self.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, arrow, self)
        _paint_arrow(self, self._look, "down", room, alive=self.isEnabled())


class NumberField(QSpinBox):
    """A number, with a button up and one down."""

    def __init__(self, look: theme.Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        option = QStyleOptionSpinBox()
        self.initStyleOption(option)
        _paint_steps(self, self._look, option)


class TimeField(QTimeEdit):
    """A time of day, with a button up and one down."""

    def __init__(self, look: theme.Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        option = QStyleOptionSpinBox()
        self.initStyleOption(option)
        _paint_steps(self, self._look, option)


def _paint_steps(field: QAbstractSpinBox, look: theme.Theme, option: QStyleOptionSpinBox) -> None:
    for name, part, step in (
        ("up", QStyle.SubControl.SC_SpinBoxUp, QAbstractSpinBox.StepEnabledFlag.StepUpEnabled),
        ("down", QStyle.SubControl.SC_SpinBoxDown, QAbstractSpinBox.StepEnabledFlag.StepDownEnabled),
    ):
        room = field.style().subControlRect(QStyle.ComplexControl.CC_SpinBox, option, part, field)
        alive = field.isEnabled() and bool(option.stepEnabled & step)
        _paint_arrow(field, look, name, room, alive=alive)


def _paint_arrow(field: QWidget, look: theme.Theme, name: str, room: QRect, *, alive: bool) -> None:
    color = look.tokens.muted if alive else look.tokens.scroll_hover
    at = room.center() - QPoint(_ARROW // 2 - 1, _ARROW // 2 - 1)
    painter = QPainter(field)
    painter.drawPixmap(at, icons.pixmap(name, color, _ARROW, field.devicePixelRatioF()))
    painter.end()
