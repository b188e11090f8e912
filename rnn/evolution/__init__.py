"""Evolution: generations of a style that learn from the duets that people liked."""

__all__ = [
    "candidate_training",
    "evolution_data",
    "gate",
    "generation",
    "generation_store",
    "learned_leanings",
    "phrase_state",
    "preference",
    "shared_training",
    "tune_sampler",
]
