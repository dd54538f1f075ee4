"""``python -m desktop_chat``."""

import sys

from desktop_chat.main import main

sys.exit(main())
