"""Drawing of the lessons: renderer, neuron parts, plots and note strips."""

__all__ = ["colours", "fact_plane", "note_strip", "part_layout", "renderer", "shapes"]
