"""The embedded synth and its audio sinks."""

__all__ = ["instruments", "mixer", "sinks", "synth"]
