"""Input: what a visitor does at the window, by key, finger or mouse.

It reads the events of the window, sends gestures to the performer and gives commands to the stage.
docs/architecture.md walks the way of a key from here to its note.
"""

__all__ = ["key_bindings", "lesson_actions", "operator_lock", "stage_input", "touch_input"]
