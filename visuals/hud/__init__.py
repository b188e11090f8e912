"""What lies over every scene: prompt, unit card, overlay and countdown."""

__all__ = ["overlay", "test_picture"]
