"""Alerts inside the window."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolButton, QWidget

from desktop_chat.ui import avatar
from desktop_chat.ui.banner import Banner
from desktop_chat.ui.plain_label import ElidedLabel
from desktop_chat.ui.theme import Theme


@pytest.fixture
def banner(qapp: QApplication, look: Theme) -> Iterator[Banner]:
    window = QWidget()
    window.resize(900, 600)
    made = Banner(look, window)
    window.show()
    QTest.qWaitForWindowActive(window)
    yield made
    window.close()
    made.setParent(None)
    made.deleteLater()
    window.removeEventFilter(made)
    window.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def alert(banner: Banner, conversation_id: int = 7, text: str = "On the roof\nat two") -> None:
    banner.show_alert(conversation_id, 2**40, "Ada", text, avatar.png(7, "Ada", 96))


def test_it_stands_at_the_top_right_and_stays_there(banner: Banner) -> None:
    assert not banner.isVisible()
    alert(banner)
    assert banner.isVisible()
    assert banner.geometry().topRight() == QPoint(900 - 14 - 1, 14)
    assert banner.accessibleName() == "Ada: On the roof\nat two"
    banner.window().resize(320, 600)
    QApplication.processEvents()
    assert banner.geometry().left() == 14
    assert banner.geometry().right() == 320 - 14 - 1


def test_a_click_opens_its_message(banner: Banner) -> None:
    opened: list[tuple[int, int]] = []
    banner.opened.connect(lambda conversation_id, seq: opened.append((conversation_id, seq)))
    alert(banner)
    QTest.mouseClick(banner, Qt.MouseButton.LeftButton)
    assert opened == [(7, 2**40)]
    assert not banner.isVisible()
    alert(banner, 8)
    QTest.keyClick(banner, Qt.Key.Key_Return)
    assert opened[1:] == [(8, 2**40)]


def test_it_goes_when_read_dismissed_or_old(banner: Banner) -> None:
    alert(banner)
    banner.withdraw(8)
    assert banner.isVisible()
    banner.withdraw(7)
    assert not banner.isVisible()
    alert(banner)
    QTest.mouseClick(banner.findChildren(QToolButton)[0], Qt.MouseButton.LeftButton)
    assert not banner.isVisible()
    alert(banner)
    QTest.keyClick(banner, Qt.Key.Key_Escape)
    assert not banner.isVisible()
    alert(banner)
    assert banner._timer.isActive()
    banner._timer.timeout.emit()
    assert not banner.isVisible()


def test_it_says_what_its_message_says_now(banner: Banner) -> None:
    alert(banner)
    banner._timer.stop()
    banner.correct(7, 2**40 - 1, "Ada", "another message")
    banner.correct(8, 2**40, "Ada", "another conversation")
    assert banner.accessibleName() == "Ada: On the roof\nat two"
    banner.correct(7, 2**40, "Ada", "On the roof\nat three")
    assert banner.accessibleName() == "Ada: On the roof\nat three"
    assert [each.text() for each in banner.findChildren(ElidedLabel)] == ["Ada", "On the roof at three"]
    assert not banner._timer.isActive(), "nothing begins anew"
    banner.withdraw(7)
    banner.correct(7, 2**40, "Ada", "again")
    assert not banner.isVisible()


def test_its_time_runs_while_it_can_be_seen(banner: Banner) -> None:
    other = QWidget()
    other.show()
    other.activateWindow()
    QTest.qWaitForWindowActive(other)
    alert(banner)
    assert not banner._timer.isActive()
    other.close()
    banner.window().activateWindow()
    QTest.qWaitForWindowActive(banner.window())
    assert banner._timer.isActive()
