"""What the engine and the stage tell each other: messages, their bytes, and the clock."""

__all__ = [
    "clock",
    "crowd",
    "cues",
    "gestures",
    "lesson_answers",
    "stage_timing",
    "timed_note",
    "training",
    "wire_format",
    "withdrawal",
]
