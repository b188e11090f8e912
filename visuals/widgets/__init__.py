"""Parts of a picture that several scenes share: piano, piano roll, labels, hit targets."""

__all__ = [
    "hit_targets",
    "piano_keyboard",
    "piano_roll",
    "unit_preferences",
]
