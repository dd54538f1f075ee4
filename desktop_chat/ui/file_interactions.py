"""From what a person does with files in the timeline to intents: clicks, the menu, viewer and save dialog."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from desktop_chat.core.models import Message
from desktop_chat.ui import theme
from desktop_chat.ui.file_deeds import FileDeeds
from desktop_chat.ui.timeline_view import TimelineView
from desktop_chat.viewmodels.attached_files import AttachedFile
from desktop_chat.viewmodels.file_actions import FileActions
from desktop_chat.viewmodels.timeline_rows import TimelineRow

if TYPE_CHECKING:
    from desktop_chat.ui.picture_viewer import PictureViewer


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
        self.deeds = FileDeeds(actions, self._view_picture, lambda: self.viewer or parent, self)

    def _choose(self, row: TimelineRow, file: AttachedFile, on_button: bool) -> None:
        shown = file.is_picture and file.here and not self._view.pictures.refusal(file.path)
        if shown and not (on_button and file.moving):
            self._view_picture(row.message, file)
        else:
            self._actions.act(row.message, file)

    def _view_picture(self, message: Message, file: AttachedFile) -> None:
        from desktop_chat.ui.picture_viewer import PictureViewer
        from desktop_chat.viewmodels.viewed_pictures import TimelinePictures

        model = self._view.model
        if model is None:
            return
        viewed = TimelinePictures(model)
        viewer = PictureViewer(viewed, self._view.pictures, message.local_id, file.place, self._window)
        viewer.save_requested.connect(self.deeds.ask_where)
        viewer.wanted.connect(self._actions.want)
        viewer.closed.connect(self._view.setFocus)
        viewer.destroyed.connect(self._viewer_gone)
        self.viewer = viewer
        viewer.open_over(self._window.window())

    def close_viewer(self) -> None:
        """Something else is to be seen."""
        if self.viewer is not None:
            self.viewer.close()

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
