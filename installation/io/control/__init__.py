"""Remote control by OSC, and tempo sources: MIDI clock and Ableton Link."""

__all__ = ["control_messages", "osc", "tempo_source"]
