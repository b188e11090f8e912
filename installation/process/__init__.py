"""The processes of a run: supervisor, performer, stage and lesson trainer, and their channels."""
