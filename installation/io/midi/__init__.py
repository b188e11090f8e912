"""MIDI inputs and outputs of the machine, and their hot-plug."""

__all__ = [
    "active_notes",
    "backend",
    "file_input",
    "hotplug",
    "inputs",
    "loudness",
    "output_silencer",
    "outputs",
    "port_lister",
]
