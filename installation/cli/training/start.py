"""The start of a training: a style, a model file, the style that fits best, or none."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from midi_data.notes import Tune
from rnn.codecs.note_codec import NoteCodec
from rnn.model.checkpoint import load_checkpoint
from rnn.styles import UnknownStyleError, start_paths
from rnn.training.starts import Start, check_start, rank_by_trial, score_starts

AUTO, NONE = "auto", "none"
"""What `--from` takes beside styles and files: the style that fits best, and no start."""


def find_start(
    asked: str,
    tunes: Sequence[Tune],
    corpus: str,
    kind: str | None,
    units: int | None,
    layers: int | None,
    to_learn: Sequence[Tune] = (),
) -> Start | None:
    """The model to start from; None for a new network.

    With `auto` it is the style that predicts the tunes best, or learns them best where two are
    near; `to_learn` are those of the tunes that may decide, by default all. Styles of another codec
    or size, and those trained on the same corpus, are no candidates. Raises `UnknownStyleError`,
    `CheckpointError` or, for a model of another codec or size, ValueError.
    """
    if asked == NONE:
        return None
    if asked != AUTO:
        model = load_checkpoint(_model_path(asked))
        check_start(asked, model, kind, units, layers)
        return score_starts({asked: model}, tunes, to_learn)[0]
    candidates = {}
    for name, path in start_paths().items():
        model = load_checkpoint(path)
        try:
            check_start(name, model, kind or NoteCodec.kind, units, layers)
        except ValueError:
            continue
        if corpus not in model.card.corpus.split(", "):
            candidates[name] = model
    starts = score_starts(candidates, tunes, to_learn) if candidates else []
    return rank_by_trial(starts, to_learn or tunes)[0] if starts else None


def _model_path(name: str) -> Path:
    paths = start_paths()
    if name in paths or Path(name).is_file():
        return paths.get(name, Path(name))
    styles = ", ".join(paths)
    raise UnknownStyleError(
        f"--from takes {AUTO}, {NONE}, a style ({styles}) or a file, not {name}"
    )
