"""`python -m visuals.lessons [FOLDER [LANGUAGE]]` draws a contact sheet of every lesson's steps."""

from __future__ import annotations

import sys
from pathlib import Path

from visuals.lessons.contact_sheet import draw_contact_sheets

if __name__ == "__main__":
    draw_contact_sheets(Path(sys.argv[1] if len(sys.argv) > 1 else "."), *sys.argv[2:3])
