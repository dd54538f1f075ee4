"""From what a person does with shared pictures, files and links to intents: clicks, the menu, dialogs."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QWidget

from desktop_chat.core.models import Message
from desktop_chat.language import tr
from desktop_chat.ui import icons, own_dialogs, theme
from desktop_chat.ui.file_deeds import FileDeeds
from desktop_chat.ui.file_menu import ChosenDeed, add_files
from desktop_chat.ui.menu import Menu
from desktop_chat.ui.pictures import Pictures
from desktop_chat.ui.shared_part import SharedPart
from desktop_chat.viewmodels.attached_files import AttachedFile
from desktop_chat.viewmodels.file_actions import FileActions
from desktop_chat.viewmodels.shared import SharedItem

if TYPE_CHECKING:
    from desktop_chat.ui.picture_viewer import PictureViewer


class SharedInteractions(QObject):
    """Belongs to a dialog over the window. A picture is seen in the whole window: the dialog is out of the
    way meanwhile, and there again afterwards."""

    message_requested = Signal(int)
    """A message of the conversation is to be shown in it, by its seq."""

    failed = Signal(str)

    def __init__(
        self, actions: FileActions, pictures: Pictures, look: theme.Theme, dialog: QDialog, window: QWidget
    ) -> None:
        super().__init__(dialog)
        self._actions = actions
        actions.failed.connect(self._tell)
        self._pictures = pictures
        self._look = look
        self._dialog = dialog
        self._window = window
        self._part: SharedPart | None = None
        self.viewer: PictureViewer | None = None
        self._ended = False
        dialog.finished.connect(self._end)
        self._deeds = FileDeeds(actions, self._view, lambda: self.viewer or dialog, self)

    def serve(self, part: SharedPart) -> None:
        """Do what a person wants in this list."""
        part.opened.connect(lambda item: self._open(part, item))
        part.menu_requested.connect(lambda item, at: self._open_menu(part, item, at))
        if part.model.what == "picture":
            part.seen.connect(self._want)

    def _tell(self, conversation_id: int, words: str) -> None:
        """All that is shared here is of one conversation."""
        self.failed.emit(words)

    def _want(self, items: list[SharedItem]) -> None:
        self._actions.want([each.file for each in items if each.file is not None])

    def _open(self, part: SharedPart, item: SharedItem) -> None:
        self._part = part
        file = item.file
        if file is None:
            self._ask_about_link(item.url)
        elif file.is_picture and file.here and not self._pictures.refusal(file.path):
            self._view(item.message, file)
        else:
            self._actions.act(item.message, file)

    def _open_menu(self, part: SharedPart, item: SharedItem, at: QPoint) -> None:
        self._part = part
        tokens, seq = self._look.tokens, item.message.seq
        menu = Menu(self._dialog)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if item.file is not None:
            add_files(menu, [item.file], tokens)
        else:
            opened = menu.addAction(icons.icon("open", tokens.muted, 18), tr("Open link…"))
            opened.triggered.connect(lambda: self._ask_about_link(item.url))
            copied = menu.addAction(icons.icon("copy", tokens.muted, 18), tr("Copy link"))
            copied.triggered.connect(lambda: QGuiApplication.clipboard().setText(item.url))
            menu.addSeparator()
        shown = menu.addAction(icons.icon("chat", tokens.muted, 18), tr("Show in chat"))
        shown.triggered.connect(lambda: self.message_requested.emit(seq or 0))

        def choose(action: object) -> None:
            data = action.data()  # type: ignore[attr-defined]
            if isinstance(data, ChosenDeed):
                self._deeds.carry_out(item.message, data)

        menu.triggered.connect(choose)
        menu.popup(at)

    def _view(self, message: Message, file: AttachedFile) -> None:
        from desktop_chat.ui.picture_viewer import PictureViewer
        from desktop_chat.viewmodels.viewed_pictures import SharedPictures

        if self._part is None:
            return
        viewed = SharedPictures(self._part.model)
        viewer = PictureViewer(viewed, self._pictures, message.local_id, file.place, self._window)
        viewer.save_requested.connect(self._deeds.ask_where)
        viewer.wanted.connect(self._actions.want)
        viewer.destroyed.connect(self._viewer_gone)
        self.viewer = viewer
        self._dialog.hide()
        viewer.open_over(self._window.window())

    def _viewer_gone(self) -> None:
        self.viewer = None
        if not self._ended:
            own_dialogs.open_over(self._window, self._dialog)

    def _end(self) -> None:
        """The conversation may go while a picture of it is seen."""
        self._ended = True
        if self.viewer is not None:
            self.viewer.close()
            self._dialog.deleteLater()

    def _ask_about_link(self, url: str) -> None:
        from desktop_chat.ui.link_dialog import LinkDialog

        LinkDialog(url, self._dialog).open()
