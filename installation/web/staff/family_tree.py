"""Family tree: the generations of the style, for the staff, and the way back to one of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from installation.visits.database import read_votes
from installation.web.audience.rounds import score_generations
from rnn.evolution.generation import GenerationError
from rnn.evolution.generation_store import GenerationStore


class FamilyTree:
    """Reads the store of the style, and its weights only when a file of its folder has changed.

    Parameters
    ----------
    open_store : callable
        Returns the store of the style that plays now.
    recordings : Path
        Folder of the database, which has the guesses of "person or network?".
    """

    def __init__(self, open_store: Callable[[], GenerationStore], recordings: Path) -> None:
        self._open_store, self._recordings = open_store, recordings
        self._seen: object = None
        self._refused: dict[str, str] = {}

    def describe(self) -> dict[str, Any]:
        """All generations as JSON: which one plays, and why others do not."""
        return self._describe(self._open_store())

    def go_back(self, style: str, number: int) -> dict[str, Any]:
        """Let a generation play from now on.

        Raises `GenerationError` if it cannot, or if it is of another style than the one that plays.
        """
        store = self._open_store()
        if style != store.style:
            raise GenerationError(f"{store.style} plays now, not {style}")
        store.choose(number)
        return self._describe(store)

    def _describe(self, store: GenerationStore) -> dict[str, Any]:
        files = sorted(store.folder.glob("[0-9]*"))
        seen = [(path, path.stat().st_mtime_ns) for path in files]
        if seen != self._seen:
            self._seen, self._refused = seen, store.refused()
        guesses = score_generations(read_votes(self._recordings), store.style)
        return {
            "style": store.style,
            "current": next(n for n in store.candidates() if f"{n:04d}" not in self._refused),
            "generations": [asdict(each) for each in store.generations()],
            "refused": self._refused,
            "guesses": {str(number): asdict(score) for number, score in guesses.items()},
        }
