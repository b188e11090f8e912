"""Controls of a session: what the window, other programs, knobs and the staff ask for."""

__all__ = ["control_mapping", "remote_controls", "window_gestures"]
