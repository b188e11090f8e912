"""Ground: what lies behind the plane of every scene, and moves with its camera.

It is the network itself, out of focus: the strongest synapses, each a filament from one unit to
another in the colour of the tone the first came to favour. Units lie round a circle of fifths by
that tone. The strongest synapses are the nearer, and the sharper.
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

BORDER_PX = 56
"""How far the ground reaches over the picture's edges, pixels: so far may it be moved."""
CIRCLE_CENTRE_PX, CIRCLE_RADII_PX = (960.0, 440.0), (1050.0, 560.0)
"""Middle of the circle of units, and its half axes, pixels."""
NEAR_SYNAPSES = 260
"""Synapses of the nearer layer."""
MAX_SYNAPSES = 1100
"""Synapses of both."""
LAYER_SIZE_PX = (PICTURE_SIZE_PX[0] + 2 * BORDER_PX, KEYBOARD_RECT.top - 46 + 2 * BORDER_PX)
"""Width and height of a layer: it ends above the keys."""
_DOWNSCALE_FACTOR = 4
_SUPERSAMPLING_FACTOR = 2
_CURVES_PER_BATCH = 60
"""Filaments drawn over one another before they are added up."""
_POINTS_PER_CURVE = 14
_GAIN = 0.055
_TINT = np.array((0.8, 0.95, 1.3))
_FADE_HEIGHT_PX = 160.0
"""Height over which a layer fades at its lower edge, pixels."""


@dataclass(frozen=True, slots=True, eq=False)
class BackdropLayer:
    """One layer of the ground, to be added to the picture.

    Parameters
    ----------
    picture : Surface
        It begins `BORDER_PX` left of the picture and above it.
    nearness : float
        How far it moves with the camera: 1 with the dust that is nearest, 0 not at all.
    """

    picture: pygame.Surface
    parallax: float


@dataclass(frozen=True, slots=True, eq=False)
class SynapseCurves:
    """Synapses as curves, the strongest first.

    Parameters
    ----------
    points : ndarray, shape (n, p, 2)
        Of each curve, pixels.
    tones : ndarray of int, shape (n,)
        Pitch class that the unit it comes from favours.
    """

    points: Floats
    pitch_classes: NDArray[np.int32]

    @classmethod
    def from_network(cls, anatomy: NetworkSummary, most: int = MAX_SYNAPSES) -> SynapseCurves:
        """Those of the strongest synapses of a network."""
        dice = np.random.default_rng(1)
        synapses = anatomy.synapses
        order = np.argsort(-synapses.weight, kind="stable")[:most]
        places = _unit_positions(anatomy, dice)  # (layers, units, 2)
        sources = synapses.source_layer[order], synapses.source_unit[order]
        starts = places[sources]  # (n, 2)
        ends = places[synapses.target_layer[order], synapses.target_unit[order]]
        middle, along = (starts + ends) / 2, ends - starts
        aside = np.stack([-along[:, 1], along[:, 0]], axis=1)
        bends = middle + aside * dice.uniform(-0.5, 0.5, (len(order), 1))
        bends += 0.12 * (np.array(CIRCLE_CENTRE_PX) - middle)
        t = np.linspace(0.0, 1.0, _POINTS_PER_CURVE)[:, None]  # along a quadratic Bezier
        a, b, c = starts[:, None], bends[:, None], ends[:, None]
        points = (1 - t) ** 2 * a + 2 * t * (1 - t) * b + t**2 * c  # (n, p, 2)
        return cls(points, anatomy.preferred_pitch_class[sources])

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
    """The backdrop of a network, built unless a scene already holds it."""
    backdrop = _backdrops.get(network)
    if backdrop is None:
        curves = SynapseCurves.from_network(network)
        far, near = curves[NEAR_SYNAPSES:], curves[:NEAR_SYNAPSES]
        backdrop = _backdrops[network] = Backdrop(
            BackdropLayer(_render_layer(far, 3.0), 0.3),
            BackdropLayer(_render_layer(near, 1.2), 0.55),
        )
    return backdrop


def _unit_positions(anatomy: NetworkSummary, dice: np.random.Generator) -> Floats:
    """Where units lie, (layers, units, 2): on the ray of their tone, anywhere along it."""
    turn = np.array(FIFTHS_POSITION)[anatomy.preferred_pitch_class]  # (layers, units)
    angle = 2 * np.pi * (turn + dice.uniform(-0.5, 0.5, turn.shape)) / 12
    out = np.sqrt(dice.uniform(0.02, 1.0, turn.shape))  # evenly over the ellipse
    return (
        np.stack([np.cos(angle) * out, np.sin(angle) * out], axis=-1) * CIRCLE_RADII_PX
        + CIRCLE_CENTRE_PX
    )


def _render_layer(filaments: SynapseCurves, blur: float) -> pygame.Surface:
    """Filaments out of focus; worked out at a quarter of the size."""
    light = _gaussian_blur(_sum_light(filaments), blur) * _GAIN  # (width, height, 3)
    light = 0.75 * light + 0.25 * light.mean(axis=2, keepdims=True) * _TINT
    below = np.arange(light.shape[1], 0, -1) * _DOWNSCALE_FACTOR
    light *= np.clip((below - BORDER_PX) / _FADE_HEIGHT_PX, 0.0, 1.0)[None, :, None]
    grain = np.random.default_rng(0).random((*light.shape[:2], 1))  # or there were steps
    light += grain * (light > 0)
    small = pygame.surfarray.make_surface(np.clip(light, 0, 255).astype(np.uint8))
    large = blank_surface(LAYER_SIZE_PX)
    pygame.transform.smoothscale(small.convert(large), LAYER_SIZE_PX, large)
    return large


def _sum_light(filaments: SynapseCurves) -> Floats:
    """Light of filaments that lie over one another, shape (width, height, 3), small."""
    size = LAYER_SIZE_PX[0] // _DOWNSCALE_FACTOR, LAYER_SIZE_PX[1] // _DOWNSCALE_FACTOR
    light = np.zeros((*size, 3))
    strokes = blank_surface((size[0] * _SUPERSAMPLING_FACTOR, size[1] * _SUPERSAMPLING_FACTOR))
    scaled = ((filaments.points + BORDER_PX) * _SUPERSAMPLING_FACTOR / _DOWNSCALE_FACTOR).tolist()
    colours = [PITCH_COLOURS[tone] for tone in filaments.pitch_classes.tolist()]
    for first in range(0, len(scaled), _CURVES_PER_BATCH):
        some = slice(first, first + _CURVES_PER_BATCH)
        strokes.fill((0, 0, 0))
        for colour, points in zip(colours[some], scaled[some], strict=True):
            pygame.draw.lines(strokes, colour, False, points)
        light += pygame.surfarray.array3d(pygame.transform.smoothscale(strokes, size))
    return light


def _gaussian_blur(light: Floats, sigma: float) -> Floats:
    """Convolved with a Gaussian of `sigma` pixels, edges wrapping round."""
    across, down = np.fft.fftfreq(light.shape[0]), np.fft.rfftfreq(light.shape[1])
    keep = [np.exp(-2 * (np.pi * each * sigma) ** 2) for each in (across, down)]
    spectrum = np.fft.rfft2(light, axes=(0, 1)) * keep[0][:, None, None] * keep[1][None, :, None]
    return np.fft.irfft2(spectrum, light.shape[:2], axes=(0, 1))
