"""Why: arcs from the sounding note back to the notes that made it likely."""

__all__ = ["scene"]
