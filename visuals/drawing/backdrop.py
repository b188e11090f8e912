"""Backdrop: the network's strongest synapses, out of focus, behind the plane of every scene.

A synapse is a curve between two units in the colour of the first unit's preferred pitch class.
Units lie around a circle of fifths by that pitch class. The strongest synapses are nearer and
sharper.
"""

from __future__ import annotations

from dataclasses import dataclass
from weakref import WeakValueDictionary

import numpy as np
import pygame
from numpy.typing import NDArray

from visuals.drawing.sprites import blank_surface
from visuals.drawing.theme import FIFTHS_POSITION, KEYBOARD_RECT, PICTURE_SIZE_PX, PITCH_COLOURS
from visuals.network_summary import NetworkSummary

Floats = NDArray[np.float64]

BORDER_PX = 56  # width of the layers beyond the picture's edges, pixels; it limits their movement
CIRCLE_CENTRE_PX, CIRCLE_RADII_PX = (960.0, 440.0), (1050.0, 560.0)
"""Centre of the circle of units, and its half axes, pixels."""
NEAR_SYNAPSES = 260  # number of synapses in the near layer
MAX_SYNAPSES = 1100  # number of synapses in both layers
LAYER_SIZE_PX = (PICTURE_SIZE_PX[0] + 2 * BORDER_PX, KEYBOARD_RECT.top - 46 + 2 * BORDER_PX)
"""Width and height of a layer, pixels; it ends above the keys."""
_DOWNSCALE_FACTOR = 4
_SUPERSAMPLING_FACTOR = 2
_CURVES_PER_BATCH = 60  # curves drawn over one another before their light is added
_POINTS_PER_CURVE = 14
_GAIN = 0.055
_TINT = np.array((0.8, 0.95, 1.3))
_FADE_HEIGHT_PX = 160.0  # height of the fade at the lower edge of a layer, pixels


@dataclass(frozen=True, slots=True, eq=False)
class BackdropLayer:
    """A picture, `BORDER_PX` larger than the stage on each side, and its share of the movement."""

    picture: pygame.Surface
    parallax: float


@dataclass(frozen=True, slots=True, eq=False)
class SynapseCurves:
    """Synapses as curves, the strongest first: points (n, p, 2), and pitch class of each source."""

    points: Floats
    pitch_classes: NDArray[np.int32]

    @classmethod
    def from_network(cls, network: NetworkSummary, count: int = MAX_SYNAPSES) -> SynapseCurves:
        """Curves of the `count` strongest synapses of a network."""
        random = np.random.default_rng(1)
        synapses = network.synapses
        order = np.argsort(-synapses.weight, kind="stable")[:count]
        places = _unit_positions(network, random)  # (layers, units, 2)
        sources = synapses.source_layer[order], synapses.source_unit[order]
        starts = places[sources]  # (n, 2)
        ends = places[synapses.target_layer[order], synapses.target_unit[order]]
        middle, along = (starts + ends) / 2, ends - starts
        aside = np.stack([-along[:, 1], along[:, 0]], axis=1)
        bends = middle + aside * random.uniform(-0.5, 0.5, (len(order), 1))
        bends += 0.12 * (np.array(CIRCLE_CENTRE_PX) - middle)
        t = np.linspace(0.0, 1.0, _POINTS_PER_CURVE)[:, None]  # along a quadratic Bezier
        a, b, c = starts[:, None], bends[:, None], ends[:, None]
        points = (1 - t) ** 2 * a + 2 * t * (1 - t) * b + t**2 * c  # (n, p, 2)
        return cls(points, network.preferred_pitch_class[sources])

    def __getitem__(self, part: slice) -> SynapseCurves:
        return SynapseCurves(self.points[part], self.pitch_classes[part])


class Backdrop:
    """The layers behind every scene of one network.

    Parameters
    ----------
    far, near : BackdropLayer

    Attributes
    ----------
    layers : tuple of BackdropLayer
        In drawing order, the far one first.
    """

    BYTES = 2 * 4 * LAYER_SIZE_PX[0] * LAYER_SIZE_PX[1]
    """Bytes of both surfaces."""

    def __init__(self, far: BackdropLayer, near: BackdropLayer) -> None:
        self.layers = far, near


