"""Phrases: what a visitor plays, the plan for what follows, and the notes of the network."""

__all__ = ["audition", "phrase", "phrase_generator", "phrase_plans", "written_answer"]
