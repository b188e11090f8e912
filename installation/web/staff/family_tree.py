"""Family tree: the generations of the style, for the staff, and the way back to one of them."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from installation.visits.database import read_votes
from installation.web.audience.rounds import score_generations
from rnn.evolution.generation_store import GenerationStore


class FamilyTree:
    """Reads a store, and its weights only when a file of its folder has changed.

    Parameters
    ----------
    store : GenerationStore
    recordings : Path
        Folder of the database, which has the guesses of "person or network?".
    """

    def __init__(self, store: GenerationStore, recordings: Path) -> None:
        self._store, self._recordings = store, recordings
        self._seen: object = None
        self._refused: dict[str, str] = {}

    def describe(self) -> dict[str, Any]:
        """All generations as JSON: which one plays, and why others do not."""
        files = sorted(self._store.folder.glob("[0-9]*"))
        seen = [(path.name, path.stat().st_mtime_ns) for path in files]
        if seen != self._seen:
            self._seen, self._refused = seen, self._store.refused()
        guesses = score_generations(read_votes(self._recordings), self._store.style)
        return {
            "style": self._store.style,
            "current": self._store.current_number,
            "generations": [asdict(each) for each in self._store.generations()],
            "refused": self._refused,
            "guesses": {str(number): asdict(score) for number, score in guesses.items()},
        }

    def go_back(self, number: int) -> dict[str, Any]:
        """Let a generation play from now on; raises `GenerationError` if it cannot."""
        self._store.choose(number)
        return self.describe()
