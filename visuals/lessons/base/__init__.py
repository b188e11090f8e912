"""What every lesson is and shares: Lesson, walkthrough, actions, sound, trainer."""

__all__ = ["audio", "lesson", "motifs", "shared_state", "trainer", "walkthrough"]
