"""Choosing a day."""

from datetime import date

from PySide6.QtCore import QDate, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFont, QPainter, QTextCharFormat
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QCalendarWidget,
    QDialog,
    QHBoxLayout,
    QPushButton,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop_chat.language import tr, trc
from desktop_chat.ui import icons, theme
from desktop_chat.ui.plain_label import PlainLabel

_DAY_PX = 34


class Calendar(QCalendarWidget):
    """A month in the scheme's colours."""

    def __init__(self, look: theme.Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look
        self.setAccessibleName(trc("calendar", "Day"))
        self.setVerticalHeaderFormat(QCalendarWidget.VerticalHeaderFormat.NoVerticalHeader)
        self.setMinimumSize(QSize(7 * _DAY_PX + 40, 7 * _DAY_PX + 48))
        years = self.findChild(QSpinBox, "qt_calendar_yearedit")
        if years is not None:
            years.setButtonSymbols(QAbstractSpinBox.ButtonSymbols.NoButtons)
        look.changed.connect(self._dress)
        self._dress()

    def paintCell(self, painter: QPainter, rect: QRect, day: QDate | date) -> None:
        day = day if isinstance(day, QDate) else QDate(day.year, day.month, day.day)
        tokens, chosen = self._look.tokens, day == self.selectedDate()
        elsewhere = day.month() != self.monthShown() or not self.minimumDate() <= day <= self.maximumDate()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(rect, tokens.color("panel"))
        side = min(rect.width(), rect.height()) - 2
        circle = QRect(0, 0, side, side)
        circle.moveCenter(rect.center())
        painter.setPen(Qt.PenStyle.NoPen)
        if chosen:
            painter.setBrush(tokens.color("badge"))
            painter.drawEllipse(circle)
        today = day == QDate.currentDate()
        painter.setFont(theme.font(14, QFont.Weight.Bold if today else QFont.Weight.Normal))
        color = "on_accent" if chosen else "link" if today else "scroll_hover" if elsewhere else "text"
        painter.setPen(tokens.color(color))
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, str(day.day()))
        painter.restore()

    def _dress(self) -> None:
        tokens = self._look.tokens
        head = QTextCharFormat()
        head.setForeground(tokens.color("muted"))
        head.setBackground(tokens.color("panel"))
        self.setHeaderTextFormat(head)
        for weekend in (Qt.DayOfWeek.Saturday, Qt.DayOfWeek.Sunday):
            self.setWeekdayTextFormat(weekend, head)
        for name, picture in (("prev", "back"), ("next", "forward-arrow")):
            button = self.findChild(QToolButton, f"qt_calendar_{name}month")
            if button is not None:
                button.setIcon(icons.icon(picture, tokens.muted, 18))
                button.setIconSize(QSize(18, 18))


class DayDialog(QDialog):
    """``chosen`` tells a datetime.date, not after today."""

    chosen = Signal(object)

    def __init__(self, look: theme.Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Go to a day"))
        self.calendar = Calendar(look, self)
        self.calendar.setMaximumDate(QDate.currentDate())
        self.calendar.activated.connect(self._choose)
        go = QPushButton(trc("button", "Go"), self)
        go.setProperty("role", "primary")
        go.clicked.connect(self._choose)
        cancel = QPushButton(tr("Cancel"), self)
        cancel.clicked.connect(self.reject)
        buttons = QHBoxLayout()
        buttons.addStretch()
        buttons.addWidget(cancel)
        buttons.addWidget(go)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(12)
        column.addWidget(PlainLabel(tr("Go to a day"), "heading", self))
        column.addWidget(self.calendar)
        column.addLayout(buttons)
        self.calendar.setFocus()

    def _choose(self) -> None:
        day = self.calendar.selectedDate()
        self.chosen.emit(date(day.year(), day.month(), day.day()))
        self.accept()
