"""The curve of a training as a picture, drawn with matplotlib off screen."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from midi_data.atomic_files import atomic_file
from visuals.drawing.theme import (
    BACKGROUND_COLOUR,
    LABEL_COLOUR,
    PITCH_COLOURS,
    RULE_COLOUR,
    TEXT_COLOUR,
    Colour,
)

if TYPE_CHECKING:  # matplotlib is an extra
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CHART_SIZE_PX = (1280, 720)
CHART_DPI = 100
AXES_BOX = (0.075, 0.14, 0.745, 0.69)
"""Left, bottom, width and height of the axes, shares of the picture."""
TRAINING_COLOUR: Colour = PITCH_COLOURS[5]
VALIDATION_COLOUR: Colour = PITCH_COLOURS[11]
LABEL_SPACING_SHARE = 0.05  # minimum distance of two labels at the right, share of the axes' height


class PlottingUnavailableError(RuntimeError):
    """Matplotlib is not installed; the message says how to install it."""


def draw_training_curve(
    path: Path, history: Sequence[Sequence[float]], title: str, baselines: Mapping[str, float]
) -> None:
    """Draw training and validation bits per note over time, and write a .png atomically.

    A row of the history is seconds, training bits and validation bits; values that are not finite
    are left out. Raises OSError if the file cannot be written.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise PlottingUnavailableError(
            'drawing needs matplotlib: pip install "hidden-state[plots]"'
        ) from error
    rows = [(seconds / 60, *bits) for seconds, *bits in history if all(map(math.isfinite, bits))]
    size = [pixels / CHART_DPI for pixels in CHART_SIZE_PX]
    figure = Figure(figsize=size, dpi=CHART_DPI, facecolor=_hex(BACKGROUND_COLOUR))
    axes = _add_axes(figure, title)
    labels = []
    for name, bits in baselines.items():
        if math.isfinite(bits):
            axes.axhline(bits, color=_hex(LABEL_COLOUR), linewidth=1, linestyle="--")
            labels.append((bits, name, LABEL_COLOUR))
    for column, name, colour in (
        (1, "training", TRAINING_COLOUR),
        (2, "validation", VALIDATION_COLOUR),
    ):
        if rows:
            line = [row[0] for row in rows], [row[column] for row in rows]
            axes.plot(
                *line, color=_hex(colour), linewidth=column + 0.5, marker="." * (len(rows) < 2)
            )
            labels.append((rows[-1][column], name, colour))
    if rows:
        _mark_best(axes, min(rows, key=lambda row: row[2]))
    _label_lines(axes, labels)
    picture = io.BytesIO()
    figure.savefig(picture, format="png")
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_file(path) as file:
        file.write(picture.getvalue())


def _add_axes(figure: Figure, title: str) -> Axes:
    """Axes of minutes and bits per note, without a frame."""
    axes = figure.add_axes(AXES_BOX, facecolor="none")
    axes.set_title(title.upper(), loc="left", pad=40, color=_hex(TEXT_COLOUR), fontsize=22)
    axes.set_xlabel("minutes", loc="right", color=_hex(LABEL_COLOUR))
    axes.set_ylabel("bits per note", loc="top", color=_hex(LABEL_COLOUR))
    axes.tick_params(colors=_hex(LABEL_COLOUR), length=0)
    axes.grid(axis="y", color=_hex(RULE_COLOUR), linewidth=0.5)
    axes.spines[:].set_visible(False)
    return axes


def _mark_best(axes: Axes, best: tuple[float, float, float]) -> None:
    """Mark the row with the fewest validation bits."""
    minutes, _, bits = best
    face, edge = _hex(VALIDATION_COLOUR), _hex(TEXT_COLOUR)
    axes.plot(minutes, bits, "o", markersize=11, markerfacecolor=face, markeredgecolor=edge)
    late = minutes > sum(axes.get_xlim()) / 2
    axes.annotate(
        f"best {bits:.3f} after {minutes:.1f} min",
        (minutes, bits),
        xytext=(8 if late else -8, 16),
        textcoords="offset points",
        ha="right" if late else "left",
        color=edge,
    )


def _label_lines(axes: Axes, labels: Sequence[tuple[float, str, Colour]]) -> None:
    """Name each line at its right end, the labels moved up where they would overlap."""
    spacing = LABEL_SPACING_SHARE * (axes.get_ylim()[1] - axes.get_ylim()[0])
    lowest = -math.inf
    for bits, name, colour in sorted(labels):
        lowest = max(bits, lowest + spacing)
        axes.text(
            1.015,
            lowest,
            f"{name} {bits:.3f}",
            transform=axes.get_yaxis_transform(),
            va="center",
            color=_hex(colour),
        )


def _hex(colour: Colour) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour[:3])
