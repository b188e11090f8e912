"""MIDI ports, the embedded synth, and control from outside (OSC, MIDI clock, Link)."""
