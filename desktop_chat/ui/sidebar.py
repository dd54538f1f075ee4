"""The left pane: title, menu, search field, and the list or the results beneath it."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QFocusEvent, QKeyEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QPushButton,
    QStackedLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop_chat.language import tr, trc, trn
from desktop_chat.ui import icons, mirroring, theme
from desktop_chat.ui.conversation_list import ConversationListView
from desktop_chat.ui.keys import with_keys
from desktop_chat.ui.menu import Menu
from desktop_chat.ui.plain_label import PlainLabel
from desktop_chat.ui.search_results import SearchResults
from desktop_chat.ui.tool_button import tool_button
from desktop_chat.viewmodels.conversation_list import ConversationListModel
from desktop_chat.viewmodels.search import MAX_QUERY_CHARS, SearchModel


class SearchField(QLineEdit):
    """Escape empties it, Down goes into the results, Return opens the first."""

    down_pressed = Signal()
    left = Signal()
    entered = Signal()
    """A person went to the field, so that a search is likely."""

    def __init__(self, look: theme.Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look
        self.setProperty("role", "search")
        self.setPlaceholderText(trc("field", "Search"))
        # Translators: "from:", "in:", "has:" with what follows it, and "before:" are typed as they are here.
        tip = tr("Words, and if you like: from:name in:chat has:link has:file has:picture before:2026-12-31")
        self.setToolTip(tip)
        self.setAccessibleName(trc("field", "Search"))
        self.setMaxLength(MAX_QUERY_CHARS)
        self._glass = QAction(self)
        self.addAction(self._glass, QLineEdit.ActionPosition.LeadingPosition)
        self._clear = QAction(trc("button", "Clear"), self)
        self._clear.triggered.connect(self.clear)
        self.addAction(self._clear, QLineEdit.ActionPosition.TrailingPosition)
        self.textChanged.connect(self._text_changed)
        look.changed.connect(self._dress)
        self._dress()
        self._text_changed("")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.clear()
            self.left.emit()
        elif event.key() == Qt.Key.Key_Down:
            self.down_pressed.emit()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if event.reason() is not Qt.FocusReason.ActiveWindowFocusReason:
            self.entered.emit()

    def _text_changed(self, text: str) -> None:
        self._clear.setVisible(bool(text))

    def _dress(self) -> None:
        self._glass.setIcon(icons.icon("search", self._look.tokens.muted, 16))
        self._clear.setIcon(icons.icon("close", self._look.tokens.muted, 16))


class Sidebar(QWidget):
    """Emits what a person wants; decides nothing."""

    conversation_chosen = Signal(int)
    message_chosen = Signal(int, int)
    new_chat_requested = Signal()
    settings_requested = Signal()
    starred_requested = Signal()
    shortcuts_requested = Signal()
    about_requested = Signal()
    add_account_requested = Signal()
    sign_out_requested = Signal()
    quit_requested = Signal()
    search_left = Signal()

    def __init__(
        self,
        conversations: ConversationListModel,
        search: SearchModel,
        look: theme.Theme,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._look = look
        self._search = search
        self.setProperty("role", "sidebar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setMinimumWidth(260)
        self._menu_button = tool_button(trc("button", "Menu"), self)
        self._menu_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._menu_button.setMenu(self._make_menu())
        self._new = tool_button(with_keys(tr("New conversation"), "Ctrl+N"), self)
        self._new.clicked.connect(self.new_chat_requested)
        self.field = SearchField(look, self)
        self.list = ConversationListView(conversations, look, self)
        self.results = SearchResults(search, look, self)
        top = QHBoxLayout()
        top.setContentsMargins(mirroring.margins(18, 0, 12, 0))
        top.setSpacing(2)
        top.addWidget(PlainLabel(tr("Chats"), "title", self), 1)
        top.addWidget(self._new)
        top.addWidget(self._menu_button)
        field = QHBoxLayout()
        field.setContentsMargins(14, 0, 14, 0)
        field.addWidget(self.field)
        nobody = tr("No conversations yet.\nBegin one with the pencil above.")
        self._nobody = PlainLabel(nobody, "muted", self)
        self._nobody.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        self._nobody.setContentsMargins(20, 36, 20, 20)
        self.archived = QPushButton(self)
        self.archived.setProperty("role", "row")
        self.archived.setCursor(Qt.CursorShape.PointingHandCursor)
        self.archived.clicked.connect(self._toggle_archived)
        self._stack = QStackedLayout()
        for widget in (self.list, self.results, self._nobody):
            self._stack.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 12, 0, 0)
        column.setSpacing(8)
        column.addLayout(top)
        column.addLayout(field)
        column.addWidget(self.archived)
        column.addLayout(self._stack, 1)
        self._conversations = conversations
        conversations.archived_changed.connect(self._show_archived)
        self.field.textChanged.connect(self._query_changed)
        self.field.returnPressed.connect(self.results.choose_first)
        self.field.down_pressed.connect(self._go_down)
        self.field.left.connect(self.search_left)
        self.field.entered.connect(search.prepare)
        self.list.opened.connect(self.conversation_chosen)
        self.results.conversation_chosen.connect(self.conversation_chosen)
        self.results.message_chosen.connect(self.message_chosen)
        conversations.rowsInserted.connect(self._show_right_page)
        conversations.rowsRemoved.connect(self._show_right_page)
        conversations.modelReset.connect(self._show_right_page)
        look.changed.connect(self._dress)
        self._dress()
        self._show_right_page()

    def _toggle_archived(self) -> None:
        self._conversations.show_archived(not self._conversations.shows_archived)
        self._show_archived()
        self._show_right_page()

    def _show_archived(self) -> None:
        """Offer what was put away, where there is any, or the way back from it."""
        count, shown = self._conversations.archived_count, self._conversations.shows_archived
        if shown and not count:
            self._conversations.show_archived(False)
            shown = False
        words = trn("Archived chats ({count})", "Archived chats ({count})", count=count)
        self.archived.setText(tr("Back to the chats") if shown else words)
        name = "back" if shown else "archive"
        self.archived.setIcon(icons.icon(name, self._look.tokens.muted, 18))
        self.archived.setVisible((count > 0 or shown) and not self.field.text().strip())

    def search(self) -> None:
        """Go to the search field."""
        self.field.setFocus()
        self.field.selectAll()

    def end_search(self) -> None:
        """Back to the list."""
        self.field.clear()
        self.search_left.emit()

    def _query_changed(self, text: str) -> None:
        self._search.set_query(text)
        self._show_right_page()

    def _show_right_page(self) -> None:
        self._show_archived()
        if self.field.text().strip():
            self._stack.setCurrentWidget(self.results)
        else:
            self._stack.setCurrentWidget(self.list if self._conversations.rowCount() else self._nobody)

    def _go_down(self) -> None:
        if self._stack.currentWidget() is self.results:
            self.results.focus_first()
        else:
            self.list.setFocus()

    def _make_menu(self) -> QMenu:
        menu = Menu(self)
        menu.addAction(tr("Starred messages")).triggered.connect(self.starred_requested)
        menu.addAction(tr("Settings")).triggered.connect(self.settings_requested)
        menu.addAction(tr("Keyboard shortcuts")).triggered.connect(self.shortcuts_requested)
        menu.addAction(trc("menu", "About")).triggered.connect(self.about_requested)
        menu.addSeparator()
        menu.addAction(tr("Add an account…")).triggered.connect(self.add_account_requested)
        menu.addAction(tr("Sign out…")).triggered.connect(self.sign_out_requested)
        menu.addAction(trc("menu", "Quit")).triggered.connect(self.quit_requested)
        return menu

    def _dress(self) -> None:
        self._menu_button.setIcon(icons.icon("menu", self._look.tokens.muted))
        self._new.setIcon(icons.icon("compose", self._look.tokens.accent))
        self._show_archived()
