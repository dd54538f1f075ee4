"""Choosing a picture for a person or a group: from the button to a file, made ready off this thread, and
sent."""

from pathlib import Path

from PySide6.QtCore import QObject, QStandardPaths, Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from desktop_chat.language import tr
from desktop_chat.ui.portrait_button import PortraitButton
from desktop_chat.ui.portraits import Portraits
from desktop_chat.viewmodels.portrait_change import PortraitChange

_KINDS = "*.png *.jpg *.jpeg *.gif *.webp *.bmp"


class PortraitChoosing(QObject):
    """Belongs to a dialog, and joins its button to what can be done."""

    def __init__(
        self, button: PortraitButton, change: PortraitChange, portraits: Portraits, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._change = change
        self._portraits = portraits
        self._window = parent
        self._target = ""
        button.choose_requested.connect(self._ask)
        button.remove_requested.connect(change.remove)
        change.busy_changed.connect(button.set_busy)
        portraits.made.connect(self._made)

    def take(self, path: str) -> None:
        """Use the picture at a path."""
        target = self._change.begin()
        if target is not None:
            self._target = str(target)
            self._portraits.make(path, self._target)

    def _ask(self) -> None:
        places = QStandardPaths.StandardLocation
        folder = Path(QStandardPaths.writableLocation(places.PicturesLocation))
        if not folder.is_dir():
            folder = Path.home()  # a folder that is not there, Qt would take for the name of a file
        # Not a value of a sentence: Qt reads the endings, and marks of direction would be part of them.
        pictures = tr("Pictures")
        dialog = QFileDialog(self._window, tr("Choose a picture"), str(folder), f"{pictures} ({_KINDS})")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self.take)
        dialog.open()

    def _made(self, target: str, refusal: str) -> None:
        if target != self._target:
            return
        self._target = ""
        if refusal:
            self._change.refuse(refusal)
        else:
            self._change.send(Path(target))
