"""Entry point: `python -m installation` is `hidden-state`."""

from __future__ import annotations

from installation.cli.main import main

if __name__ == "__main__":
    main()
