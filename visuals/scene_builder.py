"""Understudies: scenes of another network, built on a thread beside the drawing.

A scene takes a good part of a second to build, for its background is drawn with care. Where another
network begins to lead, its scenes are built while those of the last one are still shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from threading import Event, Thread

from visuals.scenes.base import Scene


class SceneBuilder:
    """Builds scenes, one after another.

    Parameters
    ----------
    build : callable
        Makes the scene of a name. It is called on another thread, so it must share nothing that
        changes with what is shown meanwhile, its typesetter above all.
    names : iterable of str
        The one needed first before the others.
    ready : mapping of str to Scene
        Those that need not be built.
    beside : bool
        Whether on a thread; else all are built at once.

    Attributes
    ----------
    scenes : dict of str to Scene
        Those that are ready.
    """

    def __init__(
        self,
        build: Callable[[str], Scene],
        names: Iterable[str],
        ready: Mapping[str, Scene] | None = None,
        beside: bool = True,
    ) -> None:
        self.scenes = dict(ready or {})
        self._build, self._names = build, tuple(names)
        self._stop_requested = Event()
        self._thread: Thread | None = None
        if beside:
            self._thread = Thread(target=self._build_all, name="understudies", daemon=True)
            self._thread.start()
        else:
            self._build_all()

    @property
    def is_building(self) -> bool:
        """Whether more scenes are still to come."""
        return self._thread is not None and self._thread.is_alive()

    def stop(self) -> None:
        """Build no more after the scene in hand."""
        self._stop_requested.set()

    def close(self) -> None:
        """Build no more; waits for the scene in hand."""
        self.stop()
        if self._thread is not None:
            self._thread.join()

    def _build_all(self) -> None:
        for name in self._names:
            if self._stop_requested.is_set():
                return
            if name not in self.scenes:  # whoever could not wait has built it
                self.scenes[name] = self._build(name)
