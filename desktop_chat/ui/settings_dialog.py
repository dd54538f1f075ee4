"""The settings: one dialog, searchable, and every choice takes effect at once."""

from typing import Any

from PySide6.QtCore import Qt, QTime, Signal
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from desktop_chat.core.folding import fold
from desktop_chat.language import LANGUAGES, tr, trc
from desktop_chat.protocol.limits import ABOUT_MAX_CHARS, DISPLAY_NAME_MAX_CHARS
from desktop_chat.settings import SYSTEM_LANGUAGE, TEXT_PX_MAX, TEXT_PX_MIN
from desktop_chat.ui import theme
from desktop_chat.ui.avatar import Subject
from desktop_chat.ui.plain_label import PlainLabel, set_role_state
from desktop_chat.ui.portrait_button import PortraitButton
from desktop_chat.ui.portrait_choosing import PortraitChoosing
from desktop_chat.ui.settings_rows import Section, Switch
from desktop_chat.ui.value_fields import ChoiceField, NumberField, TimeField
from desktop_chat.viewmodels import safe_text, wording
from desktop_chat.viewmodels.preferences import Preferences

_THEMES = ("system", "light", "dark")


class SettingsDialog(QDialog):
    """Follows the choices while it is open."""

    devices_requested = Signal()
    password_requested = Signal()
    known_password_requested = Signal()
    """The password that this app made is to be seen."""
    deletion_requested = Signal()
    """The account is to be deleted: what that means is to be said first."""
    test_requested = Signal()
    """A test notification is to be sent."""

    def __init__(self, preferences: Preferences, look: theme.Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._preferences = preferences
        self._look = look
        preferences.setParent(self)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Settings"))
        self.resize(560, 680)
        self.field = QLineEdit(self)
        self.field.setPlaceholderText(tr("Search the settings"))
        self.field.setAccessibleName(tr("Search the settings"))
        self.field.setClearButtonEnabled(True)
        self._words = PlainLabel("", "muted", self)
        self._words.setWordWrap(True)
        self._words.hide()
        self._switches: dict[str, Switch] = {}
        inside = QWidget(self)
        self._sections = [
            self._profile(inside),
            self._appearance(inside),
            self._writing(inside),
            self._notifications(inside),
            self._privacy(inside),
            self._desktop(inside),
            self._account(inside),
        ]
        self._blocked = Section(tr("Blocked people"), inside)
        self._sections.append(self._blocked)
        column = QVBoxLayout(inside)
        column.setContentsMargins(20, 4, 20, 20)
        column.setSpacing(22)
        for section in self._sections:
            column.addWidget(section)
        # With a factor, or the cards would share in what few of them leave free.
        column.addStretch(1)
        scroll = QScrollArea(self)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inside)
        head = QVBoxLayout()
        head.setContentsMargins(20, 0, 20, 0)
        head.setSpacing(10)
        head.addWidget(PlainLabel(tr("Settings"), "title", self))
        head.addWidget(self.field)
        head.addWidget(self._words)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 18, 0, 0)
        outer.setSpacing(14)
        outer.addLayout(head)
        outer.addWidget(scroll, 1)
        self.field.textChanged.connect(self._search)
        preferences.changed.connect(self.refresh)
        preferences.failed.connect(self._say_error)
        preferences.portrait.failed.connect(self._say_error)
        preferences.portrait.busy_changed.connect(self._say_busy)
        preferences.invited.connect(self._say_invite)
        preferences.password_changed.connect(lambda: self._say(tr("The password was changed."), "small"))
        self.finished.connect(preferences.close)
        self.refresh()
        self.field.setFocus()

    def go_to_language(self) -> None:
        """Go on where the language was chosen."""
        self._language.setFocus()

    def refresh(self) -> None:
        """Show every choice as it is."""
        settings, shared = self._preferences.settings, self._preferences.account.settings
        for name, switch in self._switches.items():
            switch.setChecked(getattr(shared if name.startswith("share_") else settings, name))
        self._at_login.setChecked(self._preferences.starts_at_login)
        self._known_password.setVisible(bool(self._preferences.known_password))
        self._theme.setCurrentIndex(_THEMES.index(settings.theme))
        self._language.setCurrentIndex(max(0, self._language.findData(settings.language)))
        self._text_px.setValue(settings.text_px)
        own = self._preferences.own
        if own is not None:
            subject = Subject(own.user_id, wording.person(own), portrait=own.picture)
            self.portrait.show_subject(subject)
            for field, words in ((self._name, own.display_name), (self._about, own.about)):
                if not field.isModified():
                    field.setText(safe_text.one_line(words, ABOUT_MAX_CHARS))
        quiet = settings.quiet_from != settings.quiet_to
        self._quiet.setChecked(quiet)
        for edit, minute in ((self._from, settings.quiet_from), (self._to, settings.quiet_to)):
            edit.setEnabled(quiet)
            if quiet:
                edit.setTime(QTime(minute // 60, minute % 60))
        self._fill_blocked()
        self._search(self.field.text())

    def _profile(self, parent: QWidget) -> Section:
        section = Section(tr("Profile"), parent)
        self.portrait = PortraitButton(64, tr("Picture of you"), self._look, section)
        self.portrait.set_changeable(True)
        PortraitChoosing(self.portrait, self._preferences.portrait, self._look.portraits, self)
        section.add(tr("Picture"), tr("Everybody on this server can see it."), self.portrait)
        self._name = self._line(tr("Your name"), DISPLAY_NAME_MAX_CHARS, section)
        self._about = self._line(tr("About you"), ABOUT_MAX_CHARS, section)
        section.add(trc("profile", "Name"), tr("What others see."), self._name)
        section.add(trc("profile", "About"), tr("A few words about you."), self._about)
        self._name.editingFinished.connect(self._rename)
        self._about.editingFinished.connect(self._describe)
        return section

    def _appearance(self, parent: QWidget) -> Section:
        section = Section(tr("Appearance"), parent)
        self._theme = ChoiceField(self._look, section)
        self._theme.setAccessibleName(trc("settings", "Look"))
        for choice, words in zip(_THEMES, _theme_words(), strict=True):
            self._theme.addItem(words, choice)
        self._theme.activated.connect(lambda: self._choose(theme=self._theme.currentData()))
        section.add(trc("settings", "Look"), tr("Light, dark, or what the system has."), self._theme)
        self._language = ChoiceField(self._look, section)
        self._language.setAccessibleName(tr("Language"))
        self._language.addItem(tr("Same as the system"), SYSTEM_LANGUAGE)
        for code, each in LANGUAGES.items():
            self._language.addItem(each.name, code)
        self._language.activated.connect(lambda: self._choose(language=self._language.currentData()))
        section.add(tr("Language"), tr("What this app speaks."), self._language)
        self._text_px = NumberField(self._look, section)
        self._text_px.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._text_px.setRange(TEXT_PX_MIN, TEXT_PX_MAX)
        self._text_px.setSuffix(trc("settings", " px"))
        self._text_px.setAccessibleName(tr("Text size"))
        self._text_px.valueChanged.connect(self._resize_text)
        section.add(tr("Text size"), tr("Of messages, and of what you write."), self._text_px)
        return section

    def _writing(self, parent: QWidget) -> Section:
        section = Section(trc("settings", "Writing"), parent)
        self._switch(
            section,
            "enter_sends",
            tr("Enter sends"),
            tr("Shift+Enter breaks the line. Off: Ctrl+Enter sends."),
        )
        return section

    def _notifications(self, parent: QWidget) -> Section:
        section = Section(tr("Notifications"), parent)
        self._switch(section, "notifications", tr("Notifications"), tr("Tell about new messages."))
        self._switch(section, "do_not_disturb", tr("Do not disturb"), tr("Tell about nothing for now."))
        self._switch(
            section, "hide_text", tr("Hide the text"), tr("Say that there is a message, not what it says.")
        )
        self._switch(section, "hide_sender", tr("Hide the sender"), tr("Do not say who it is from either."))
        self._switch(
            section, "sound", trc("settings", "Sound"), tr("Where the desktop has one for messages.")
        )
        self._quiet = Switch(tr("Quiet hours"), self._look, section)
        self._quiet.toggled_by_hand.connect(self._toggle_quiet)
        times = QWidget(section)
        row = QHBoxLayout(times)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        self._from, self._to = TimeField(self._look, times), TimeField(self._look, times)
        for edit, name in ((self._from, tr("Quiet from")), (self._to, tr("Quiet until"))):
            edit.setAccessibleName(name)
            edit.setDisplayFormat("HH:mm")
            edit.setAlignment(Qt.AlignmentFlag.AlignCenter)
            edit.timeChanged.connect(self._change_quiet)
        # Translators: stands between two times of day: 22:00 to 07:00.
        to = PlainLabel(trc("settings", "to"), "muted", times)
        for widget in (self._from, to, self._to, self._quiet):
            row.addWidget(widget)
        section.add(tr("Quiet hours"), tr("Every day, nothing is told between these."), times)
        test = self._button(tr("Send a test"), section)
        test.clicked.connect(self.test_requested)
        section.add(trc("settings", "Test"), tr("See what shows notifications here."), test)
        return section

    def _privacy(self, parent: QWidget) -> Section:
        section = Section(tr("Privacy"), parent)
        for name, title, words in _shared():
            switch = Switch(title, self._look, section)
            switch.toggled_by_hand.connect(lambda on, name=name: self._preferences.share(**{name: on}))
            self._switches[name] = switch
            section.add(title, words, switch)
        return section

    def _desktop(self, parent: QWidget) -> Section:
        section = Section(trc("settings", "Desktop"), parent)
        self._switch(
            section, "close_to_tray", tr("Stay in the tray"), tr("Closing the window does not end the app.")
        )
        self._at_login = Switch(tr("Start at login"), self._look, section)
        self._at_login.toggled_by_hand.connect(self._preferences.start_at_login)
        self._at_login.setVisible(self._preferences.offers_start_at_login)
        if self._preferences.offers_start_at_login:
            section.add(
                tr("Start at login"), tr("Wait for messages in the tray, without a window."), self._at_login
            )
        return section

    def _account(self, parent: QWidget) -> Section:
        section = Section(tr("Account"), parent)
        section.add(tr("Server"), self._preferences.address)
        devices = self._button(tr("Devices…"), section)
        passwords = QWidget(section)
        row = QHBoxLayout(passwords)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        self._known_password = self._button(trc("button", "Show…"), passwords)
        self._known_password.setAccessibleName(tr("Show the password"))
        self._known_password.clicked.connect(self.known_password_requested)
        password = self._button(trc("button", "Change…"), passwords)
        row.addWidget(self._known_password)
        row.addWidget(password)
        devices.clicked.connect(self.devices_requested)
        password.clicked.connect(self.password_requested)
        section.add(tr("Devices"), tr("Where you are signed in."), devices)
        section.add(tr("Password"), "", passwords)
        invite = self._button(tr("Make an invite"), section)
        invite.clicked.connect(self._preferences.invite)
        section.add(tr("Invite somebody"), tr("A code that lets one person join this server."), invite)
        delete = self._button(tr("Delete account…"), section)
        delete.setProperty("role", "danger")
        delete.clicked.connect(self.deletion_requested)
        section.add(tr("Delete account"), tr("Your profile and your devices, for good."), delete)
        return section

    def _fill_blocked(self) -> None:
        self._blocked.remove_rows()
        people = self._preferences.blocked()
        for user in people:
            button = self._button(trc("button", "Unblock"), self._blocked)
            button.setAccessibleName(tr("Unblock {name}", name=wording.person(user)))
            button.clicked.connect(lambda _=False, id_=user.user_id: self._preferences.unblock(id_))
            self._blocked.add(wording.person(user), f"@{safe_text.one_line(user.user_name)}", button)
        if not people:
            self._blocked.add(trc("settings", "Nobody"), tr("You can block people from their profile."))

    def _switch(self, section: Section, name: str, title: str, words: str) -> None:
        switch = Switch(title, self._look, section)
        switch.toggled_by_hand.connect(lambda on: self._choose(**{name: on}))
        self._switches[name] = switch
        section.add(title, words, switch)

    def _line(self, name: str, length: int, parent: QWidget) -> QLineEdit:
        field = QLineEdit(parent)
        field.setProperty("role", "form")
        field.setMaxLength(length)
        field.setMinimumWidth(230)
        field.setAccessibleName(name)
        return field

    def _button(self, words: str, parent: QWidget) -> QPushButton:
        button = QPushButton(words, parent)
        button.setAutoDefault(False)
        return button

    def _choose(self, **choices: Any) -> None:
        self._words.hide()
        self._preferences.choose(**choices)

    def _resize_text(self, text_px: int) -> None:
        if text_px != self._preferences.settings.text_px:
            self._choose(text_px=text_px)

    def _rename(self) -> None:
        # Focus alone comes by here too, and a field shows one line of what may have several.
        if not self._name.isModified():
            return
        own = self._preferences.own
        name = self._name.text().strip()
        self._name.setModified(False)
        if own is not None and name != own.display_name:
            self._preferences.set_profile(display_name=name)

    def _describe(self) -> None:
        if not self._about.isModified():
            return
        own = self._preferences.own
        about = self._about.text().strip()
        self._about.setModified(False)
        if own is not None and about != own.about:
            self._preferences.set_profile(about=about)

    def _toggle_quiet(self, on: bool) -> None:
        self._choose(quiet_from=22 * 60 if on else 0, quiet_to=7 * 60 if on else 0)

    def _change_quiet(self) -> None:
        settings = self._preferences.settings
        if settings.quiet_from == settings.quiet_to:
            return
        minutes = [each.time().hour() * 60 + each.time().minute() for each in (self._from, self._to)]
        if minutes != [settings.quiet_from, settings.quiet_to] and minutes[0] != minutes[1]:
            self._choose(quiet_from=minutes[0], quiet_to=minutes[1])

    def _search(self, query: str) -> None:
        folded = fold(query.strip())
        found = [section.filter(folded) for section in self._sections]
        if not any(found):
            asked = safe_text.one_line(query, 40)
            self._say(tr("No setting is called “{query}”.", query=asked), "muted")
        elif self._words.property("role") == "muted":
            self._words.hide()

    def _say_busy(self, words: str) -> None:
        if words:
            self._say(words, "small")
        else:
            self._words.hide()

    def _say_error(self, words: str) -> None:
        self._say(words, "error")

    def _say_invite(self, code: str) -> None:
        self._words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._say(tr("Invite for one person: {code}", code=code), "address")

    def _say(self, words: str, role: str) -> None:
        set_role_state(self._words, "role", role)
        self._words.setText(words)
        self._words.show()


def _theme_words() -> tuple[str, ...]:
    """What each of ``_THEMES`` is called."""
    return tr("Same as the system"), trc("look", "Light"), trc("look", "Dark")


def _shared() -> tuple[tuple[str, str, str], ...]:
    """What others may be told: the setting, its name, and what it means."""
    return (
        ("share_read", tr("Read receipts"), tr("Others see that you have read their messages.")),
        (
            "share_delivered",
            tr("Delivery receipts"),
            tr("Others see that their messages have reached your devices."),
        ),
        ("share_typing", trc("settings", "Typing"), tr("Others see that you are writing.")),
        ("share_presence", tr("Online and last seen"), tr("Others see whether you are there.")),
    )
