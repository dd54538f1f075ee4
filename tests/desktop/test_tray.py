"""The tray's icon and menu. How it appears in a real tray is tested in tests/e2e."""

from PySide6.QtGui import QColor, QIcon, QPixmap
from PySide6.QtWidgets import QApplication, QSystemTrayIcon
from pytestqt.qtbot import QtBot

from desktop_chat.desktop.tray import ICON_SIZES_PX, Tray, badged_icon


def plain_icon() -> QIcon:
    pixmap = QPixmap(64, 64)
    pixmap.fill(QColor("#0000ff"))
    return QIcon(pixmap)


def test_the_badge_is_painted_at_every_size(qapp: QApplication) -> None:
    plain = plain_icon()
    for count in (1, 12, 100):
        icon = badged_icon(plain, count)
        assert sorted(size.width() for size in icon.availableSizes()) == sorted(ICON_SIZES_PX)
        for size in ICON_SIZES_PX:
            image = icon.pixmap(size, size).toImage()
            corner = image.pixelColor(round(size * 0.75), round(size * 0.9))
            assert corner.red() > corner.blue(), (count, size)
            assert image.pixelColor(1, 1).blue() == 255


def test_nothing_unread_leaves_the_icon_plain(qapp: QApplication) -> None:
    plain = plain_icon()
    assert badged_icon(plain, 0) is plain


def test_do_not_disturb_greys_the_badge(qapp: QApplication) -> None:
    image = badged_icon(plain_icon(), 1, quiet=True).pixmap(16, 16).toImage()
    colour = image.pixelColor(12, 12)
    assert abs(colour.red() - colour.blue()) < 40


def menu_actions(tray: Tray) -> dict[str, object]:
    menu = tray.findChild(QSystemTrayIcon).contextMenu()
    return {action.text(): action for action in menu.actions() if action.text()}


def test_the_menu_asks(qtbot: QtBot) -> None:
    tray = Tray(plain_icon(), "desktop-chat")
    actions = menu_actions(tray)
    assert list(actions) == ["Open", "Do not disturb", "Quit"]
    with qtbot.waitSignal(tray.open_asked):
        actions["Open"].trigger()
    with qtbot.waitSignal(tray.quit_asked):
        actions["Quit"].trigger()
    with qtbot.waitSignal(tray.do_not_disturb_asked) as asked:
        actions["Do not disturb"].trigger()
    assert asked.args == [True]
    with qtbot.assertNotEmitted(tray.do_not_disturb_asked):
        tray.set_do_not_disturb(False)
    assert not actions["Do not disturb"].isChecked()


def test_the_tool_tip_tells_what_waits(qtbot: QtBot) -> None:
    tray = Tray(plain_icon(), "desktop-chat")
    icon = tray.findChild(QSystemTrayIcon)
    assert icon.toolTip() == "desktop-chat"
    tray.set_unread(3)
    assert icon.toolTip() == "desktop-chat: 3 unread"
    tray.set_unread(0)
    assert icon.toolTip() == "desktop-chat"


def test_without_a_tray_it_is_said(qapp: QApplication) -> None:
    assert Tray.available() is False
