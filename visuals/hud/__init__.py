"""What lies over every scene: prompt, unit card, audience, overlay, countdown and tour."""

__all__ = ["audience_card", "early_light", "overlay", "test_picture", "tour_view", "vote_targets"]
