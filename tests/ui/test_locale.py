"""Qt speaks the language that the app speaks."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QDate, QLocale, Qt, QTime
from PySide6.QtWidgets import QApplication, QDialogButtonBox

from desktop_chat import language
from desktop_chat.ui.locale import locale_of, speak


@pytest.fixture(autouse=True)
def as_before(qapp: QApplication) -> Iterator[None]:
    before = QLocale()
    yield
    speak(qapp, language.SOURCE)
    QLocale.setDefault(before)


def cancel() -> str:
    """What Qt itself writes on a button."""
    box = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
    return box.buttons()[0].text().replace("&", "")


def test_words_dates_and_side_follow_the_language(qapp: QApplication) -> None:
    assert speak(qapp, "de")
    assert cancel() == "Abbrechen"
    assert QLocale().dayName(6) == "Samstag"
    assert qapp.layoutDirection() is Qt.LayoutDirection.LeftToRight
    assert speak(qapp, "ar")
    assert cancel() == "ألغِ"
    assert qapp.layoutDirection() is Qt.LayoutDirection.RightToLeft
    assert speak(qapp, "en")
    assert cancel() == "Cancel"
    assert qapp.layoutDirection() is Qt.LayoutDirection.LeftToRight


def test_the_same_language_again_is_no_change(qapp: QApplication) -> None:
    assert speak(qapp, "de")
    assert not speak(qapp, "de")


def test_a_choice_of_another_version_is_what_the_system_speaks(qapp: QApplication) -> None:
    system = language.best_of(QLocale.system().uiLanguages())
    speak(qapp, "de")
    speak(qapp, "tlh")
    assert language.spoken() == system


@pytest.mark.parametrize(
    ("code", "system", "name"),
    [
        ("de", "de_AT", "de_AT"),
        ("de", "en_US", "de_DE"),
        ("en", "de_DE", "en_DE"),
        ("en", "C", "C"),
        ("en", "en_GB", "en_GB"),
    ],
)
def test_dates_are_written_as_the_system_has_them(code: str, system: str, name: str) -> None:
    assert locale_of(code, QLocale(system)).name() == name


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"LANG": "en_US.UTF-8", "LC_TIME": "de_DE.UTF-8"}, "Tuesday 14:05"),
        ({"LANG": "de_DE.UTF-8", "LANGUAGE": "ar"}, "Tuesday 14:05"),
        ({"LANG": "en_US.UTF-8"}, "Tuesday 2:05\u202fPM"),
        ({"LANG": "de_DE.UTF-8", "LC_ALL": "en_GB.UTF-8"}, "Tuesday 14:05"),
    ],
)
def test_the_region_says_how_and_the_language_in_which_words(
    qapp: QApplication, environment: dict[str, str], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LC_ALL", "LC_TIME", "LANG", "LANGUAGE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    speak(qapp, "en")
    assert (
        QLocale().dayName(2) + " " + QLocale().toString(QTime(14, 5), QLocale.FormatType.ShortFormat) == words
    )


@pytest.mark.parametrize("system", ["ar_EG", "de_DE", "ar_MA"])
def test_arabic_dates_have_the_digits_of_the_counts_beside_them(system: str) -> None:
    words = locale_of("ar", QLocale(system)).toString(QDate(2026, 11, 14), "dddd, d MMMM")
    assert "14" in words
    assert words.startswith("السبت")
