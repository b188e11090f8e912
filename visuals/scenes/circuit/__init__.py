"""Circuit: the memory cells of the last layer as lines through the valves of their gates."""

__all__ = ["scene"]
