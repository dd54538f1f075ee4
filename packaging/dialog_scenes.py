"""The dialogs for ``make screenshots``: how each is opened over a window."""

import asyncio
from collections.abc import Callable
from typing import Any

Opened = Callable[[Any], Any]
"""Opens something over an account's view and gives the widget to look at."""


def _newest(kind_of: Callable[[], type], open_it: Callable[[Any], object]) -> Opened:
    def opened(view: Any) -> Any:
        open_it(view)
        return view.findChildren(kind_of())[-1]

    return opened


def _dialog() -> type:
    from PySide6.QtWidgets import QDialog

    return QDialog


def _box() -> type:
    from PySide6.QtWidgets import QMessageBox

    return QMessageBox


def _newest_row(view: Any) -> Any:
    model = view.chat.timeline_model
    return model.row(model.rowCount() - 2)


def _find(view: Any) -> Any:
    view.chat.open_find()
    view.chat.find_bar.field.setText("the")
    return view


def _chosen(view: Any) -> Any:
    for row in (3, 4, 6):
        view.chat.timeline.choose(view.chat.timeline_model.message(row))
    return view


def _details(view: Any) -> Any:
    from desktop_chat.ui.facts_dialog import FactsDialog
    from desktop_chat.viewmodels.message_actions import Fact

    facts = [
        Fact("Written", "Today 09:15:02, on this device"),
        Fact("Stored by the server", "Today 09:15:02"),
        Fact("Number in the conversation", "9"),
        Fact("Delivered", "Alice Example 09:15:03, Clara Novák 09:20:11, Ravi Sharma 09:15:02"),
        Fact("Read", "Alice Example 09:16:40, Ravi Sharma 09:15:30"),
    ]
    FactsDialog("Details", facts, view).open()
    return view.findChildren(FactsDialog)[-1]


async def _devices() -> list[Any]:
    from desktop_chat.protocol.records import Device
    from tests.ui.scenes import NOW_MS

    return [
        Device(1, "laptop-ada", NOW_MS - 86_400_000, NOW_MS, online=True),
        Device(2, "office", NOW_MS - 9 * 86_400_000, NOW_MS - 7_200_000),
    ]


def _settings_part(name: str) -> Opened:
    def opened(view: Any) -> Any:
        from desktop_chat.ui import account_dialogs
        from desktop_chat.viewmodels.preferences import Preferences

        preferences = Preferences(view._client, view.feed, view._settings, view._spawn)
        if name == "KnownPasswordDialog":
            preferences.known_password = "wq3v-nzjm-8pcx-5trk-hyb7-e2dg"
        kind = getattr(account_dialogs, name)
        view._client.actions.devices = _devices
        look = (view._look,) if name == "DevicesDialog" else ()
        dialog = kind(preferences, *look, view)
        dialog.open()
        return dialog

    return opened


DIALOGS: dict[str, Opened] = {
    "switcher": _newest(_dialog, lambda view: view._switch()),
    "starred": _newest(_dialog, lambda view: view._show_starred()),
    "sign_out": _newest(_box, lambda view: view._ask_to_sign_out()),
    "about": _newest(_box, lambda view: view._show_about()),
    "day": _newest(_dialog, lambda view: view.interactions.ask_for_day(20)),
    "link": _newest(
        _dialog, lambda view: view.chat.interactions._ask_about_link("https://example.org/spike/notes?rev=7")
    ),
    "forward": _newest(_dialog, lambda view: view.chat.interactions._ask_where([_newest_row(view).message])),
    "delete": _newest(_box, lambda view: view.chat.interactions._ask_to_delete([_newest_row(view).message])),
    "leave": _newest(_box, lambda view: view.interactions.ask_to_leave(view.conversations.conversation(20))),
    "find": _find,
    "chosen": _chosen,
    "details": _details,
    "password": _settings_part("PasswordDialog"),
    "known_password": _settings_part("KnownPasswordDialog"),
    "devices": _settings_part("DevicesDialog"),
}


async def settle() -> None:
    """Let what was opened find its place."""
    await asyncio.sleep(0.15)
