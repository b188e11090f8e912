"""MIDI inputs and outputs of the machine, and their hot-plug."""
