"""Model cards: what a model file says of itself, as a page for people."""

from __future__ import annotations

from rnn.model.checkpoint import Checkpoint, ModelCard

BASELINE_LABELS = {
    "unigram": "unigram (each token by its share)",
    "ngram": "8-gram, interpolated Kneser-Ney",
    "cached": "8-gram with a cache of the tune so far",
}
TOKEN_LABELS = {"notes": "note tokens", "characters": "characters of text"}


def render_model_card(checkpoint: Checkpoint) -> str:
    """A model card in Markdown."""
    card, sizes = checkpoint.card, checkpoint.network.sizes
    weights = sum(array.size for array in checkpoint.network.parameters.values())
    lines = [
        f"# {card.title}",
        "",
        f"The style `{card.style}`: a {sizes.layers}-layer LSTM of {sizes.units} cells a layer, "
        f"{weights:,} weights, over {sizes.outputs} {TOKEN_LABELS[checkpoint.codec.kind]}.",
        "",
        "| | |",
        "|---|---|",
        f"| trained by | `{card.command}` |",
        f"| seed, minutes | {card.seed}, {card.minutes:g} |",
        f"| corpus | {card.corpus}: {card.source} |",
        *([f"| terms | {card.terms} |"] if card.terms else []),
        f"| commonest meter, median tempo | {card.meter}, {card.tempo:.0f} |",
        "",
        "| | train | validation | test |",
        "|---|---|---|---|",
        _row("tunes", card.tunes),
        _row("notes", card.notes),
        "",
        *_scores(card),
    ]
    return "\n".join(lines) + "\n"


def _row(name: str, counts: dict[str, int]) -> str:
    cells = (f"{counts.get(side, 0):,}" for side in ("train", "validation", "test"))
    return f"| {name} | {' | '.join(cells)} |"


def _scores(card: ModelCard) -> list[str]:
    """Bits per note, if they are known."""
    if "test" not in card.scores:
        return []
    rows = [("this model", card.scores["test"])]
    rows += [
        (BASELINE_LABELS[name], card.scores[name])
        for name in BASELINE_LABELS
        if name in card.scores
    ]
    return [
        "Bits per note on the test tunes, which were not looked at before (every pitch, length, "
        "gap, meter and ending charged):",
        "",
        "| | bits per note |",
        "|---|---|",
        *(f"| {name} | {bits:.3f} |" for name, bits in rows),
        "",
        f"On the validation tunes, by which the weights were chosen: "
        f"{card.scores['validation']:.3f}.",
    ]
