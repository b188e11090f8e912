"""The embedded synth and its audio sinks."""
