"""The round button with an icon and no words."""

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QToolButton, QWidget


def tool_button(name: str, parent: QWidget, size: int = 36, icon_px: int = 20) -> QToolButton:
    """A button whose ``name`` is its tooltip, and what a screen reader says. Its icon is its owner's to set,
    in the scheme's colours."""
    button = QToolButton(parent)
    button.setFixedSize(size, size)
    button.setIconSize(QSize(icon_px, icon_px))
    button.setAccessibleName(name)
    button.setToolTip(name)
    return button
