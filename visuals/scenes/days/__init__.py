"""Days: the generations of the style as growth rings, and the cells that have changed."""

__all__ = ["scene"]
