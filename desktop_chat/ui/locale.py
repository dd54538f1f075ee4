"""Has Qt speak the language that the app speaks: its own words, dates and numbers, and where lines begin."""

import os
import sys

from PySide6.QtCore import QLibraryInfo, QLocale, Qt, QTranslator
from PySide6.QtWidgets import QApplication

from desktop_chat import language

# Counts in sentences are written with these digits, so dates are as well: Gulf states and the Maghreb do so.
_WITH_EUROPEAN_DIGITS = {"ar": QLocale(QLocale.Language.Arabic, QLocale.Country.UnitedArabEmirates)}


def speak(application: QApplication, choice: str) -> bool:
    """Speak a language of ``language.LANGUAGES``, or what the system does; whether that is another than
    before. What was made before keeps its words."""
    before = language.spoken()
    code = choice if choice in language.LANGUAGES else language.best_of(QLocale.system().uiLanguages())
    if code != before:
        language.use(code)
        code = language.spoken()  # another, where its catalogue cannot be read
    QLocale.setDefault(locale_of(code, _of_dates()))
    if code == before:
        return False
    for old in application.findChildren(QTranslator):
        application.removeTranslator(old)
        old.deleteLater()
    if code != language.SOURCE:
        translator = QTranslator(application)
        if translator.load(f"qtbase_{code}", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)):
            application.installTranslator(translator)
    rtl = language.right_to_left()
    application.setLayoutDirection(Qt.LayoutDirection.RightToLeft if rtl else Qt.LayoutDirection.LeftToRight)
    return True


def locale_of(code: str, dates: QLocale) -> QLocale:
    """How dates and times are written in a language where they are written as in ``dates``: in the language's
    words, in the order and by the clock of that region."""
    if code == language.SOURCE and dates.language() is QLocale.Language.C:
        return dates
    spoken = QLocale.codeToLanguage(code)
    # Not Qt's system locale: its words are those of whatever language the region has.
    found = QLocale(spoken, dates.territory())
    return found if found.zeroDigit() == "0" else _WITH_EUROPEAN_DIGITS.get(code, QLocale(spoken))


def _of_dates() -> QLocale:
    """The locale by which this system writes dates (POSIX.1-2017, section 8.2, where that holds)."""
    names = (os.environ.get(name) for name in ("LC_ALL", "LC_TIME", "LANG"))
    name = next(filter(None, names), "")
    return QLocale(name) if name and sys.platform == "linux" else QLocale.system()
