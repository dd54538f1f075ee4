"""The lower edge of a chat: the field, what helps to fill it, and words about it."""

from collections.abc import Callable

from PySide6.QtCore import QPoint, QRect, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from desktop_chat.language import tr, trc, trn
from desktop_chat.ui import icons, mirroring, theme
from desktop_chat.ui.completion_popup import CompletionPopup
from desktop_chat.ui.context_strip import ContextStrip
from desktop_chat.ui.keys import with_keys
from desktop_chat.ui.message_field import MessageField
from desktop_chat.ui.plain_label import PlainLabel, set_role_state
from desktop_chat.ui.tool_button import tool_button
from desktop_chat.viewmodels.completion import Completion, Item, complete
from desktop_chat.viewmodels.composer import Composer, Context


class ComposerBar(QWidget):
    """Field, round send button, and words about the length or an error above them. Always enabled."""

    emoji_used = Signal(str)
    skin_tone_changed = Signal(int)

    def __init__(self, composer: Composer, look: theme.Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._completion: Completion | None = None
        self._recent_emoji: list[str] = []
        self._skin_tone = 0
        self._composer = composer
        self._look = look
        self.setProperty("role", "footer")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.field = MessageField(self)
        self._pill = QFrame(self)
        self._pill.setProperty("role", "field")
        inside = QHBoxLayout(self._pill)
        inside.setContentsMargins(mirroring.margins(14, 0, 4, 0))
        inside.addWidget(self.field)
        self.attach = tool_button(tr("Attach files"), self, 40, 22)
        self.attach.setToolTip(with_keys(tr("Attach files"), "Ctrl+O"))
        self.attach.setCursor(Qt.CursorShape.PointingHandCursor)
        self.emoji = tool_button(with_keys(tr("Emoji"), "Ctrl+."), self)
        self.emoji.setCursor(Qt.CursorShape.PointingHandCursor)
        self.emoji.clicked.connect(self.open_emoji)
        inside.addWidget(self.emoji, 0, Qt.AlignmentFlag.AlignBottom)
        self._room = self.window()
        self.popup = CompletionPopup(look, self._room)
        self.destroyed.connect(self.popup.deleteLater)
        self.popup.taken.connect(self._take_item)
        self.field.wants_key = self.popup.wants_key
        self.field.take_key = self.popup.take_key
        self.field.text_before_changed.connect(self._complete)
        self._send = tool_button(trc("button", "Send"), self, 40)
        self._send.setToolTip(with_keys(trc("button", "Send"), "Enter"))
        self._send.setCursor(Qt.CursorShape.PointingHandCursor)
        self._words = PlainLabel("", "small", self)
        self._words.hide()
        self.context = ContextStrip(look, self)
        self.context.closed.connect(composer.end_context)
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(self.attach, 0, Qt.AlignmentFlag.AlignBottom)
        row.addWidget(self._pill, 1)
        row.addSpacing(6)
        row.addWidget(self._send, 0, Qt.AlignmentFlag.AlignBottom)
        column = QVBoxLayout(self)
        column.setContentsMargins(mirroring.margins(10, 11, 16, 11))
        column.setSpacing(6)
        column.addWidget(self.context)
        column.addWidget(self._words)
        column.addLayout(row)
        self.field.textChanged.connect(self._text_changed)
        self.field.send_requested.connect(composer.send)
        self.field.left_out.connect(self._say_left_out)
        self.field.focus_changed.connect(self._focus_changed)
        self._send.clicked.connect(self._send_clicked)
        composer.context_changed.connect(self._context_changed)
        composer.text_replaced.connect(self._replace_text)
        composer.taken.connect(self.field.take_all)
        composer.given_back.connect(self.field.put_before)
        composer.failed.connect(self._show_error)
        composer.limit_changed.connect(self._show_limit)
        look.changed.connect(self._dress)
        self._dress()

    def switch(self, conversation_id: int, draft: str) -> None:
        """Write in another conversation."""
        self._words.hide()
        self._offer_nothing()
        self._composer.switch(conversation_id, draft)
        self.field.show_text(self._composer.text)
        self._dress()

    def set_emoji(self, recent: list[str], tone: int) -> None:
        """Which emoji were used last, and the skin tone that is preferred."""
        self._recent_emoji, self._skin_tone = list(recent), tone

    def open_emoji(self) -> None:
        """Let an emoji be chosen, for the field where it is to be seen."""
        if not self.isHidden():
            self.choose_emoji(self._insert_emoji)

    def choose_emoji(self, take: Callable[[str], None]) -> None:
        """Let an emoji be chosen, for whatever ``take`` does with it."""
        from desktop_chat.ui.emoji_picker import EmojiPicker

        picker = EmojiPicker(self._recent_emoji, self._skin_tone, self._look, self)
        picker.chosen.connect(take)
        picker.chosen.connect(self.emoji_used)
        picker.tone_changed.connect(self.skin_tone_changed)
        picker.pop_up(self.emoji.mapToGlobal(QPoint(self.emoji.width(), -8)))

    def take_key(self, event: QKeyEvent) -> None:
        """Write what was typed elsewhere."""
        self.field.setFocus()
        self.field.insert(event.text())

    def _insert_emoji(self, text: str) -> None:
        self.field.insert(text)

    def _complete(self, before: str) -> None:
        self._completion = complete(before, self._composer.people, self._skin_tone) if before else None
        if self._completion is not None and self._completion.at_once:
            self._take_item(self._completion.items[0])
            return
        corner = self._pill.mapTo(self._room, QPoint(0, 0))
        self.popup.offer(self._completion, QRect(corner, self._pill.size()))

    def _take_item(self, item: Item) -> None:
        completion, self._completion = self._completion, None
        if completion is not None:
            self.field.replace_before(completion.length, item.text)
            if not item.user_id:
                self.emoji_used.emit(item.text)
        self.popup.hide()

    def _context_changed(self, context: Context | None) -> None:
        self.context.show_context(context)
        self._dress()
        if context is not None:
            self.field.setFocus()

    def _offer_nothing(self) -> None:
        self._completion = None
        self.popup.hide()

    def _replace_text(self, text: str) -> None:
        self._offer_nothing()
        self.field.show_text(text)
        self._dress()

    def _text_changed(self) -> None:
        self._composer.text_changed(self.field.toPlainText())
        if self._words.property("role") == "error":
            self._words.hide()
        self._dress()

    def _send_clicked(self) -> None:
        self._composer.send()
        self.field.setFocus()

    def _say_left_out(self, count: int) -> None:
        words = trn(
            "{count} character did not fit and was left out: the field is full",
            "{count} characters did not fit and were left out: the field is full",
            count=count,
        )
        self._say(words, "error")

    def _show_error(self, words: str) -> None:
        if not self.isHidden():
            self._say(words, "error")

    def _show_limit(self, words: str, over: bool) -> None:
        self._say(words, "error" if over else "small")

    def _say(self, words: str, role: str) -> None:
        set_role_state(self._words, "role", role)
        self._words.setText(words)
        self._words.setVisible(bool(words))

    def _focus_changed(self, focused: bool) -> None:
        if not focused:
            self.popup.hide()
        set_role_state(self._pill, "focused", focused)

    def set_enter_sends(self, enter_sends: bool) -> None:
        """Whether Return alone sends, or only with Ctrl."""
        self.field.set_enter_sends(enter_sends)
        self._send.setToolTip(with_keys(trc("button", "Send"), "Enter" if enter_sends else "Ctrl+Enter"))

    def _dress(self) -> None:
        self.field.fit()
        tokens = self._look.tokens
        self.attach.setIcon(icons.icon("attach", tokens.muted, 22))
        ready = self._composer.can_send
        self.emoji.setIcon(icons.icon("smile", tokens.muted))
        self._send.setIcon(icons.icon("send", tokens.on_accent if ready else tokens.faint, 20))
        fill = tokens.badge if ready else tokens.field
        hover = tokens.own_bottom if ready else tokens.field_focus
        self._send.setStyleSheet(
            f"QToolButton {{ background: {fill}; border: 2px solid {fill}; border-radius: 20px;"
            " padding-right: 2px; }"
            f"QToolButton:hover {{ background: {hover}; border-color: {hover}; }}"
            f"QToolButton:focus {{ border-color: {tokens.text if ready else tokens.accent}; }}"
        )