_backdrops: WeakValueDictionary[NetworkSummary, Backdrop] = WeakValueDictionary()
"""Backdrops in use; all scenes of a network share one."""


def build_backdrop(network: NetworkSummary) -> Backdrop:
    """The backdrop of a network, built unless a scene already holds it.

    Parameters
    ----------
    network : NetworkSummary

    Returns
    -------
    Backdrop
        The same object as long as any scene holds it.
    """
    backdrop = _backdrops.get(network)
    if backdrop is None:
        curves = SynapseCurves.from_network(network)
        far, near = curves[NEAR_SYNAPSES:], curves[:NEAR_SYNAPSES]
        backdrop = _backdrops[network] = Backdrop(
            BackdropLayer(_render_layer(far, 3.0), 0.3),
            BackdropLayer(_render_layer(near, 1.2), 0.55),
        )
    return backdrop


def _unit_positions(network: NetworkSummary, random: np.random.Generator) -> Floats:
    """Positions of units, (layers, units, 2): random within the sector of their pitch class."""
    turn = np.array(FIFTHS_POSITION)[network.preferred_pitch_class]  # (layers, units)
    angle = 2 * np.pi * (turn + random.uniform(-0.5, 0.5, turn.shape)) / 12
    out = np.sqrt(random.uniform(0.02, 1.0, turn.shape))  # uniform over the ellipse's area
    return (
        np.stack([np.cos(angle) * out, np.sin(angle) * out], axis=-1) * CIRCLE_RADII_PX
        + CIRCLE_CENTRE_PX
    )


def _render_layer(curves: SynapseCurves, blur: float) -> pygame.Surface:
    """Blurred curves, computed at a quarter of the size."""
    light = _gaussian_blur(_sum_light(curves), blur) * _GAIN  # (width, height, 3)
    light = 0.75 * light + 0.25 * light.mean(axis=2, keepdims=True) * _TINT
    below = np.arange(light.shape[1], 0, -1) * _DOWNSCALE_FACTOR
    light *= np.clip((below - BORDER_PX) / _FADE_HEIGHT_PX, 0.0, 1.0)[None, :, None]
    grain = np.random.default_rng(0).random((*light.shape[:2], 1))  # dither hides steps
    light += grain * (light > 0)
    small = pygame.surfarray.make_surface(np.clip(light, 0, 255).astype(np.uint8))
    large = blank_surface(LAYER_SIZE_PX)
    pygame.transform.smoothscale(small.convert(large), LAYER_SIZE_PX, large)
    return large


def _sum_light(curves: SynapseCurves) -> Floats:
    """Sum of the light of all curves at a quarter of the size, shape (width, height, 3)."""
    size = LAYER_SIZE_PX[0] // _DOWNSCALE_FACTOR, LAYER_SIZE_PX[1] // _DOWNSCALE_FACTOR
    light = np.zeros((*size, 3))
    strokes = blank_surface((size[0] * _SUPERSAMPLING_FACTOR, size[1] * _SUPERSAMPLING_FACTOR))
    scaled = ((curves.points + BORDER_PX) * _SUPERSAMPLING_FACTOR / _DOWNSCALE_FACTOR).tolist()
    colours = [PITCH_COLOURS[pitch_class] for pitch_class in curves.pitch_classes.tolist()]
    for first in range(0, len(scaled), _CURVES_PER_BATCH):
        some = slice(first, first + _CURVES_PER_BATCH)
        strokes.fill((0, 0, 0))
        for colour, points in zip(colours[some], scaled[some], strict=True):
            pygame.draw.lines(strokes, colour, False, points)
        light += pygame.surfarray.array3d(pygame.transform.smoothscale(strokes, size))
    return light


def _gaussian_blur(light: Floats, sigma: float) -> Floats:
    """Convolution with a Gaussian of `sigma` pixels; edges wrap around."""
    across, down = np.fft.fftfreq(light.shape[0]), np.fft.rfftfreq(light.shape[1])
    keep = [np.exp(-2 * (np.pi * each * sigma) ** 2) for each in (across, down)]
    spectrum = np.fft.rfft2(light, axes=(0, 1)) * keep[0][:, None, None] * keep[1][None, :, None]
    return np.fft.irfft2(spectrum, light.shape[:2], axes=(0, 1))
