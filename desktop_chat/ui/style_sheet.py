"""The style sheet, written from the colour tokens. A ``role`` property names what a widget is."""

from typing import TYPE_CHECKING

from desktop_chat.ui import icons

if TYPE_CHECKING:
    from desktop_chat.ui.theme import Tokens

_TEMPLATE = """
QWidget {{ font-size: 14px; outline: none; }}
QMainWindow, QDialog, QWidget[role="panel"] {{ background: {panel}; }}
QWidget[role="sidebar"] {{ background: {sidebar}; }}
QWidget[role="rail"] {{ background: {sidebar}; border-{end}: 1px solid {line}; }}
QWidget[role="header"] {{ background: {panel}; border: none; border-bottom: 1px solid {line}; }}
QWidget[role="footer"] {{ background: {panel}; border: none; border-top: 1px solid {line}; }}
QSplitter::handle {{ background: {line}; }}
QSplitter::handle:horizontal {{ width: 1px; }}

QLabel {{ background: transparent; color: {text}; }}
QLabel[role="title"] {{ font-size: 22px; font-weight: 700; }}
QLabel[role="welcome"] {{ font-size: 26px; font-weight: 700; }}
QLabel[role="name"] {{ font-size: 15px; font-weight: 600; }}
QLabel[role="heading"] {{ font-size: 16px; font-weight: 600; }}
QLabel[role="muted"] {{ color: {muted}; }}
QLabel[role="small"] {{ color: {muted}; font-size: 12px; }}
QLabel[role="small"][online="true"] {{ color: {online_text}; }}
QLabel[role="error"] {{ color: {danger}; }}
QLabel[role="key"] {{ background: {field}; border-radius: 5px; padding: 2px 7px; font-size: 12px; }}
QLabel[role="context-title"] {{ color: {link}; font-size: 12px; font-weight: 600; }}
QWidget[role="context"] {{ background: {field}; border-{start}: 3px solid {accent}; border-radius: 6px; }}
QLabel[role="empty"] {{ background: {timeline}; color: {muted}; }}
QLabel[role="no-writing"] {{ background: {panel}; color: {muted}; border-top: 1px solid {line};
    min-height: 56px; }}
QLabel[role="refusal"] {{ background: {panel}; color: {danger}; border-top: 1px solid {line};
    padding: 8px 16px; }}
QLabel[role="address"] {{ background: {field}; border-radius: 8px; padding: 10px 12px; }}
QFrame[role="pill-frame"] {{ background: {panel}; border: 1px solid {line}; border-radius: 15px;
    min-height: 28px; }}
QLabel[role="pill-words"] {{ color: {muted}; font-size: 12px; font-weight: 500; }}

QLineEdit {{ background: {field}; border: 2px solid {field}; border-radius: 17px; padding: 0 12px;
    color: {text};
    min-height: 30px; selection-background-color: {selection}; selection-color: {text}; }}
QLineEdit:focus {{ border-color: {accent}; background: {panel}; }}
QLineEdit[role="search"] {{ padding-{start}: 8px; }}
QLineEdit[role="form"] {{ border-radius: 10px; min-height: 36px; padding: 0 10px; }}
QLineEdit[role="quiet"], QLineEdit[role="quiet-title"] {{ background: transparent;
    border-color: transparent; border-radius: 10px; }}
QLineEdit[role="quiet-title"] {{ font-size: 18px; font-weight: 600; }}
QLineEdit[role="quiet"]:focus, QLineEdit[role="quiet-title"]:focus {{ border-color: {accent}; }}
QLineEdit:read-only {{ border-color: transparent; }}
QComboBox, QSpinBox, QTimeEdit {{ background: {field}; color: {text}; border: 2px solid {field};
    border-radius: 9px; padding: 3px 10px; min-height: 24px; }}
QComboBox::drop-down {{ border: none; width: 24px; }}
QSpinBox, QTimeEdit {{ padding-{end}: 2px; }}
QSpinBox::up-button, QSpinBox::down-button, QTimeEdit::up-button, QTimeEdit::down-button {{
    border: none; border-radius: 5px; width: 22px; }}
QSpinBox::up-button:hover, QSpinBox::down-button:hover,
QTimeEdit::up-button:hover, QTimeEdit::down-button:hover {{ background: {row_selected}; }}
QComboBox:focus, QSpinBox:focus, QTimeEdit:focus {{ border-color: {accent}; }}
QComboBox:disabled, QSpinBox:disabled, QTimeEdit:disabled {{ color: {faint}; }}
QComboBox QAbstractItemView {{ background: {panel}; color: {text}; selection-background-color: {row_selected};
    selection-color: {text}; }}
QScrollArea, QScrollArea > QWidget > QWidget {{ background: {panel}; }}
QCheckBox {{ color: {text}; spacing: 9px; border: 2px solid transparent; border-radius: 8px;
    padding: 2px 4px; }}
QCheckBox:focus {{ border-color: {accent}; }}
QCheckBox::indicator {{ width: 16px; height: 16px; border: 2px solid {muted}; border-radius: 5px;
    background: {field}; }}
QCheckBox::indicator:checked {{ background: {badge}; border-color: {badge}; image: url("{tick}"); }}
QCheckBox:disabled {{ color: {muted}; }}
QCheckBox::indicator:disabled {{ border-color: {line}; }}
QCheckBox::indicator:checked:disabled {{ background: {faint}; border-color: {faint}; }}
QWidget[role="field"] {{ background: {field}; border: 2px solid {field}; border-radius: 20px; }}
QWidget[role="field"][focused="true"] {{ border-color: {accent}; background: {field_focus}; }}
QPlainTextEdit[role="composer"] {{ background: transparent; border: none; color: {text};
    font-size: {text_px}px;
    selection-background-color: {selection}; selection-color: {text}; }}

QPushButton {{ background: {field}; color: {text}; border: 2px solid {field}; border-radius: 10px;
    padding: 0 16px; min-height: 34px; font-weight: 500; }}
QPushButton:hover {{ background: {field_focus}; border-color: {field_focus}; }}
QPushButton:focus {{ border-color: {accent}; }}
QPushButton[role="primary"] {{ background: {badge}; color: {on_accent}; border-color: {badge};
    font-weight: 600; }}
QPushButton[role="primary"]:hover {{ background: {own_bottom}; }}
QPushButton[role="primary"]:focus {{ border-color: {text}; }}
QPushButton[role="danger"] {{ color: {danger}; }}
QPushButton[role="danger-primary"] {{ background: {danger_back}; color: #FFFFFF; border-color: {danger_back};
    font-weight: 600; }}
QPushButton[role="danger-primary"]:focus {{ border-color: {text}; }}
QPushButton:disabled, QPushButton[role="primary"]:disabled,
QPushButton[role="danger"]:disabled, QPushButton[role="danger-primary"]:disabled {{
    background: {field}; border-color: {field}; color: {faint}; }}
QPushButton[role="row"] {{ background: transparent; border: 2px solid transparent; border-radius: 10px;
    color: {muted}; text-align: left; padding: 0 14px; margin: 0 8px; min-height: 30px; }}
QPushButton[role="row"]:hover {{ background: {row_hover}; border-color: {row_hover}; }}
QPushButton[role="row"]:focus {{ border-color: {accent}; }}
QPushButton[role="link"] {{ background: transparent; border: 2px solid transparent; border-radius: 6px;
    color: {link}; padding: 0 4px; min-height: 18px; font-size: 12px; font-weight: 600; }}
QPushButton[role="link"]:hover {{ text-decoration: underline; }}
QPushButton[role="link"]:focus {{ border-color: {accent}; }}
QToolButton {{ background: transparent; border: 2px solid transparent; border-radius: 18px; padding: 0; }}
QToolButton:hover {{ background: {row_hover}; }}
QToolButton:focus {{ border-color: {accent}; }}
QCalendarWidget QWidget {{ background: {panel}; color: {text}; }}
QCalendarWidget QAbstractItemView {{ background: {panel}; outline: none; }}
QCalendarWidget QToolButton {{ border-radius: 9px; padding: 4px 8px; font-weight: 600; }}
QFrame[role="popup"] {{ background: {panel}; border: 1px solid {line}; border-radius: 12px; }}
QFrame[role="popup"] QListView {{ background: transparent; }}
QFrame[role="toolbar"] {{ background: {panel}; border: 1px solid {line}; border-radius: 19px; }}
QToolButton[role="emoji"] {{ border-radius: 10px; }}
QToolButton::menu-indicator {{ image: none; }}

QFrame[role="card"] {{ background: {sidebar}; border: 1px solid {line}; border-radius: 16px; }}
QListView {{ background: transparent; border: none; outline: none; }}

QScrollBar:vertical {{ background: transparent; width: 8px; margin: 2px 1px 2px 1px; }}
QScrollBar::handle:vertical {{ background: {scroll}; border-radius: 3px; min-height: 36px; }}
QScrollBar::handle:vertical:hover, QScrollBar::handle:vertical:pressed {{ background: {scroll_hover}; }}
QScrollBar::handle:vertical:disabled {{ background: transparent; }}
QScrollBar::add-line, QScrollBar::sub-line {{ height: 0; width: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}

QMenu {{ background: {panel}; border: 1px solid {line}; padding: 5px; color: {text}; }}
QMenu::item {{ padding: 7px 14px; padding-{end}: 26px; border-radius: 6px; }}
QMenu::item:selected {{ background: {row_selected}; }}
QMenu::item:disabled {{ color: {faint}; }}
QMenu::separator {{ height: 1px; background: {line}; margin: 5px 8px; }}
QDialogButtonBox {{ dialogbuttonbox-buttons-have-icons: 0; }}
QToolTip {{ background: {panel}; color: {text}; border: 1px solid {line}; padding: 4px 8px; }}
"""


def style_sheet(tokens: "Tokens", text_px: int, *, right_to_left: bool = False) -> str:
    """The whole application's style sheet in these colours, with what is written in this size. Qt mirrors
    layouts where windows are read from right to left, but no side that a style sheet names."""
    names = {name: _css(value) for name, value in vars(tokens).items() if isinstance(value, str)}
    # The dot's green is too pale for small text on white.
    names["online_text"] = tokens.online if tokens.dark else "#12824D"
    # And the danger of words on a dark panel too pale for white words on it.
    names["danger_back"] = "#C93A32"
    names["tick"] = icons.path("tick")
    start, end = ("right", "left") if right_to_left else ("left", "right")
    return _TEMPLATE.format(**names, text_px=text_px, start=start, end=end)


def _css(color: str) -> str:
    if len(color) != 9:
        return color
    alpha, red, green, blue = (int(color[at : at + 2], 16) for at in (1, 3, 5, 7))
    return f"rgba({red}, {green}, {blue}, {alpha})"
