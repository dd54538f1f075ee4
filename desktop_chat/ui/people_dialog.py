"""Choosing several people: for a new group, or to be brought into one."""

from itertools import pairwise

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QDialog, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from desktop_chat.language import tr, trc, trn
from desktop_chat.protocol.limits import ADD_MEMBERS_MAX, TITLE_MAX_CHARS
from desktop_chat.ui import theme
from desktop_chat.ui.avatar import Subject
from desktop_chat.ui.person_delegate import PersonDelegate
from desktop_chat.ui.pick_list import PickList
from desktop_chat.ui.plain_label import PlainLabel, set_role_state
from desktop_chat.ui.portrait_button import PortraitButton
from desktop_chat.ui.portrait_choosing import PortraitChoosing
from desktop_chat.viewmodels import safe_text, wording
from desktop_chat.viewmodels.new_group import NewGroup
from desktop_chat.viewmodels.people_picker import PeoplePicker


class PeopleDialog(QDialog):
    """People to pick, who is picked in words, and a button that goes on."""

    def __init__(self, title: str, go: str, picker: PeoplePicker, look: theme.Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.picker = picker
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.resize(420, 580)
        self.pick = PickList(picker, tr("Name or user name"), tr("Find people"), tr("People"), self)
        self.pick.set_delegate(PersonDelegate(look, self.pick))
        self.words = PlainLabel("", "muted", self)
        self.words.setWordWrap(True)
        self.pick.between.addWidget(self.words)
        cancel = QPushButton(tr("Cancel"), self)
        cancel.setAutoDefault(False)
        self.go = QPushButton(go, self)
        self.go.setProperty("role", "primary")
        self.go.setAutoDefault(False)
        cancel.clicked.connect(self.reject)
        buttons = QHBoxLayout()
        buttons.setContentsMargins(16, 0, 16, 0)
        buttons.addStretch()
        buttons.addWidget(cancel)
        buttons.addWidget(self.go)
        heading = PlainLabel(title, "heading", self)
        heading.setContentsMargins(16, 0, 16, 0)
        self.head = QVBoxLayout()
        """Room for what stands above the people."""
        self.head.setContentsMargins(16, 0, 16, 0)
        self.head.setSpacing(10)
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 20, 4, 14)
        column.setSpacing(12)
        column.addWidget(heading)
        column.addLayout(self.head)
        column.addWidget(self.pick, 1)
        column.addLayout(buttons)
        self.pick.setFocus()
        self.pick.queried.connect(picker.set_query)
        self.pick.picked.connect(self._choose)
        picker.chosen_changed.connect(self.say_chosen)
        picker.status_changed.connect(self._say_status)
        self.finished.connect(picker.close)
        picker.refresh()
        self.say_chosen()

    def _choose(self, row: int) -> None:
        self.picker.choose(row)
        self.pick.start_over()

    def say_chosen(self) -> None:
        """Who is picked."""
        names = [wording.person(each) for each in self.picker.chosen]
        self.say(wording.enumerated(names) if names else tr("Nobody chosen yet"))

    def say(self, words: str, *, error: bool = False) -> None:
        """Say something in place of who is picked."""
        set_role_state(self.words, "role", "error" if error else "muted")
        self.words.setText(words)

    def _say_status(self, words: str) -> None:
        if words:
            self.say(words)
        else:
            self.say_chosen()


class AddPeopleDialog(PeopleDialog):
    """``chosen`` tells the ids of those to bring in."""

    chosen = Signal(tuple)

    def __init__(self, picker: PeoplePicker, look: theme.Theme, parent: QWidget) -> None:
        super().__init__(tr("Add people"), trc("button", "Add"), picker, look, parent)
        picker.setParent(self)
        self.go.clicked.connect(self._add)

    def _add(self) -> None:
        ids = tuple(each.user_id for each in self.picker.chosen)
        if not ids:
            self.say(tr("Choose somebody first."), error=True)
        elif len(ids) > ADD_MEMBERS_MAX:
            words = trn(
                "At most {count} person can be added at a time.",
                "At most {count} people can be added at a time.",
                count=ADD_MEMBERS_MAX,
            )
            self.say(words, error=True)
        else:
            self.chosen.emit(ids)
            self.accept()


class GroupDialog(PeopleDialog):
    """A name, people, and whether it is a notice board; ``conversation_opened`` tells the group once made."""

    conversation_opened = Signal(int)

    def __init__(self, group: NewGroup, look: theme.Theme, parent: QWidget) -> None:
        super().__init__(tr("New group"), trc("button", "Create"), group.people, look, parent)
        self._group = group
        group.setParent(self)
        self.title_field = QLineEdit(self)
        self.title_field.setPlaceholderText(tr("Name of the group"))
        self.title_field.setAccessibleName(tr("Name of the group"))
        self.title_field.setMaxLength(TITLE_MAX_CHARS)
        self.board = QCheckBox(tr("Notice board: only owners and admins write"), self)
        self.portrait = PortraitButton(52, tr("Picture of the group"), look, self)
        self.portrait.set_changeable(True)
        PortraitChoosing(self.portrait, group.portrait, look.portraits, self)
        lines = QVBoxLayout()
        lines.setSpacing(8)
        lines.addWidget(self.title_field)
        lines.addWidget(self.board)
        row = QHBoxLayout()
        row.setSpacing(14)
        row.addWidget(self.portrait, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(lines, 1)
        self.head.addLayout(row)
        for before, after in pairwise((self.portrait, self.title_field, self.board, self.pick.field)):
            QWidget.setTabOrder(before, after)
        QWidget.setTabOrder(self.pick.field, self.pick.list)
        self.title_field.setFocus()
        self.title_field.returnPressed.connect(self.pick.setFocus)
        self.go.clicked.connect(self._make)
        self.finished.connect(group.close)
        group.opened.connect(self._opened)
        group.failed.connect(self._failed)
        group.portrait.failed.connect(self._failed)
        group.portrait.busy_changed.connect(self._say_busy)
        group.portrait_changed.connect(self._show_portrait)
        self.title_field.textChanged.connect(self._show_portrait)
        self._show_portrait()

    def _make(self) -> None:
        self._group.make(self.title_field.text(), board=self.board.isChecked())

    def _show_portrait(self) -> None:
        title = safe_text.one_line(self.title_field.text().strip()) or tr("Group")
        self.portrait.show_subject(Subject(-1, title, portrait=self._group.file_id))

    def _say_busy(self, words: str) -> None:
        if words:
            self.say(words)
        else:
            self.say_chosen()

    def _opened(self, conversation_id: int) -> None:
        self.conversation_opened.emit(conversation_id)
        self.accept()

    def _failed(self, words: str) -> None:
        self.say(words, error=True)
