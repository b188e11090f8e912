"""Scene: the base class of every picture of the network, and what its scenes share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np
import pygame

from messages.cues import KEY_COUNT, Turn
from messages.gestures import LessonTone
from midi_data.notes import LOWEST_PITCH
from visuals.drawing.animation import smoothstep
from visuals.drawing.backdrop import build_backdrop
from visuals.drawing.bloom import GlowLayer
from visuals.drawing.canvas import Canvas
from visuals.drawing.picture_layout import LANDSCAPE, PictureLayout
from visuals.drawing.sprites import BRIGHTNESS_STEPS, PlacedSprite
from visuals.drawing.theme import (
    LABEL_COLOUR,
    PITCH_COLOURS,
    PROMPT_POSITION,
    TEXT_COLOUR,
    TITLE_POSITION,
    mix,
    shade,
)
from visuals.drawing.typography import TITLE_STYLE, TextStyle, Typesetter
from visuals.input.touch_input import DragSteering
from visuals.network_summary import NetworkSummary
from visuals.scenes.base.drummer import HitLights
from visuals.scenes.base.frame import Frame
from visuals.scenes.base.visitor_wave import VisitorWave
from visuals.widgets.hit_targets import UnitHitTargets, UnitIndex
from visuals.widgets.piano_keyboard import PianoKeyboard
from visuals.widgets.piano_roll import PianoRoll
from visuals.words import Words

NOTE_NAME_FADE_S = 1.6  # time in which the name of a note fades after the note, seconds
_NOTE_NAME_STEPS = 12  # number of brightness steps in which the name fades
_STYLE_BASELINE_PX = 50  # bottom of the capitals of the style's name, above the title
_SUBTITLE_TOP_PX = 122

Steering = tuple[str, tuple[float, ...]]  # name and values of a `messages.gestures.ParameterChange`
INVITING_TURNS = (Turn.ATTRACT, Turn.LISTEN)
INVITING_FADE_S = 1.0  # time in which the light of playable keys comes and goes, seconds


@dataclass(frozen=True, slots=True, eq=False)
class SceneResources:
    """Objects that all scenes of one language share.

    Parameters
    ----------
    typesetter : Typesetter
        Renderer and cache of text.
    words : Words
        Texts on the screen, in one language.
    keyboard : PianoKeyboard
        Piano at the lower edge of the picture.
    networks : tuple of NetworkSummary, optional
        Networks of a blend, in the order of its weights; empty without a blend.
    layout : PictureLayout, optional
        Rectangles of the picture.
    """

    typesetter: Typesetter
    words: Words
    keyboard: PianoKeyboard
    networks: tuple[NetworkSummary, ...] = ()
    layout: PictureLayout = LANDSCAPE


class Scene(ABC):
    """One picture of the network.

    Positions in the attributes of a class are those of the landscape layout; an instance has them
    in its own layout. A scene draws frames. It knows no clock, and it keeps no state that a frame
    depends on except trails of light and eased positions. Subclasses set the attributes of the
    class, prepare what they draw in `_prepare`, and draw it in `_draw_background` and
    `_draw_network`. Scenes with units, or with parameters to steer, override the methods for
    touches and keys too.

    Parameters
    ----------
    network : NetworkSummary
        Network on display.
    resources : SceneResources
        Text, words and piano.

    Attributes
    ----------
    name : str
        Name in commands and settings, and prefix of the scene's keys in `Words`.
    prompt_position : tuple of int
        Top left corner of the visitor's prompt, pixels; the stage draws the prompt.
    code_rect : Rect
        Square for a QR code, while nobody plays; words stand above and below it.
    crowd_position : tuple of int
        Top left corner of the crowd's lights.
    piano_roll : PianoRoll or None
        Notes of the recent past and the future, at the scene's own place, if it has one.
    glow_rect : Rect
        The part of the picture that may glow; as small as possible, because blurring is slow.
    glow_persistence : int
        Share of the glow that stays from frame to frame, in 255ths.
    shows_probabilities : bool
        Whether the piano shows the probabilities of the next note.
    names_style : bool
        Whether the heading names the style that plays.
    backdrop : Backdrop
        Far and near layer behind the scene; the stage draws the layers through its camera.
    hit_targets : UnitHitTargets or None
        Units that can be selected, and their positions; None in a scene without any.
    """

    name: str
    prompt_position: tuple[int, int] = PROMPT_POSITION
    code_rect = pygame.Rect(1560, 330, 330, 330)
    crowd_position: tuple[int, int] = (1560, 130)
    names_style = True
    piano_roll: PianoRoll | None = None
    glow_rect: pygame.Rect
    glow_persistence = 150
    shows_probabilities = True
    hit_targets: UnitHitTargets | None = None

    def __init__(self, network: NetworkSummary, resources: SceneResources) -> None:
        self.network, self.resources = network, resources
        self.layout = layout = resources.layout
        self.prompt_position = layout.prompt_position or self.prompt_position
        self.code_rect = layout.code_place(self.code_rect, self.name)
        self.crowd_position = layout.crowd_position or self.crowd_position
        self.glow_rect = layout.glow_rect(self.glow_rect, f"{self.name} glow")
        if (roll := self.piano_roll) is not None:
            rect = layout.rect(roll.rect, f"{self.name} roll")
            now_x = rect.left + (roll.now_x - roll.rect.left) / roll.rect.width * rect.width
            self.piano_roll = replace(roll, rect=rect, now_x=now_x)
        self.backdrop = build_backdrop(network, layout)
        self._glow = GlowLayer(self.glow_rect)
        self._visitor_wave = VisitorWave(resources.keyboard)
        self._hit_lights = HitLights(resources.keyboard.rect)
        self._prepare()
        self._background = self._draw_background()

    def complete(self) -> None:
        """Build what the first frames can do without; may run beside their drawing."""
        self.backdrop.render()

    @abstractmethod
    def _prepare(self) -> None:
        """Lay out the network, and build what draws it."""

    @abstractmethod
    def _draw_background(self) -> pygame.Surface:
        """Draw the scene at rest."""

    @abstractmethod
    def _draw_network(self, surface: pygame.Surface, frame: Frame) -> None:
        """Draw everything over the background but the keys and the note name."""

    def background(self, frame: Frame) -> tuple[pygame.Surface, int]:
        """What lies beneath all that moves, and how many times it has been drawn on."""
        return self._background, 0

    def draw(
        self,
        surface: pygame.Surface,
        frame: Frame,
        names_note: bool = True,
        ground: pygame.Surface | None = None,
    ) -> None:
        """Draw the whole picture on a surface of the layout's size, 32 bits; overwritten.

        `names_note` writes the large name of the latest note. `ground` is the background with the
        backdrop behind it; by default there is no backdrop.
        """
        surface.blit(self.background(frame)[0] if ground is None else ground, (0, 0))
        self._glow.begin_frame(self.glow_persistence)
        self._visitor_wave.draw(surface, frame)
        self._draw_network(surface, frame)
        ahead = frame.next_key_probabilities if self.shows_probabilities else np.zeros(KEY_COUNT)
        self.resources.keyboard.draw(surface, frame.key_light, ahead, frame.visitor_key_light)
        self.resources.keyboard.draw_playable_light(surface, inviting_level(frame))
        self._hit_lights.draw(surface, frame)
        if names_note:
            self._write_note_name(surface, frame)

    def draw_wave(
        self, surface: pygame.Surface, frame: Frame, serials: Collection[int], light: float
    ) -> None:
        """Add the beginning waves of some of a visitor's notes to a picture of some light, 0..1."""
        self._visitor_wave.draw(surface, frame, serials, light)

    def wave_lamp(self, pitch: int, strength: float) -> PlacedSprite:
        """The light of a strength (0..1) with which the wave of a visitor's key begins."""
        return self._visitor_wave.lamp(pitch, strength)

    def render_wave_lamps(self) -> None:
        """Render the lamps now: the first keys would have to wait for them."""
        for step in range(1, BRIGHTNESS_STEPS + 1):
            self.wave_lamp(LOWEST_PITCH, step / BRIGHTNESS_STEPS)

    def touch(self, x: float, y: float, now: int) -> tuple[LessonTone, ...]:
        """Tones to be heard from the time `now` (ns) on, where a finger asks for some."""
        return ()

    def unit_at(self, x: float, y: float) -> UnitIndex | None:
        """Layer and number of the unit under a finger; None if no unit is near."""
        return None if self.hit_targets is None else self.hit_targets.unit_at(x, y)

    def unit_position(self, layer: int, unit: int) -> tuple[float, float] | None:
        """Position of a unit, pixels; None if the scene does not draw it."""
        return None if self.hit_targets is None else self.hit_targets.unit_position((layer, unit))

    def drag_steering_at(self, x: float, y: float) -> DragSteering | None:
        """The control that a finger grasps: from its position to a parameter's name and values."""
        return None

    def steer_by_arrow(self, across: int, down: int) -> Steering | None:
        """The parameter change of an arrow key in a direction of -1, 0 or 1 each, if any."""
        return None

    def steer_temperature(self, steps: int) -> Steering | None:
        """The parameter change of a key that raises the temperature by some steps, if any."""
        return None

    def _finish_background(
        self, canvas: Canvas, *subtitles: str, labels: bool = False
    ) -> pygame.Surface:
        """Render a canvas, with the heading, the piano roll's frame and the resting keyboard."""
        surface = canvas.to_surface()
        typesetter, words = self.resources.typesetter, self.resources.words
        scale = typesetter.scale
        shows_subtitles = scale.has_captions and self.layout.has_subtitles
        title = words[f"{self.name}.title"]
        typesetter.draw_text(surface, title, TITLE_POSITION, TITLE_STYLE)
        if self.names_style:
            name = words.style_title(self.network.style, self.network.title)
            style = TextStyle(scale.needed, "jost-300", 0.5, shade(TEXT_COLOUR, 0.75))
            place = (TITLE_POSITION[0] + 3, _STYLE_BASELINE_PX - round(1.07 * scale.needed))
            typesetter.draw_text(surface, name, place, style)
        caption = TextStyle(scale.least, "jost-300", 0.4, LABEL_COLOUR)
        for line, text in enumerate(subtitles if shows_subtitles else ()):
            place = (TITLE_POSITION[0] + 3, _SUBTITLE_TOP_PX + round(1.4 * scale.least) * line)
            typesetter.draw_text(surface, text, place, caption)
        if self.piano_roll is not None:
            self.piano_roll.draw_static(surface, typesetter, words, labels=labels)
        self.resources.keyboard.draw_static(surface)
        return surface

    def _write_note_name(self, surface: pygame.Surface, frame: Frame) -> None:
        """Write the name of the latest note, large, at the top right."""
        latest = frame.timeline.latest_cue(frame.time)
        if latest is None:
            return
        # steps limit the number of rendered shades of each letter
        level = max(0.0, 1.0 - frame.silence_s(latest) / NOTE_NAME_FADE_S)
        level = round(level * _NOTE_NAME_STEPS) / _NOTE_NAME_STEPS
        if level == 0.0:
            return
        (x, y), pitch = self.layout.note_name_position, latest.cue.pitch
        typesetter = self.resources.typesetter
        colour = mix((0, 0, 0), PITCH_COLOURS[pitch % 12], 0.25 + 0.75 * level)
        style = TextStyle(112, "jost-200", 0.0, shade(colour, min(1.0, 1.5 * level)))
        place = (x, y - 18)
        name = self.resources.words.note_name(pitch)
        typesetter.draw_note_name(surface, name, place, style, "right")


def inviting_level(frame: Frame) -> float:
    """Light of the keys that can be played: it comes and goes softly with the visitor's turns.

    Parameters
    ----------
    frame : Frame

    Returns
    -------
    float
        0 to 1.
    """
    turn = frame.timeline.turn(frame.time)
    before = frame.timeline.turn(turn.due - 1)
    now, then = (float(each.turn in INVITING_TURNS) for each in (turn, before))
    return then + (now - then) * smoothstep(frame.seconds_since(turn.due) / INVITING_FADE_S)
