"""The look: one table of colours per scheme, which palette, style sheet and painters all take from."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from desktop_chat.ui import mirroring
from desktop_chat.ui.portraits import Portraits
from desktop_chat.ui.style_sheet import style_sheet

ThemeChoice = Literal["system", "light", "dark"]

TEXT_PX = 14
SMALL_PX = 11
_FAMILIES = ("Inter", "SF Pro Text", "Segoe UI Variable", "Segoe UI", "Noto Sans", "Cantarell", "DejaVu Sans")
# Named, or the fallback may pick a monochrome face.
_EMOJI_FAMILIES = ("Noto Color Emoji", "Apple Color Emoji", "Segoe UI Emoji")


@dataclass(frozen=True)
class Tokens:
    """The colours of one scheme, each named for its use."""

    dark: bool
    sidebar: str
    panel: str
    timeline: str
    line: str
    field: str
    field_focus: str
    text: str
    muted: str
    faint: str
    accent: str
    accent_hover: str
    on_accent: str
    row_hover: str
    row_selected: str
    bubble: str
    bubble_shadow: str
    own_top: str
    own_bottom: str
    on_own: str
    on_own_muted: str
    own_selection: str
    selection: str
    link: str
    pill: str
    on_pill: str
    badge: str
    online: str
    danger: str
    on_own_danger: str
    mark: str
    scroll: str
    scroll_hover: str

    def color(self, name: str) -> QColor:
        """A colour by its field's name; ``#AARRGGBB`` carries its alpha."""
        return QColor(getattr(self, name))


LIGHT = Tokens(
    dark=False,
    sidebar="#F7F8FA",
    panel="#FFFFFF",
    timeline="#ECEFF4",
    line="#E2E5EA",
    field="#ECEEF2",
    field_focus="#E6E9EF",
    text="#14171C",
    muted="#626A76",
    faint="#6E7682",
    accent="#2F74F0",
    accent_hover="#2565DB",
    on_accent="#FFFFFF",
    row_hover="#EEF0F4",
    row_selected="#E1EBFD",
    bubble="#FFFFFF",
    bubble_shadow="#1A2A3A52",
    own_top="#3D82F7",
    own_bottom="#2F72EE",
    on_own="#FFFFFF",
    on_own_muted="#E4EEFF",
    own_selection="#66001E5C",
    selection="#BBD5FE",
    link="#1F63DD",
    pill="#E0E4EA",
    on_pill="#4F5866",
    badge="#2F74F0",
    online="#1DAF6B",
    danger="#D4352C",
    on_own_danger="#D4352C",
    mark="#FFE9A8",
    scroll="#33454F5F",
    scroll_hover="#66454F5F",
)

DARK = Tokens(
    dark=True,
    sidebar="#1A1D23",
    panel="#191C22",
    timeline="#101216",
    line="#292D35",
    field="#262A32",
    field_focus="#2B303A",
    text="#E9EBEF",
    muted="#98A0AC",
    faint="#8B93A0",
    accent="#5C97FF",
    accent_hover="#75A7FF",
    on_accent="#FFFFFF",
    row_hover="#22262E",
    row_selected="#263754",
    bubble="#23272F",
    bubble_shadow="#00000000",
    own_top="#3478F0",
    own_bottom="#2A69DE",
    on_own="#FFFFFF",
    on_own_muted="#D3E2FF",
    own_selection="#66001E5C",
    selection="#2F4B7D",
    link="#7FB0FF",
    pill="#23272F",
    on_pill="#A9B1BD",
    badge="#3B7DF2",
    online="#2CC57E",
    danger="#FF6B62",
    on_own_danger="#FF6B62",
    mark="#5A4A12",
    scroll="#40AEB8C6",
    scroll_hover="#70AEB8C6",
)


def tokens_for(choice: ThemeChoice) -> Tokens:
    """The colours for a choice; a system that does not say what it is gets the light ones."""
    if choice == "system":
        scheme = QGuiApplication.styleHints().colorScheme()
        return DARK if scheme == Qt.ColorScheme.Dark else LIGHT
    return DARK if choice == "dark" else LIGHT


@lru_cache(maxsize=32)
def font(pixels: int = TEXT_PX, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """The app's font at a size in pixels; shared, so not to be changed. Unhinted, so that text is as wide
    at 1x as at 2x."""
    made = QFont(QApplication.font())
    made.setPixelSize(pixels)
    made.setWeight(weight)
    return made


def _base_font() -> QFont:
    installed = set(QFontDatabase.families())
    families = [name for name in _FAMILIES if name in installed][:1]
    families += [name for name in _EMOJI_FAMILIES if name in installed][:1]
    made = QFont()
    if families:
        made.setFamilies(families)
    made.setPixelSize(TEXT_PX)
    made.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return made


def _palette(tokens: Tokens) -> QPalette:
    palette = QPalette()
    role = QPalette.ColorRole
    for each, name in (
        (role.Window, "panel"),
        (role.Base, "panel"),
        (role.AlternateBase, "sidebar"),
        (role.Button, "field"),
        (role.WindowText, "text"),
        (role.Text, "text"),
        (role.ButtonText, "text"),
        (role.PlaceholderText, "faint"),
        (role.Highlight, "selection"),
        (role.HighlightedText, "text"),
        (role.ToolTipBase, "panel"),
        (role.ToolTipText, "text"),
        (role.Link, "link"),
        (role.Mid, "line"),
    ):
        palette.setColor(each, tokens.color(name))
    for each in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, each, tokens.color("faint"))
    return palette


class Theme(QObject):
    """The look of the application, made once. Painters read ``tokens`` and repaint on ``changed``; what
    people look like is in ``portraits``, which tells its own changes."""

    changed = Signal()

    def __init__(
        self,
        application: QApplication,
        choice: ThemeChoice = "system",
        text_px: int = TEXT_PX,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent or application)
        self._application = application
        self._choice: ThemeChoice = choice
        self._text_px = text_px
        self.portraits = Portraits(self)
        application.setStyle("Fusion")
        application.setFont(_base_font())
        font.cache_clear()
        self.tokens = tokens_for(choice)
        self._apply()
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._system_changed)
        application.layoutDirectionChanged.connect(self._apply)

    @property
    def choice(self) -> ThemeChoice:
        """What the person chose."""
        return self._choice

    @property
    def text_px(self) -> int:
        """How large messages are written, in pixels."""
        return self._text_px

    def set_text_px(self, text_px: int) -> None:
        """Write messages in another size, at once."""
        if text_px != self._text_px:
            self._text_px = text_px
            self._apply()

    def choose(self, choice: ThemeChoice) -> None:
        """Take another look, at once."""
        self._choice = choice
        wanted = tokens_for(choice)
        if wanted is not self.tokens:
            self.tokens = wanted
            self._apply()

    def _system_changed(self) -> None:
        self.choose(self._choice)

    def _apply(self) -> None:
        self._application.setPalette(_palette(self.tokens))
        rtl = mirroring.mirrored()
        self._application.setStyleSheet(style_sheet(self.tokens, self._text_px, right_to_left=rtl))
        self.changed.emit()
