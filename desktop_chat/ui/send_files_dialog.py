"""What is about to be sent: a look at it, and a caption."""

from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QDragEnterEvent, QDropEvent, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from desktop_chat.core.attachments import MAX_CAPTION_CHARS
from desktop_chat.language import tr, trc, trn
from desktop_chat.services.file_sending import Picked
from desktop_chat.ui import icons, mirroring, theme
from desktop_chat.ui.given_files import paths_of
from desktop_chat.ui.message_field import MessageField
from desktop_chat.ui.picture_reading import PictureHead
from desktop_chat.ui.pictures import Pictures, Wanted
from desktop_chat.ui.plain_label import ElidedLabel, PlainLabel, set_role_state
from desktop_chat.ui.tool_button import tool_button
from desktop_chat.viewmodels import safe_text
from desktop_chat.viewmodels.picked_files import PickedFiles

_WIDTH = 440
_PAD = 20
_THUMB = 52
_BIG_HEIGHT = 300
_ROWS_SEEN = 5


class SendFilesDialog(QDialog):
    """Lives until what it shows is in the store: ``stored`` closes it, ``refuse`` says why not."""

    send_requested = Signal(object, str)
    """The files, a list of Picked, and the caption."""
    more_requested = Signal()

    def __init__(
        self, pictures: Pictures, look: theme.Theme, receiver: str, caption: str, parent: QWidget
    ) -> None:
        """``receiver`` says who gets the files, whatever conversation lies below by now."""
        super().__init__(parent)
        self._pictures = pictures
        self._look = look
        self.picked = PickedFiles()
        self._unmeasured: set[Path] = set()
        self._asked_to_send = False
        self._handed_over = False
        """What is shown is being stored, as it is now."""
        self._unfilled = False
        """It does not show what it holds yet, but does so once it has a place on the screen."""
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAcceptDrops(True)
        self.setFixedWidth(_WIDTH)
        self._title = PlainLabel("", "heading", self)
        self._rows = QWidget(self)
        self._column = QVBoxLayout(self._rows)
        self._column.setContentsMargins(_PAD, 0, _PAD, 0)
        self._column.setSpacing(8)
        self._scroll = QScrollArea(self)
        self._scroll.setWidget(self._rows)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.viewport().setAutoFillBackground(False)
        self._rows.setAutoFillBackground(False)
        self._words = PlainLabel("", "error", self)
        self._words.setWordWrap(True)
        self._words.hide()
        self.field = MessageField(self)
        self.field.setPlaceholderText(tr("Add a caption…"))
        self.field.setAccessibleName(trc("field", "Caption"))
        self._pill = QFrame(self)
        self._pill.setProperty("role", "field")
        inside = QHBoxLayout(self._pill)
        inside.setContentsMargins(mirroring.margins(14, 0, 12, 0))
        inside.addWidget(self.field)
        self.add = QPushButton(trc("button", "Add…"), self)
        self.add.setAutoDefault(False)
        cancel = QPushButton(tr("Cancel"), self)
        cancel.setAutoDefault(False)
        self.send = QPushButton(trc("button", "Send"), self)
        self.send.setProperty("role", "primary")
        buttons = QHBoxLayout()
        buttons.addWidget(self.add)
        buttons.addStretch(1)
        buttons.addWidget(cancel)
        buttons.addWidget(self.send)
        below = QVBoxLayout()
        below.setContentsMargins(_PAD, 0, _PAD, 0)
        below.setSpacing(12)
        below.addWidget(self._words)
        below.addWidget(self._pill)
        below.addLayout(buttons)
        heading = QVBoxLayout()
        heading.setContentsMargins(_PAD, 0, _PAD, 0)
        heading.setSpacing(2)
        heading.addWidget(self._title)
        heading.addWidget(ElidedLabel(tr("To {name}", name=receiver), "small", self))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 18, 0, 18)
        column.setSpacing(14)
        column.addLayout(heading)
        column.addWidget(self._scroll, 1)
        column.addLayout(below)
        self.add.clicked.connect(self.more_requested)
        cancel.clicked.connect(self.reject)
        self.send.clicked.connect(self._send)
        self.field.send_requested.connect(self._send)
        self.field.files_given.connect(self._take_given)
        self.field.textChanged.connect(self._words.hide)
        self.field.focus_changed.connect(self._focus_changed)
        pictures.measured.connect(self._measured)
        pictures.ready.connect(self._picture_ready)
        self.field.insert(caption)
        self.field.setFocus()

    @property
    def words(self) -> str:
        """Why something cannot be sent."""
        return self._words.text()

    def take(self, paths: Iterable[Path]) -> None:
        """Send these too, as far as they can be."""
        if self._handed_over:
            return
        before = {each.path for each in self.picked.files}
        self._say(self.picked.add(paths))
        for each in self.picked.files:
            if each.path not in before:
                self._unmeasured.add(each.path)
                self._pictures.forget(str(each.path))
                self._pictures.measure(str(each.path))
        self._fill()

    def stored(self) -> None:
        """It is in the store: nothing is left to be done here."""
        self.accept()

    def refuse(self, words: str) -> None:
        """It could not be stored."""
        self._asked_to_send = self._handed_over = False
        self.send.setEnabled(True)
        self._say(words)

    def reject(self) -> None:
        """Send nothing; too late once it is being stored, for the message needs its files."""
        if not self._handed_over:
            super().reject()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.windowHandle().installEventFilter(self)
        self.field.fit()  # only now is its width known

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Expose and self._unfilled:
            self._fill()
        return False

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if paths_of(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        self.take(paths_of(event.mimeData()))
        event.acceptProposedAction()

    def _take_given(self, source: object) -> None:
        self.take(paths_of(source))  # type: ignore[arg-type]

    def _send(self) -> None:
        caption = self.field.toPlainText().strip()
        if len(caption) > MAX_CAPTION_CHARS:
            over = len(caption) - MAX_CAPTION_CHARS
            words = trn(
                "The caption is {count} character too long.",
                "The caption is {count} characters too long.",
                count=over,
            )
            self._say(words)
        elif self.picked.files and not self._asked_to_send:
            self._asked_to_send = True
            self.send.setEnabled(False)
            self._send_when_measured()

    def _send_when_measured(self) -> None:
        if self._asked_to_send and not self._unmeasured and not self._handed_over:
            self._handed_over = True
            self.send_requested.emit(list(self.picked.files), self.field.toPlainText().strip())

    def _measured(self, path: str, head: PictureHead | None) -> None:
        if Path(path) not in self._unmeasured:
            return
        self._unmeasured.discard(Path(path))
        if head is not None:
            self.picked.measured(Path(path), head.media_type, head.width, head.height)
            self._fill()
        self._send_when_measured()

    def _remove(self, path: Path) -> None:
        if self._handed_over:
            return
        self.picked.remove(path)
        self._unmeasured.discard(path)
        self._say("")
        if self.picked.files:
            self._fill()
        else:
            self.reject()

    def _fill(self) -> None:
        # A window that the window manager has not placed yet would lose its place with its size, and come up
        # in the corner of the screen.
        self._unfilled = self.isVisible() and not self.windowHandle().isExposed()
        if self._unfilled:
            return
        while (item := self._column.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        files = self.picked.files
        height = 0
        if len(files) == 1 and files[0].width:
            big = _BigPicture(files[0], self._pictures, self._look, self._rows)
            self._column.addWidget(big)
            height = big.height()
        else:
            for each in files:
                row = _FileRow(
                    each, self.picked.size_words(each.path), self._pictures, self._look, self._rows
                )
                row.remove_requested.connect(self._remove)
                self._column.addWidget(row)
            shown = min(len(files), _ROWS_SEEN)
            height = shown * (_THUMB + 8) - 8 + (_THUMB // 2 if len(files) > _ROWS_SEEN else 0)
        self._column.addStretch(1)
        self._scroll.setFixedHeight(max(_THUMB, height))
        self._title.setText(self.picked.title)
        self.setWindowTitle(self.picked.title)
        self._fit()

    def _picture_ready(self, path: str) -> None:
        self._rows.update()
        for each in self._rows.findChildren(_Thumbnail):
            each.update()

    def _focus_changed(self, focused: bool) -> None:
        set_role_state(self._pill, "focused", focused)

    def _say(self, words: str) -> None:
        self._words.setText(words)
        self._words.setVisible(bool(words))
        self._fit()

    def _fit(self) -> None:
        """Be as high as what is shown, around the same middle."""
        before, frame = self.geometry(), self.frameGeometry()
        self.adjustSize()
        if self.isVisible():
            place = QRect(before.topLeft(), self.size())
            place.moveCenter(before.center())
            # The title bar stays on the screen, or nobody could move it.
            top = self.screen().availableGeometry().top() + before.top() - frame.top()
            place.moveTop(max(place.top(), top))
            self.setGeometry(place)


class _Thumbnail(QWidget):
    """A picture cut to a square, or an icon."""

    def __init__(self, picked: Picked, pictures: Pictures, look: theme.Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._picked = picked
        self._pictures = pictures
        self._look = look
        self.setFixedSize(_THUMB, _THUMB)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        ratio = self.devicePixelRatioF()
        tokens = self._look.tokens
        side = round(_THUMB * ratio)
        picture = None
        if self._picked.width:
            picture = self._pictures.get(Wanted(str(self._picked.path), side, side, True, round(10 * ratio)))
        if picture is not None and picture.width() == side and picture.height() == side:
            painter.drawPixmap(self.rect(), picture)
            return
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tokens.color("field" if self._picked.width else "badge"))
        painter.drawRoundedRect(self.rect(), 10, 10)
        if picture is not None:
            shown = QRect(0, 0, round(picture.width() / ratio), round(picture.height() / ratio))
            shown.moveCenter(self.rect().center())
            painter.drawPixmap(shown, picture)
            return
        name, color = ("photo", tokens.faint) if self._picked.width else ("file", tokens.on_accent)
        glyph = icons.pixmap(name, color, 24, ratio)
        painter.drawPixmap((_THUMB - 24) // 2, (_THUMB - 24) // 2, glyph)


class _FileRow(QWidget):
    """One file, which can be taken out."""

    remove_requested = Signal(object)

    def __init__(
        self, picked: Picked, words: str, pictures: Pictures, look: theme.Theme, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._picked = picked
        name = safe_text.one_line(picked.path.name)
        label = ElidedLabel(name, "", self)
        label.setToolTip("")
        remove = tool_button(tr("Do not send this one"), self, 32, 16)
        remove.setIcon(icons.icon("close", look.tokens.muted, 16))
        remove.setAccessibleName(tr("Do not send {name}", name=name))
        remove.clicked.connect(self._remove)
        if picked.width:
            words = tr("{width} × {height} · {size}", width=picked.width, height=picked.height, size=words)
        lines = QVBoxLayout()
        lines.setSpacing(1)
        lines.addStretch(1)
        lines.addWidget(label)
        lines.addWidget(PlainLabel(words, "small", self))
        lines.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        row.addWidget(_Thumbnail(picked, pictures, look, self))
        row.addLayout(lines, 1)
        row.addWidget(remove)

    def _remove(self) -> None:
        self.remove_requested.emit(self._picked.path)


class _BigPicture(QWidget):
    """The one picture that is sent."""

    def __init__(self, picked: Picked, pictures: Pictures, look: theme.Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._picked = picked
        self._pictures = pictures
        self._look = look
        box = QSize(_WIDTH - 2 * _PAD, _BIG_HEIGHT)
        size = QSize(picked.width, picked.height)
        if size.width() > box.width() or size.height() > box.height():
            size = size.scaled(box, Qt.AspectRatioMode.KeepAspectRatio)
        self._size = size.expandedTo(QSize(1, 1))
        self.setFixedHeight(max(120, self._size.height()))
        self.setAccessibleName(
            tr(
                "{name}, {width} by {height}",
                name=picked.path.name,
                width=picked.width,
                height=picked.height,
            )
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        ratio = self.devicePixelRatioF()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._look.tokens.field))
        painter.drawRoundedRect(self.rect(), 12, 12)
        size = self._size * ratio
        wanted = Wanted(str(self._picked.path), size.width(), size.height(), False, round(8 * ratio))
        picture = self._pictures.get(wanted)
        if picture is not None:
            shown = QRect(0, 0, round(picture.width() / ratio), round(picture.height() / ratio))
            shown.moveCenter(self.rect().center())
            painter.drawPixmap(shown, picture)
