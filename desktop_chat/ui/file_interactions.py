"""From what a person does with files in the timeline to intents: clicks, the menu, viewer and save dialog."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QStandardPaths, Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QWidget

from desktop_chat.core.models import Message
from desktop_chat.ui import theme
from desktop_chat.ui.file_menu import ChosenDeed, FileDeed
from desktop_chat.ui.timeline_view import TimelineView
from desktop_chat.viewmodels.attached_files import AttachedFile
from desktop_chat.viewmodels.file_actions import FileActions
from desktop_chat.viewmodels.timeline_rows import TimelineRow

if TYPE_CHECKING:
    from desktop_chat.ui.picture_viewer import PictureViewer


def downloads_folder() -> Path:
    """Where this person's system keeps what was downloaded."""
    found = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DownloadLocation)
    return Path(found or Path.home())


class FileInteractions(QObject):
    """Belongs to one chat panel. Dialogs are made when they are opened."""

    def __init__(self, view: TimelineView, actions: FileActions, look: theme.Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._view = view
        self._actions = actions
        self._look = look
        self._window = parent
        self.viewer: PictureViewer | None = None
        view.file_chosen.connect(self._choose)
        view.files_seen.connect(actions.want)
        view.pictures.ready.connect(self._check)
        actions.open_requested.connect(self._open)
        actions.folder_requested.connect(self._show_folder)

    def carry_out(self, message: Message, chosen: ChosenDeed) -> None:
        """Do what was chosen in a message's menu."""
        file, actions = chosen.file, self._actions
        match chosen.deed:
            case FileDeed.OPEN:
                self._open_file(message, file)
            case FileDeed.SHOW_FOLDER:
                self._show_folder(file.path)
            case FileDeed.SAVE_AS:
                self.ask_where(file)
            case FileDeed.FETCH:
                actions.fetch(file)
            case FileDeed.PAUSE:
                actions.pause(message, file)
            case FileDeed.RESUME:
                actions.resume(message, file)
            case FileDeed.CANCEL:
                actions.cancel(message, file)

    def ask_where(self, file: AttachedFile) -> None:
        """Let the person choose where a file is saved."""
        dialog = QFileDialog(self.viewer or self._window, "Save as", str(downloads_folder()))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setFileMode(QFileDialog.FileMode.AnyFile)
        dialog.selectFile(file.name)
        dialog.fileSelected.connect(lambda path: self._actions.save(file, Path(path)))
        dialog.open()

    def _choose(self, row: TimelineRow, file: AttachedFile, on_button: bool) -> None:
        shown = file.is_picture and file.here and not self._view.pictures.refusal(file.path)
        if shown and not (on_button and file.moving):
            self._view_picture(row.message, file)
        else:
            self._actions.act(row.message, file)

    def _open_file(self, message: Message, file: AttachedFile) -> None:
        if file.is_picture:
            self._view_picture(message, file)
        else:
            self._actions.open(file)

    def _view_picture(self, message: Message, file: AttachedFile) -> None:
        from desktop_chat.ui.picture_viewer import PictureViewer

        model = self._view.model
        if model is None:
            return
        viewer = PictureViewer(model, self._view.pictures, message.local_id, file.place, self._window)
        viewer.save_requested.connect(self.ask_where)
        viewer.wanted.connect(self._actions.want)
        viewer.destroyed.connect(self._viewer_gone)
        self.viewer = viewer
        viewer.open_over(self._window.window())

    def _viewer_gone(self) -> None:
        self.viewer = None

    def _check(self, path: str) -> None:
        """A picture in the own folder that is gone is fetched again."""
        if self._view.pictures.refusal(path) and not Path(path).exists():
            self._view.pictures.forget(path)
            for placed in self._view.placed:
                for file in self._view.layout_of(placed.row).row.files:
                    if file.path == path:
                        self._actions.lost(file)

    def _open(self, path: str) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(path))

    def _show_folder(self, path: str) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(Path(path).parent)))
