"""Stage picture: a scene or lesson, and everything that lies over it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import pygame

from messages.clock import SECOND
from messages.cues import KeyStruck, NoteCue, NoteSource, StageMessage
from visuals.drawing.animation import smoothstep
from visuals.drawing.backdrop import Camera, Ground
from visuals.drawing.picture_layout import PictureLayout
from visuals.drawing.polled_surface import PolledSurface
from visuals.drawing.sprites import BLEND_ADD, PlacedSprite
from visuals.drawing.typography import PlacedText
from visuals.hud.audience_card import AudienceCard
from visuals.hud.overlay import StageOverlay, rhythm_line
from visuals.hud.test_picture import TestPicture
from visuals.hud.tour_view import TourView, is_magnified
from visuals.hud.vote_targets import VoteTargets
from visuals.input.stage_input import StageInput
from visuals.lessons.browser import LessonBrowser
from visuals.network_summary import NetworkSummary
from visuals.scene_switch import SceneSwitch
from visuals.scenes import scene_types
from visuals.scenes.base.frame import Frame
from visuals.scenes.base.scene import SceneResources
from visuals.scenes.base.visitor_wave import struck_key_strength
from visuals.tour import Tour
from visuals.window.flash_meter import FlashGuard
from visuals.window.frame_timing import FrameTimingMeter
from visuals.window.picture_controls import PictureControls

CROSSFADE_S = 0.8  # duration of a crossfade, seconds
REDUCED_MOTION_CROSSFADE_S = 2.5  # duration of a crossfade with reduced motion, seconds


class StagePicture:
    """Draws whole frames on its surface; `poll` is called after each piece drawn."""

    def __init__(
        self,
        scenes: SceneSwitch,
        lesson_browser: LessonBrowser,
        resources: SceneResources,
        controls: PictureControls,
        timing: FrameTimingMeter,
        tour: Tour,
        legends: bool,
        poll: Callable[[], None],
    ) -> None:
        self._scenes, self._lesson_browser = scenes, lesson_browser
        self._controls, self._timing, self._has_legends = controls, timing, legends
        self._poll, self.tour = poll, tour
        self._lacks_backdrop = False  # as drawn last
        self._covered: tuple[pygame.Rect, ...] = ()  # by the votes, as drawn last
        self.audience, self.votes = AudienceCard(resources), VoteTargets(resources)
        self.test_picture: TestPicture | None = None  # drawn over everything
        self.use_layout(resources.layout)
        self.set_resources(resources, scenes.shown.language)

    def use_layout(self, layout: PictureLayout) -> None:
        """Draw in another layout from now on."""
        names = enumerate(scene.name for scene in scene_types())
        self._cameras = {name: Camera(seed, layout) for seed, name in names}
        self._crossfade, self._flash_guard = Crossfade(), FlashGuard(layout.size)
        self.surface = PolledSurface(layout.size, self._poll)
        self._ground = Ground(layout.size, self._poll)
        self._piano_frame: Frame | None = None  # the last one drawn, if it has a piano

    @property
    def mean_light(self) -> float:
        """Mean of the red, green and blue values of the last frame, 0..1."""
        return self._flash_guard.mean_light

    def begin_crossfade(self) -> None:
        """Fade from the last frame to the next ones."""
        self._crossfade.begin(self.surface)

    def set_resources(self, resources: SceneResources, language: str) -> None:
        """Write the overlay in another language."""
        self._overlay = StageOverlay(self._scenes.shown.network, resources, language)
        self._tour_view = TourView(self._scenes.shown.network, resources)
        self.audience.set_resources(resources)
        self.votes.set_resources(resources)

    def set_network(self, network: NetworkSummary) -> None:
        """Describe the units of another network."""
        self._overlay.set_network(network)
        self._tour_view.set_network(network)

    def draw(self, frame: Frame, stage_input: StageInput) -> None:
        """Draw a frame; the surface has the input polled after each piece."""
        before = list(self.surface.written)
        self.surface.begin_frame()
        turn = frame.timeline.turn(frame.time).turn
        moment = self.tour.moment(frame.time)
        is_lesson, covered = self._lesson_browser.is_open, ()
        if is_lesson:
            self._lesson_browser.draw(self.surface, frame)
        else:
            self._draw_scene(frame, moment is None or not is_magnified(moment))
            if moment is not None:
                self._tour_view.draw(self.surface, frame, self._scenes.scene, moment)
            else:
                self._draw_buttons(frame, stage_input, before)
        if self._has_legends:
            self._overlay.draw_legends(self.surface, stage_input.legends, turn)
        if not is_lesson and moment is None:
            scene, time = self._scenes.scene, frame.time
            covered = self.votes.draw(self.surface, scene, frame.timeline, time)
            self.audience.draw(self.surface, frame, scene, covered)
            self._overlay.draw_prompt(self.surface, frame, self._scenes.scene)
        stage_input.cover_scene(covered)
        self._covered = covered
        duration = REDUCED_MOTION_CROSSFADE_S if frame.reduced_motion else CROSSFADE_S
        self._crossfade.draw(self.surface, frame.time, duration)
        self._overlay.draw_languages(self.surface)
        if self.test_picture is not None:
            self.test_picture.draw(self.surface, frame.time)
        if stage_input.operator_lock is not None:
            self._overlay.draw_lock(self.surface, stage_input.operator_lock)
        self._flash_guard.limit_flashes(self.surface, self._controls.brightness)
        if self._controls.shows_statistics:
            self._draw_statistics(frame)
        self._piano_frame = frame if self._shows_piano else None

    def light_late_keys(self, messages: Sequence[StageMessage], time: int) -> None:
        """Take messages that came while the frame of `time` (ns) was drawn.

        The keys of visitors among them are lit in that frame, not in the next.
        """
        timeline = self._scenes.frame_builder.timeline
        drawn = {key.cue.serial for key in timeline.struck_keys}
        for message in messages:
            self._scenes.apply_message(message)
        keys = {message.serial for message in messages if _is_key(message)} - drawn
        if keys and self._shows_piano:
            frame = self._scenes.frame_builder.build_frame(time, 0)
            light = self._controls.brightness * self._flash_guard.level
            self._scenes.scene.draw_wave(self.surface, frame, keys, light)

    def wave_lamp(self, key: KeyStruck) -> PlacedSprite | None:
        """What a struck key adds at once to the picture that was drawn last."""
        if self._piano_frame is None or not self._shows_piano:
            return None
        light = self._controls.brightness * self._flash_guard.level
        strength = light * struck_key_strength(self._piano_frame, key)
        return self._scenes.scene.wave_lamp(key.pitch, strength) if strength else None

    @property
    def _shows_piano(self) -> bool:
        """Whether keys are to be lit beside the drawing of frames."""
        is_covered = self.test_picture is not None or self.tour.is_running
        return not (is_covered or self._lesson_browser.is_open)

    def _taken_places(
        self, frame: Frame, card: pygame.Rect | None, before: Sequence[PlacedText]
    ) -> list[pygame.Rect]:
        """Where the last frame has text, codes, lights or votes that nothing may hide."""
        scene, texts = self._scenes.scene, [one.ink for one in before]
        if card is not None:
            texts = [rect for rect in texts if not card.contains(rect)]
        return [*texts, *self._covered, *self.audience.places(frame, scene)]

    def _draw_buttons(
        self, frame: Frame, stage_input: StageInput, before: Sequence[PlacedText]
    ) -> None:
        """Draw the card of a touched unit, and the buttons beside the piano.

        `before` is the text of the last frame, which neither card nor hand may hide.
        """
        taken = partial(self._taken_places, frame, stage_input.card_rect, before)
        inspection = stage_input.current_inspection()
        scene, last_input = self._scenes.scene, stage_input.last_input
        stage_input.card_rect = self._overlay.draw_card(
            self.surface, frame, scene, inspection, taken
        )
        self._overlay.draw_hand(self.surface, frame, scene, last_input, taken)
        self._lesson_browser.draw_entry_button(self.surface)
        self._overlay.draw_tour_button(self.surface)

    def _draw_scene(self, frame: Frame, names_note: bool) -> None:
        scene = self._scenes.scene
        is_backdrop_rendered = scene.backdrop.is_rendered
        if self._lacks_backdrop and is_backdrop_rendered:
            self.begin_crossfade()
        self._lacks_backdrop = not is_backdrop_rendered
        if frame.detail_level == 0:
            scene.draw(self.surface, frame, names_note)
            return
        camera, seconds = self._cameras[scene.name], frame.ambient_time_s
        layers = scene.backdrop.layers[-frame.detail_level :] if is_backdrop_rendered else ()
        placed = camera.placed_layers(layers, seconds)
        ground = self._ground.compose(*scene.background(frame), placed)
        scene.draw(self.surface, frame, names_note, ground)
        self.surface.fblits(camera.dust_sprites(seconds), BLEND_ADD)

    def _draw_statistics(self, frame: Frame) -> None:
        scene = self._scenes.scene
        light = f"light {self._flash_guard.level:.2f}"
        line = f"detail {frame.detail_level}  {light}  {scene.name}"
        lines = (
            [line] if frame.timeline.rhythm is None else [line, rhythm_line(frame.timeline.rhythm)]
        )
        self._timing.draw(self.surface, scene.resources.typesetter, lines)


def _is_key(message: StageMessage) -> bool:
    """Whether a message tells of a visitor's key."""
    is_cue = isinstance(message, NoteCue) and message.source is NoteSource.VISITOR
    return is_cue or isinstance(message, KeyStruck)


def save_picture(picture: pygame.Surface, path: Path) -> None:
    """Write a picture to a .png file, which appears complete or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.stem}.part.png")
    try:
        pygame.image.save(picture, str(partial))
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


class Crossfade:
    """Draws the last picture of the previous scene over the new one, with falling opacity."""

    def __init__(self) -> None:
        self._previous_picture: pygame.Surface | None = None
        self._started_at: int | None = None

    def begin(self, picture: pygame.Surface) -> None:
        """Start from a copy of this picture."""
        if self._previous_picture is None:
            self._previous_picture = picture.copy()
        else:
            self._previous_picture.set_alpha(None)
            self._previous_picture.blit(picture, (0, 0))
        self._started_at = None

    def draw(self, picture: pygame.Surface, time: int, seconds: float = CROSSFADE_S) -> None:
        """Blend the previous picture into this one at a time, ns; the first call is the start."""
        if self._previous_picture is None:
            return
        if self._started_at is None:
            self._started_at = time
        left = 1.0 - (time - self._started_at) / SECOND / seconds
        if left <= 0.0:
            self._previous_picture = None
            return
        self._previous_picture.set_alpha(round(255 * smoothstep(left)))
        picture.blit(self._previous_picture, (0, 0))
