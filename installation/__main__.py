"""Entry point: `python -m installation` is `hidden-state`."""

from __future__ import annotations

import sys

from installation.cli.main import main

if __name__ == "__main__":
    sys.argv[0] = "hidden-state"  # usage and errors name the command, not this file
    main()
