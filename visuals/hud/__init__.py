"""What lies over every scene: prompt, unit card, audience, overlay and countdown."""

__all__ = ["audience_card", "overlay", "test_picture"]
