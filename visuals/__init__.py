"""The stage: a window that draws the network at work and reads the gestures of visitors."""

import os

# pygame's greeting would go to standard output, where a command may write JSON
os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
