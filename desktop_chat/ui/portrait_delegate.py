"""What delegates that paint avatars have in common."""

from PySide6.QtWidgets import QStyledItemDelegate, QWidget

from desktop_chat.ui import theme


class PortraitDelegate(QStyledItemDelegate):
    """Paints rows with an avatar; the list that shows them repaints when a portrait comes."""

    def __init__(self, look: theme.Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look

    @property
    def look(self) -> theme.Theme:
        """Whose colours and portraits are painted."""
        return self._look
