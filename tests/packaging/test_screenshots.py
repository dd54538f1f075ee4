"""Every screen and dialog can be drawn: ``make screenshots`` in one look and one size."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtGui import QImage

_SCRIPT = Path(__file__).parents[2] / "packaging" / "screenshots.py"


@pytest.mark.deadline(240)
@pytest.mark.parametrize("language", ["en", "ar"])
def test_every_scene_is_drawn(language: str, tmp_path: Path) -> None:
    looks = {
        "SCREENSHOT_RATIO": "1",
        "SCREENSHOT_LOOKS": "dark",
        "SCREENSHOT_LANGUAGE": language,
        "QT_QPA_PLATFORM": "offscreen",
    }
    done = subprocess.run(
        [sys.executable, str(_SCRIPT), str(tmp_path)],
        env={**os.environ, **looks},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    pictures = sorted(tmp_path.glob("*_dark@1x.png"))
    assert len(pictures) > 45
    for path in pictures:
        image = QImage(str(path))
        corners = {image.pixel(x, y) for x in range(0, image.width(), 7) for y in range(0, image.height(), 7)}
        assert len(corners) > 8, path.name
