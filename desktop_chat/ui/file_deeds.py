"""Carrying out what was chosen for a file, wherever it is listed."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QStandardPaths, Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QWidget

from desktop_chat.core.models import Message
from desktop_chat.language import tr
from desktop_chat.ui.file_menu import ChosenDeed, FileDeed
from desktop_chat.viewmodels.attached_files import AttachedFile
from desktop_chat.viewmodels.file_actions import FileActions


def downloads_folder() -> Path:
    """Where this person's system keeps what was downloaded."""
    found = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DownloadLocation)
    return Path(found or Path.home())


class FileDeeds(QObject):
    """``view_picture`` shows a picture large; ``window`` says over what a dialog opens."""

    def __init__(
        self,
        actions: FileActions,
        view_picture: Callable[[Message, AttachedFile], None],
        window: Callable[[], QWidget],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._actions = actions
        self._view_picture = view_picture
        self._window = window
        actions.open_requested.connect(self._open)
        actions.folder_requested.connect(self._show_folder)

    def carry_out(self, message: Message, chosen: ChosenDeed) -> None:
        """Do what was chosen in a menu."""
        file, actions = chosen.file, self._actions
        match chosen.deed:
            case FileDeed.OPEN:
                if file.is_picture:
                    self._view_picture(message, file)
                else:
                    actions.open(file)
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
        dialog = QFileDialog(self._window(), tr("Save as"), str(downloads_folder()))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setFileMode(QFileDialog.FileMode.AnyFile)
        dialog.selectFile(file.name)
        dialog.fileSelected.connect(lambda path: self._actions.save(file, Path(path)))
        dialog.open()

    def _open(self, path: str) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(path))

    def _show_folder(self, path: str) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(Path(path).parent)))
