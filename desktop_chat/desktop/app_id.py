"""What a Linux desktop knows the app by, and whether it can be asked there."""

import os
import sys
from typing import Literal, get_args

from desktop_chat.paths import DEFAULT_PROFILE, HOME_VARIABLE

APP_ID = "alt.desktop_chat.DesktopChat"
"""Names the desktop file, the icon and the service file, windows, notifications and the name on the session
bus: the Desktop Entry Specification wants all of them to be one, and a reversed domain name. The project has
no domain; below ``alt`` nobody has one (RFC 9476), so this takes nothing that is somebody's."""
Action = Literal["new-conversation", "do-not-disturb"]
"""An action of the desktop file."""
ACTIONS: tuple[Action, ...] = get_args(Action)


def answers_the_bus(profile: str) -> bool:
    """Whether the app of this profile is the one that the desktop means. A portable copy is not: what the
    desktop starts keeps its profiles where they always are."""
    return (
        sys.platform == "linux"
        and profile == DEFAULT_PROFILE
        and HOME_VARIABLE not in os.environ
        and bool(os.environ.get("DBUS_SESSION_BUS_ADDRESS"))
    )
