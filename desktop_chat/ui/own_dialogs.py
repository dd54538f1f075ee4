"""What lies over an account's view is on screen only with it: over another account's it would ask and show
what has nothing to do with what is seen there."""

from PySide6.QtWidgets import QDialog, QWidget

_AWAY = "away"
"""A property of dialogs that are to be on screen, and wait for their account."""


def open_over(view: QWidget, dialog: QDialog) -> None:
    """Open a dialog of an account, or have it wait until the account's view is on screen."""
    if view.isVisibleTo(view.window()):
        dialog.open()
    else:
        dialog.setProperty(_AWAY, True)


def put_away(view: QWidget) -> None:
    """Have the dialogs of an account wait, as they are; it is about to leave the screen."""
    from desktop_chat.ui.picture_viewer import PictureViewer

    for viewer in view.window().findChildren(PictureViewer):
        viewer.close()
    for dialog in reversed(view.findChildren(QDialog)):
        if dialog.isVisible():
            dialog.setProperty(_AWAY, True)
            dialog.hide()


def bring_back(view: QWidget) -> None:
    """Open what waits for an account that is on screen again."""
    for dialog in view.findChildren(QDialog):
        if dialog.property(_AWAY):
            dialog.setProperty(_AWAY, False)
            dialog.open()


def close_all(view: QWidget) -> None:
    """End the dialogs of an account, for good; what they wait for is told to nobody."""
    for dialog in view.findChildren(QDialog):
        if dialog.property(_AWAY):
            dialog.reject()  # one that is not on screen would tell nobody that it closes
        else:
            dialog.close()
