"""MIDI ports, the embedded synth, and control from outside (OSC, MIDI clock, Link)."""

__all__ = ["drop_counter", "native_logging"]
