"""What the commands share: options, errors in one line, and Ctrl-C."""

__all__ = ["errors", "interrupts", "options"]
