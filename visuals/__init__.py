"""The stage: what the network does, drawn as it does it."""

import os

# pygame greets on standard output, where a command may be writing JSON
os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
