"""Evolution in the exhibit: from visits and votes to the next generation of the style."""

__all__ = [
    "duet_selection",
    "evolution_job",
    "evolution_run",
    "generation_watch",
    "ghost_finder",
    "liked_motifs",
    "piece_pipe",
    "training_command",
]
