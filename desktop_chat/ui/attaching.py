"""The ways by which files get into a conversation: the paper clip, Ctrl+O, paste, and drop."""

import secrets
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from PySide6.QtCore import QEvent, QMimeData, QObject, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QImage, QKeySequence, QShortcut
from PySide6.QtWidgets import QFileDialog, QWidget

from desktop_chat.language import tr
from desktop_chat.services.file_sending import Picked
from desktop_chat.ui import theme
from desktop_chat.ui.composer import ComposerBar
from desktop_chat.ui.drop_sheet import DropSheet
from desktop_chat.ui.given_files import has_files, paths_of, picture_of
from desktop_chat.ui.pictures import Pictures
from desktop_chat.viewmodels.composer import Composer, Context
from desktop_chat.viewmodels.file_actions import FileActions

if TYPE_CHECKING:
    from desktop_chat.ui.send_files_dialog import SendFilesDialog


class Target(Struct, frozen=True):
    """Where files go: what was open, answered and written when they were given. Another conversation may be
    open by the time they are sent."""

    conversation_id: int
    answered: Context | None
    written: str
    """What stood in the field, and became the caption."""


class Attaching(QObject):
    """Belongs to one chat panel. ``outgoing`` is the folder for pictures that have no file, None to take
    none."""

    def __init__(
        self,
        bar: ComposerBar,
        composer: Composer,
        actions: FileActions,
        pictures: Pictures,
        outgoing: Path | None,
        look: theme.Theme,
        panel: QWidget,
    ) -> None:
        super().__init__(panel)
        self._bar = bar
        self._composer = composer
        self._actions = actions
        self._pictures = pictures
        self._outgoing = outgoing
        self._look = look
        self._panel = panel
        self._pasted: dict[str, Target] = {}
        """Pictures that are being written, and where they go."""
        self._captions: dict[int, tuple[str, str]] = {}
        """Captions that were written and not sent, by conversation: what they began with, and how they were
        left."""
        self._kept: list[Path] = []
        """Pictures that were written, and are not sent yet."""
        self.dialog: SendFilesDialog | None = None
        self.sheet = DropSheet(look, panel)
        panel.setAcceptDrops(True)
        panel.installEventFilter(self)
        bar.attach.clicked.connect(self.ask_which)
        bar.field.files_given.connect(self.take)
        QShortcut(QKeySequence("Ctrl+O"), panel).activated.connect(self.ask_which)
        pictures.saved.connect(self._saved)
        actions.sent.connect(self._stored)
        actions.refused.connect(self._refused)

    def ask_which(self) -> None:
        """Let the person choose files."""
        if self.dialog is None and not self._composer.conversation_id:
            return
        chooser = QFileDialog(self.dialog or self._panel, tr("Attach files"), str(Path.home()))
        chooser.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        chooser.setFileMode(QFileDialog.FileMode.ExistingFiles)
        chooser.filesSelected.connect(partial(self._chosen, self._target()))
        chooser.open()

    def take(self, source: QMimeData) -> None:
        """Something was pasted or dropped."""
        paths = paths_of(source)
        image = None if paths else picture_of(source)
        if paths:
            self.preview(paths, self._target())
        elif image is not None:
            self._keep(image)

    def preview(self, paths: Iterable[Path], target: Target) -> None:
        """Show files before they are sent, beside those that are shown already and go where those go."""
        if self.dialog is None:
            if not target.conversation_id:
                return
            # The first paint of the window does not wait for it.
            from desktop_chat.ui.send_files_dialog import SendFilesDialog

            receiver = self._actions.title(target.conversation_id)
            caption = self._caption(target)
            dialog = SendFilesDialog(self._pictures, self._look, receiver, caption, self._panel)
            dialog.take(paths)
            if not dialog.picked.files:
                self._composer.failed.emit(dialog.words)
                dialog.deleteLater()
                return
            dialog.field.set_enter_sends(self._bar.field.enter_sends)
            dialog.send_requested.connect(partial(self._send, target))
            dialog.accepted.connect(partial(self._let_go, target))
            dialog.rejected.connect(partial(self._keep_caption, target))
            dialog.more_requested.connect(self.ask_which)
            dialog.finished.connect(self._finished)
            dialog.field.files_given.disconnect()
            dialog.field.files_given.connect(self.take)
            self.dialog = dialog
            dialog.open()
        else:
            self.dialog.take(paths)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind == QEvent.Type.DragEnter and isinstance(event, QDragEnterEvent):
            if self._composer.conversation_id and has_files(event.mimeData()):
                self.sheet.setGeometry(self._panel.rect())
                self.sheet.show()
                self.sheet.raise_()
                event.acceptProposedAction()
                return True
        elif kind == QEvent.Type.DragLeave:
            self.sheet.hide()
        elif kind == QEvent.Type.Drop and isinstance(event, QDropEvent):
            self.sheet.hide()
            self.take(event.mimeData())
            event.acceptProposedAction()
            return True
        return False

    def _target(self) -> Target:
        """What is open now. A message that is being changed is neither answered nor the caption."""
        composer = self._composer
        if self._changes_a_message:
            return Target(composer.conversation_id, None, "")
        return Target(composer.conversation_id, composer.context, composer.text)

    def _chosen(self, target: Target, paths: Sequence[str]) -> None:
        self.preview([Path(each) for each in paths], target)

    def _keep(self, image: QImage) -> None:
        """A picture without a file gets one, so that sending it survives a restart."""
        if self._outgoing is None:
            words = tr("Pictures cannot be pasted here: nothing is kept on this computer.")
            self._composer.failed.emit(words)
            return
        try:
            self._outgoing.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            why = error.strerror or str(error)
            self._composer.failed.emit(tr("The picture cannot be stored: {reason}.", reason=why))
            return
        path = str(self._outgoing / f"picture-{secrets.token_hex(4)}.png")
        self._pasted[path] = self._target()
        self._pictures.save(image, path)

    def _saved(self, path: str, done: bool) -> None:
        target = self._pasted.pop(path, None)
        if target is None:
            return
        if done:
            self._kept.append(Path(path))
            self.preview([Path(path)], target)
        else:
            self._composer.failed.emit(tr("The picture cannot be stored."))

    def _send(self, target: Target, picked: list[Picked], caption: str) -> None:
        reply_to = target.answered.message.seq if target.answered is not None else None
        self._actions.send(target.conversation_id, picked, caption, reply_to)

    def _stored(self) -> None:
        if self.dialog is None:
            return
        self._kept.clear()
        self.dialog.stored()

    def go_on_from(self, before: "Attaching") -> None:
        """Offer again the captions that were not sent in a panel that this one takes the place of."""
        self._captions = before._captions

    def _let_go(self, target: Target) -> None:
        """The files took what was answered and written along. Whatever else is there by now stays: another
        conversation's text, or one that could not be sent and came back."""
        self._captions.pop(target.conversation_id, None)
        composer = self._composer
        if composer.conversation_id != target.conversation_id or self._changes_a_message:
            return
        if target.answered is not None and composer.context == target.answered:
            composer.end_context()
        if composer.text == target.written:
            self._bar.field.take_all()

    def _caption(self, target: Target) -> str:
        """What a caption begins with: what stands in the field, and what was not sent before."""
        began, left = self._captions.get(target.conversation_id, ("", ""))
        if began == target.written:
            return left or began
        return "\n".join(each for each in (target.written, left) if each)

    def _keep_caption(self, target: Target) -> None:
        if self.dialog is None:
            return
        caption = self.dialog.field.toPlainText()
        if caption != target.written:
            self._captions[target.conversation_id] = (target.written, caption)
        else:
            self._captions.pop(target.conversation_id, None)

    def _refused(self, words: str) -> None:
        if self.dialog is not None:
            self.dialog.refuse(words)
        else:
            self._composer.failed.emit(words)

    @property
    def _changes_a_message(self) -> bool:
        context = self._composer.context
        return context is not None and context.editing

    def _finished(self) -> None:
        self.dialog = None
        for path in self._kept:
            path.unlink(missing_ok=True)  # nobody sent it
        self._kept.clear()
        self._bar.field.setFocus()
