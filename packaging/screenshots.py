"""Pictures of the real windows over a real store, light and dark, at 1x and 2x.

    python packaging/screenshots.py [OUTDIR [SCENE …]]

Every pixel comes from the app's own widgets; only the server is missing, since a picture needs none.
"""

import os
import subprocess
import sys
from pathlib import Path

from dialog_scenes import DIALOGS, settle
from file_scenes import FILES
from scene_window import Scene, open_window
from window_scenes import WINDOWS

ROOT = Path(__file__).resolve().parents[1]
RATIOS = (1, 2)


def main(arguments: list[str]) -> int:
    """Draw each pixel ratio in a process of its own: Qt reads the ratio once."""
    out = Path(arguments[0] if arguments else ROOT / "out" / "screenshots")
    out.mkdir(parents=True, exist_ok=True)
    if "SCREENSHOT_RATIO" in os.environ:
        return _draw(out, int(os.environ["SCREENSHOT_RATIO"]), arguments[1:])
    for ratio in RATIOS:
        environment = {
            **os.environ,
            "SCREENSHOT_RATIO": str(ratio),
            "QT_SCALE_FACTOR": str(ratio),
            "QT_QPA_PLATFORM": "offscreen",
            "TZ": "UTC",
            "LC_ALL": "en_GB.UTF-8",
        }
        subprocess.run([sys.executable, __file__, str(out), *arguments[1:]], env=environment, check=True)
    print(f"{len(list(out.glob('*.png')))} pictures in {out}")
    return 0


def _draw(out: Path, ratio: int, wanted: list[str]) -> int:
    sys.path.insert(0, str(ROOT))
    from PySide6.QtWidgets import QApplication

    from desktop_chat import qt_async
    from desktop_chat.ui.locale import speak

    application = QApplication([])
    speak(application, os.environ.get("SCREENSHOT_LANGUAGE", "en"))

    async def draw_all() -> int:
        from desktop_chat.ui.theme import Theme

        look = Theme(application, "light")
        for choice in os.environ.get("SCREENSHOT_LOOKS", "light dark").split():
            look.choose(choice)
            for name, draw in SCENES.items():
                if wanted and name not in wanted:
                    continue
                widget, close = await draw(look)
                picture = widget.window().grab()
                picture.save(str(out / f"{name}_{choice}@{ratio}x.png"))
                await close()
        return 0

    return qt_async.run(draw_all)


def _opened(open_it):  # type: ignore[no-untyped-def]
    async def draw(look):  # type: ignore[no-untyped-def]
        from tests.ui import scenes

        view, close = await open_window(look, scenes.lab(), open_id=20)
        # Drawn in the middle of something: what the server would say is not asked for.
        view._client.actions = scenes.RecordedActions()
        widget = open_it(view)
        await settle()
        return widget, close

    return draw


SCENES: dict[str, Scene] = {
    **WINDOWS,
    **FILES,
    **{name: _opened(open_it) for name, open_it in DIALOGS.items()},
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
