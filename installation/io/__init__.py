"""Gear: MIDI ports, the embedded synth, computer keys."""
