"""Has Qt speak the language that the app speaks: its own words, dates and numbers, and where lines begin."""

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
    QLocale.setDefault(locale_of(code, QLocale.system()))
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


def locale_of(code: str, system: QLocale) -> QLocale:
    """How dates and numbers are written in a language: as the system has it where that speaks the language
    too, otherwise as the language is written where the system is."""
    spoken = QLocale.codeToLanguage(code)
    if system.language() == spoken or (code == language.SOURCE and system.language() is QLocale.Language.C):
        found = system
    else:
        found = QLocale(spoken, system.territory())
    return found if found.zeroDigit() == "0" else _WITH_EUROPEAN_DIGITS.get(code, QLocale(spoken))
