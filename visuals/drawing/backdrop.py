"""Backdrop: the network's strongest synapses, out of focus, behind the plane of every scene.

A synapse is a curve between two units in the colour of the first unit's preferred pitch class.
Units lie around a circle of fifths by that pitch class. The strongest synapses are nearer and
sharper.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from weakref import WeakValueDictionary

import numpy as np
import pygame
from numpy.typing import NDArray

from visuals.drawing.picture_layout import LANDSCAPE, PictureLayout
from visuals.drawing.polled_surface import PolledSurface
from visuals.drawing.sprites import BLEND_ADD, PlacedSprite, blank_surface, glow_atlas
from visuals.drawing.theme import (
    FIFTHS_POSITION,
    PITCH_COLOURS,
    Colour,
)
from visuals.network_summary import NetworkSummary

Floats = NDArray[np.float64]

BORDER_PX = 56  # width of the layers beyond the picture's edges, pixels; it limits their movement
CIRCLE_CENTRE_PX, CIRCLE_RADII_PX = (960.0, 440.0), (1050.0, 560.0)
"""Centre of the circle of units, and its half axes, pixels."""
NEAR_SYNAPSES = 260  # number of synapses in the near layer
MAX_SYNAPSES = 1100  # number of synapses in both layers
_DOWNSCALE_FACTOR = 4
_SUPERSAMPLING_FACTOR = 2
_CURVES_PER_BATCH = 60  # curves drawn over one another before their light is added
_POINTS_PER_CURVE = 14
_GAIN = 0.055
_TINT = np.array((0.8, 0.95, 1.3))
_FADE_HEIGHT_PX = 160.0  # height of the fade at the lower edge of a layer, pixels
DUST_MOTE_COUNT = 96  # number of dust motes at all depths together
DUST_PARALLAX_FACTORS = (0.35, 0.65, 1.0)
"""Movement of dust per movement of the camera, the most distant depth first."""
SWAY_AMPLITUDE_PX = (46.0, 26.0)
"""Amplitudes of the camera across and up, pixels at the nearest depth."""
SWAY_PERIODS_S = (64.0, 83.0)  # shortest periods of the camera's movement across and up, seconds
_DUST_COLOUR: Colour = (150, 168, 214)
_MAX_DUST_LEVEL = 0.24
_DUST_MARGIN_PX = 60


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
    def from_network(
        cls,
        network: NetworkSummary,
        count: int = MAX_SYNAPSES,
        layout: PictureLayout = LANDSCAPE,
    ) -> SynapseCurves:
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
        return cls(layout.points(points), network.preferred_pitch_class[sources])

    def __getitem__(self, part: slice) -> SynapseCurves:
        return SynapseCurves(self.points[part], self.pitch_classes[part])


class Backdrop:
    """The layers behind every scene of one network, rendered at their first use.

    Parameters
    ----------
    network : NetworkSummary
    layout : PictureLayout, optional
    """

    def __init__(self, network: NetworkSummary, layout: PictureLayout = LANDSCAPE) -> None:
        self._network, self._layout = network, layout
        self._layers: tuple[BackdropLayer, ...] = ()

    @property
    def is_rendered(self) -> bool:
        """Whether the layers can be had at once."""
        return bool(self._layers)

    @property
    def layers(self) -> tuple[BackdropLayer, ...]:
        """The layers in drawing order, the far one first."""
        self.render()
        return self._layers

    def render(self) -> None:
        """Render the layers unless that is done; takes a tenth of a second."""
        if self._layers:
            return
        curves = SynapseCurves.from_network(self._network, layout=self._layout)
        size = layer_size(self._layout)
        far, near = curves[NEAR_SYNAPSES:], curves[:NEAR_SYNAPSES]
        self._layers = (
            BackdropLayer(_render_layer(far, 3.0, size), 0.3),
            BackdropLayer(_render_layer(near, 1.2, size), 0.55),
        )


_backdrops: WeakValueDictionary[tuple[NetworkSummary, PictureLayout], Backdrop]
_backdrops = WeakValueDictionary()
"""Backdrops in use; all scenes of a network share one."""


def layer_size(layout: PictureLayout) -> tuple[int, int]:
    """Width and height of a backdrop's layer, pixels; it ends above the keys.

    Parameters
    ----------
    layout : PictureLayout

    Returns
    -------
    (int, int)
    """
    width, height = layout.size[0], layout.keyboard.rect.top - 46
    return width + 2 * BORDER_PX, height + 2 * BORDER_PX


def build_backdrop(network: NetworkSummary, layout: PictureLayout = LANDSCAPE) -> Backdrop:
    """The backdrop of a network, made unless a scene already holds it.

    Parameters
    ----------
    network : NetworkSummary
    layout : PictureLayout, optional

    Returns
    -------
    Backdrop
        The same object as long as any scene holds it.
    """
    backdrop = _backdrops.get((network, layout))
    if backdrop is None:
        backdrop = _backdrops[network, layout] = Backdrop(network, layout)
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


def _render_layer(curves: SynapseCurves, blur: float, size: tuple[int, int]) -> pygame.Surface:
    """Blurred curves, computed at a quarter of the size."""
    light = _gaussian_blur(_sum_light(curves, size), blur) * _GAIN  # (width, height, 3)
    light = 0.75 * light + 0.25 * light.mean(axis=2, keepdims=True) * _TINT
    below = np.arange(light.shape[1], 0, -1) * _DOWNSCALE_FACTOR
    light *= np.clip((below - BORDER_PX) / _FADE_HEIGHT_PX, 0.0, 1.0)[None, :, None]
    grain = np.random.default_rng(0).random((*light.shape[:2], 1))  # dither hides steps
    light += grain * (light > 0)
    small = pygame.surfarray.make_surface(np.clip(light, 0, 255).astype(np.uint8))
    large = blank_surface(size)
    pygame.transform.smoothscale(small.convert(large), size, large)
    return large


def _sum_light(curves: SynapseCurves, layer: tuple[int, int]) -> Floats:
    """Sum of the light of all curves at a quarter of the size, shape (width, height, 3)."""
    size = layer[0] // _DOWNSCALE_FACTOR, layer[1] // _DOWNSCALE_FACTOR
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


class Ground:
    """A scene's background and the backdrop's layers, composed anew when either has changed.

    The camera moves by a pixel some three times a second; in all other frames two additions to the
    whole picture are saved.

    Parameters
    ----------
    size : (int, int)
        Width and height, pixels.
    poll : callable, optional
        Called after each piece drawn, as by `PolledSurface`.
    """

    def __init__(self, size: tuple[int, int], poll: Callable[[], None] = lambda: None) -> None:
        self._picture = PolledSurface(size, poll)
        self._background: pygame.Surface | None = None
        self._revision, self._layers = 0, ()

    def compose(
        self, background: pygame.Surface, revision: int, layers: tuple[PlacedSprite, ...]
    ) -> pygame.Surface:
        """The background with the layers added, which holds until the next call.

        Another `revision` tells that the same background has been drawn on.
        """
        is_same = background is self._background and revision == self._revision
        if not is_same or layers != self._layers:
            self._background, self._revision, self._layers = background, revision, layers
            self._picture.written.clear()
            self._picture.blit(background, (0, 0))
            for picture, place in layers:
                self._picture.blit(picture, place, special_flags=BLEND_ADD)
        return self._picture


class Camera:
    """The camera of one scene.

    Parameters
    ----------
    seed : int
        Seed of its movement and its dust.
    layout : PictureLayout, optional
    """

    def __init__(self, seed: int, layout: PictureLayout = LANDSCAPE) -> None:
        draw = np.random.default_rng(seed)
        self._periods = [period * draw.uniform(1.0, 1.5) for period in SWAY_PERIODS_S]
        self._phases = draw.uniform(0, math.tau, 2).tolist()
        area = layout.size[0] + 2 * _DUST_MARGIN_PX, layout.keyboard.rect.top - 60
        depth = draw.integers(0, len(DUST_PARALLAX_FACTORS), DUST_MOTE_COUNT)
        self._depth = np.array(DUST_PARALLAX_FACTORS)[depth]
        self._places = draw.uniform(
            (-_DUST_MARGIN_PX, -_DUST_MARGIN_PX),
            (area[0] - _DUST_MARGIN_PX, area[1]),
            (DUST_MOTE_COUNT, 2),
        )
        levels = (_MAX_DUST_LEVEL * draw.uniform(0.45, 1.0, DUST_MOTE_COUNT)).tolist()
        atlases = [
            glow_atlas(2.5 + 3.5 * depth, 0, 1.0, colours=(_DUST_COLOUR,))
            for depth in DUST_PARALLAX_FACTORS
        ]
        self._mote_sprites = [
            atlases[k].sprite(0, at) for k, at in zip(depth.tolist(), levels, strict=True)
        ]
        self._places -= [(mote.width / 2, mote.height / 2) for mote in self._mote_sprites]

    def offset(self, seconds: float) -> tuple[float, float]:
        """Position of the camera across and up, pixels at the nearest depth."""
        across, up = (
            sway * math.sin(math.tau * seconds / period + phase)
            for sway, period, phase in zip(
                SWAY_AMPLITUDE_PX, self._periods, self._phases, strict=True
            )
        )
        return across, up

    def placed_layers(
        self, layers: Sequence[BackdropLayer], seconds: float
    ) -> tuple[PlacedSprite, ...]:
        """The layers as the camera sees them at a time, to be added to a picture."""
        across, up = self.offset(seconds)
        return tuple(
            (
                layer.picture,
                (
                    -round(BORDER_PX + layer.parallax * across),
                    -round(BORDER_PX + layer.parallax * up),
                ),
            )
            for layer in layers
        )

    def dust_sprites(self, seconds: float) -> list[PlacedSprite]:
        """The dust as the camera sees it at a time, for `Surface.fblits`."""
        places = self._places - np.outer(self._depth, self.offset(seconds))
        return list(zip(self._mote_sprites, map(tuple, places.tolist()), strict=True))
