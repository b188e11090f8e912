"""Remote control by OSC, and tempo sources: MIDI clock and Ableton Link."""

__all__ = ["control_messages", "midi_learn", "osc", "tempo_source"]
