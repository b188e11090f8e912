"""Films: performances composed, drawn and rendered offline."""

__all__ = ["film"]
