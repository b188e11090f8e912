"""Stage: the window. It takes cues, draws each at its due time, and hands back what visitors do.

Keys at the window
------------------
* A scene is chosen with a digit, of the upper row or the keypad, or with F1, F2, ... F8.
* The piano lies on the letters: `visuals.input.computer_keyboard`.
* Tab, 0 or a touch of the question mark opens the lessons, and Tab, 0 or any scene's key closes
  them; while they are open the keys of `visuals.lessons.actions` are theirs.
* A finger or the mouse plays the piano on the screen, looks at units, silences and amplifies them,
  and turns knobs, where a scene shows any: see `visuals.input.touch_input`; arrows, Space and Enter
  do so, too, and Page Up and Page Down shift the piano: see `visuals.input.gesture_input`.
* Minus darkens the picture and equals brightens it; F10, or a touch of the language's name, goes to
  the next language; F12 shows an operator how punctual notes are.
* F9 stills what moves for its beauty only, or sets it going again.
* F11 goes to full screen and back. Esc, or closing the window, is a `QuitRequest` gesture.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import pygame

from messages.cues import ModelChange, StageMessage, Turn
from messages.gestures import Gesture, ModelRequest
from messages.stage_timing import StageTiming
from rnn.teaching.probed_network import ProbedNetwork
from rnn.teaching.tune_learner import TuneLearnerSnapshot
from visuals.drawing.camera import Camera
from visuals.drawing.sprites import blank_surface
from visuals.drawing.theme import PICTURE_SIZE_PX
from visuals.drawing.typography import Typesetter
from visuals.frame_builder import FrameBuilder
from visuals.hud.overlay import LANGUAGE_BUTTON_RECT, StageOverlay, next_language
from visuals.hud.piano_keyboard import PianoKeyboard
from visuals.input.key_bindings import (
    ChangeBrightness,
    NextLanguage,
    PictureClick,
    SelectScene,
    ToggleFullscreen,
    ToggleLessons,
    ToggleReducedMotion,
    ToggleStatistics,
    WindowCommand,
)
from visuals.input.stage_input import StageInput
from visuals.lessons.actions import LessonAction
from visuals.lessons.audio import GestureLessonAudio
from visuals.lessons.browser import LessonBrowser
from visuals.lessons.shared_state import SharedLessonState
from visuals.lessons.trainer import LessonTrainer
from visuals.network_summary import NetworkSummary
from visuals.pending_networks import PendingNetworks
from visuals.scene_builder import SceneBuilder
from visuals.scenes import scene_types
from visuals.scenes.base import Frame, Scene, SceneResources
from visuals.stage_networks import StageNetworks
from visuals.timeline import Timeline
from visuals.window.crossfade import CROSSFADE_S, REDUCED_MOTION_CROSSFADE_S, Crossfade
from visuals.window.flash_guard import FlashGuard
from visuals.window.frame_clock import (
    FrameClock,
    MonotonicStageClock,
    StageClock,
    create_detail_controller,
)
from visuals.window.frame_timing import FrameTimingMeter
from visuals.window.gc_policy import DummyGcPolicy, GcPolicy
from visuals.window.scene_rotation import SceneRotation
from visuals.window.stage_options import StageOptions, open_presenter
from visuals.words import load_words

log = logging.getLogger(__name__)

PRELOAD_INTERVAL_FRAMES = 20
"""Frames between two preparations of what is not shown yet: early, while a pause is not minded, so
that changing to it takes no time, and not before the first picture."""
PRELOAD_DURATION_FRAMES = 8 * PRELOAD_INTERVAL_FRAMES
"""Frames after which all is prepared: there are fewer things than eight."""
BLEND_SCENE = "blend"
"""The scene that shows all networks at once."""
BRIGHTNESS_LEVELS = (0.15, 0.3, 0.5, 0.7, 1.0)
"""Steps of the dim key."""


class UnknownSceneError(ValueError):
    """A scene of a name there is not."""


class Stage:
    """Shows a network at work.

    Parameters
    ----------
    settings : StageOptions
    anatomy : Anatomy
        Of the network whose cues come.
    poll : callable
        Gives the messages that came since it was last called; must not block.
    sink : callable
        Takes each gesture; must not block.
    offscreen : bool
        Draw without a window and without events.
    clock : StageClock, optional
    partners : sequence of Anatomy
        Of the networks that may be blended into the first.
    sweeper : Sweeper, optional
        Decides when the process looks for garbage; by itself it does when it likes.
    workshop : Workshop, optional
        Where a network learns in the lessons, so that no picture waits for it.
    subject : Subject, optional
        The network that plays, for the lesson that asks what its cells like.

    Raises
    ------
    NoDisplayError
        If there is no display (not off screen).
    UnknownSceneError, UnknownLanguageError
        If the settings name one there is not.
    """

    def __init__(
        self,
        settings: StageOptions,
        anatomy: NetworkSummary,
        poll: Callable[[], Sequence[StageMessage]],
        sink: Callable[[Gesture], None],
        offscreen: bool = False,
        clock: StageClock | None = None,
        partners: Sequence[NetworkSummary] = (),
        workshop: LessonTrainer | None = None,
        sweeper: GcPolicy | None = None,
        subject: ProbedNetwork | None = None,
    ) -> None:
        if not getattr(pygame, "IS_CE", False):
            raise ImportError("this is pygame, not pygame-ce: remove it and install pygame-ce")
        self._settings, self._shown_network = settings, anatomy
        self._poll, self._sink = poll, sink
        self._clock = clock or MonotonicStageClock()
        pygame.font.init()
        self._networks = (anatomy, *partners)
        self._stage_networks = StageNetworks(self._networks, subject)
        self._leader_build: tuple[NetworkSummary, SceneBuilder] | None = None
        self._pending: PendingNetworks | None = None
        self._toolkit = _create_toolkit(settings.language, self._networks)
        bench = SharedLessonState(workshop, subject)
        self._lesson_browser = LessonBrowser(
            self._toolkit, GestureLessonAudio(sink, self._clock), bench
        )
        self._language = settings.language
        self._overlay = StageOverlay(anatomy, self._toolkit, settings.language)
        self._home_scenes: dict[str, Scene] = {}
        self._scenes = self._home_scenes
        self._language_build: SceneBuilder | None = None
        self._preload_tasks = deque[Callable[[], object]](
            partial(self._get_scene, scene.name) for scene in scene_types()
        )
        self._preload_tasks.append(self._lesson_browser.build_lessons)
        self._presenter = open_presenter(settings, offscreen)
        self._has_window = not offscreen
        self.scene = self._get_scene(settings.scene)
        self._crossfade = Crossfade()
        self._flash_guard = FlashGuard()
        self._picture = blank_surface(PICTURE_SIZE_PX)
        self._input = StageInput(
            self, self._toolkit.keyboard, sink, self._clock.now, has_window=not offscreen
        )
        self._rotation = SceneRotation(settings.rotation_interval_s)
        self._frame_timing, self._shows_statistics = FrameTimingMeter(), False
        self._brightness_step = len(BRIGHTNESS_LEVELS) - 1
        self._reduced_motion = settings.reduced_motion
        self._cameras = {scene.name: Camera(k) for k, scene in enumerate(scene_types())}
        self._gc_policy = sweeper or DummyGcPolicy()
        self._frame_builder = FrameBuilder(anatomy)
        self._detail_controller = create_detail_controller(settings.quality)
        self._frame_clock = FrameClock(self._clock)
        self._frame_number = 0
        self._last_turn = Turn.ATTRACT

    @property
    def picture(self) -> pygame.Surface:
        """The last frame, 1920 by 1080 pixels; the next is drawn over it."""
        return self._picture

    @property
    def timeline(self) -> Timeline:
        """The cues that are known."""
        return self._frame_builder.timeline

    @property
    def in_lesson(self) -> bool:
        """Whether a lesson is open."""
        return self._lesson_browser.is_open

    @property
    def stage_timing(self) -> StageTiming:
        """How punctual the last notes and frames were."""
        return self._frame_timing.stage_timing

    def show_frame(self, now: int | None = None) -> None:
        """Draw and show one frame.

        Parameters
        ----------
        now : int, optional
            The moment to show, ns. Without it, that of the next of 60 frames a second, and this
            call waits until it has come.
        """
        time = self._frame_clock.next_deadline() if now is None else now
        for command in self._input.read_commands():
            self._apply_command(command)
        for message in self._poll():
            self._apply_message(message)
        self._switch_when_built()
        self._switch_language_when_built()
        started = self._clock.now()
        self._frame_builder.set_held_units(self._input.held_units)
        # a note is on the glass in the frame nearest to it, half a frame early or late at the most
        shown = time if now is not None else time + round(self._frame_clock.period_ns / 2)
        self._draw(
            self._frame_builder.build_frame(
                shown,
                self._frame_number,
                self._detail_controller.detail_level,
                self._reduced_motion,
            )
        )
        work = self._clock.now() - started
        if now is None:
            self._detail_controller.record_frame(work)
            self._frame_clock.wait_until(time, self._input.poll)
        self._presenter.show(self._picture)
        self._input.poll()
        if now is None and not self._preload_tasks:  # what is slow until then is known
            self._frame_timing.record_frame(
                self._frame_builder.timeline, shown, self._clock.now(), work
            )
        self._frame_number += 1
        if (
            self._has_window
            and self._preload_tasks
            and self._frame_number % PRELOAD_INTERVAL_FRAMES == 0
        ):
            self._preload_tasks.popleft()()  # one at a time, or the house takes it for hung
            if not self._preload_tasks:
                self._gc_policy.freeze_objects()
        self._gc_policy.collect_after_frame(self._frame_number)

    def select_scene(self, name: str) -> None:
        """Change to another scene.

        Raises
        ------
        UnknownSceneError
            If there is none of that name.
        """
        if name != self.scene.name or self._lesson_browser.is_open:
            self.scene = self._get_scene(name)
            self._lesson_browser.close()
            self._crossfade.begin(self._picture)

    def toggle_lessons(self) -> None:
        """Open the lessons at the first, or go back to the scene; nothing of them is kept."""
        if self._lesson_browser.is_open:
            self._lesson_browser.close()
        else:
            self._lesson_browser.open()
        self._crossfade.begin(self._picture)

    def save_screenshot(self, path: Path) -> None:
        """Write the last frame to a .png file, which appears whole or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{path.stem}.part.png")
        try:
            pygame.image.save(self._picture, str(beside))
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)

    def close(self) -> None:
        """Close the window."""
        self._lesson_browser.close()
        if self._leader_build is not None:
            self._leader_build[1].close()
        if self._pending is not None:
            self._pending.scene_builder.close()
        if self._language_build is not None:
            self._language_build.close()
        self._stage_networks.close()
        self._presenter.close()
        self._gc_policy.unfreeze_objects()

    def _apply_message(self, message: StageMessage) -> None:
        if isinstance(message, ModelChange):
            self._change_networks(message.path)
        if self._pending is None or not self._pending.defer_message(message):
            self._frame_builder.apply_message(message)

    def _change_networks(self, path: str) -> None:
        """Another network plays from now on: draw that as soon as it can be."""
        troupe = self._stage_networks.load_networks(path)
        self._lesson_browser.set_probed_network(self._stage_networks.probed_network)
        if self._pending is not None:
            self._pending.scene_builder.stop()
            self._pending = None
        if troupe != self._networks:
            self._pending = PendingNetworks(troupe, self._start_pending_build(troupe))
            self._switch_when_built()

    def _start_scene_build(
        self,
        anatomy: NetworkSummary,
        troupe: tuple[NetworkSummary, ...],
        ready: Mapping[str, Scene] | None = None,
    ) -> SceneBuilder:
        """Scenes of a network and those it plays with, being built but for those ready."""
        language = self._language
        return SceneBuilder(
            lambda name: _create_scene(name, anatomy, _create_toolkit(language, troupe)),
            self._scene_build_order(),
            ready,
            self._has_window,
        )

    def _start_pending_build(self, troupe: tuple[NetworkSummary, ...]) -> SceneBuilder:
        """Scenes of networks that come; those of the house may be ready."""
        home = troupe is self._stage_networks.home_networks
        return self._start_scene_build(troupe[0], troupe, self._home_scenes if home else None)

    def _scene_build_order(self) -> list[str]:
        """What is to be built: the scene that is shown first; without a window only that."""
        shown = self.scene.name
        others = [scene.name for scene in scene_types() if scene.name != shown]
        return [shown, *others] if self._has_window else [shown]

    def _switch_when_built(self) -> None:
        """Draw the network that comes, once the scene to be shown is built."""
        coming = self._pending
        if coming is None:
            return
        if self.scene.name not in coming.scene_builder.scenes and coming.scene_builder.is_building:
            return
        self._pending = None
        self._input.release_fingers()
        self._cancel_leader_build()
        self._networks, self._shown_network = coming.networks, coming.networks[0]
        self._toolkit = replace(self._toolkit, networks=coming.networks)
        self._frame_builder.set_network(self._shown_network)
        for message in coming.deferred_messages:
            self._frame_builder.apply_message(message)
        self._overlay.set_network(self._shown_network)
        if self._language_build is not None:  # what comes speaks the language already
            self._language_build.stop()
        if self._preload_tasks or self._language_build is not None:
            self._preload_tasks.clear()
            self._language_build = None
            self._gc_policy.freeze_objects()
        self._use_scenes(coming.scene_builder.scenes)
        self.scene = self._get_scene(self.scene.name)
        self._crossfade.begin(self._picture)
        names = " and ".join(one.title or one.style for one in self._networks)
        log.info(
            "drawing %s, %d cells", names, self._shown_network.layers * self._shown_network.units
        )

    def _show_leading_network(self, frame: Frame) -> None:
        """Show the network that leads a blend: what the cues tell of is its."""
        if self._language_build is not None:
            return  # one change at a time
        leader = _leading_network(frame, self._networks)
        if leader is self._shown_network:
            self._cancel_leader_build()
        if leader is None or leader is self._shown_network:
            return
        if self._leader_build is None or self._leader_build[0] is not leader:
            self._cancel_leader_build()
            self._leader_build = leader, self._start_leader_build(leader)
        scenes = self._leader_build[1].scenes
        if self.scene.name in scenes:
            self._shown_network, self._scenes = leader, scenes
            self._overlay.set_network(leader)
            self._preload_tasks.clear()
            if self.scene is not scenes[self.scene.name]:
                self.scene = scenes[self.scene.name]
                self._crossfade.begin(self._picture)

    def _start_leader_build(self, leader: NetworkSummary) -> SceneBuilder:
        """Scenes of a network that leads; the blend's is the same whoever does."""
        shared = {name: scene for name, scene in self._scenes.items() if name == BLEND_SCENE}
        if leader is self._networks[0] and self._networks is self._stage_networks.home_networks:
            shared = self._home_scenes | shared
        return self._start_scene_build(leader, self._networks, shared)

    def _cancel_leader_build(self) -> None:
        """Nobody else is about to lead."""
        if self._leader_build is not None and self._leader_build[0] is not self._shown_network:
            self._leader_build[1].stop()
            self._leader_build = None

    def _adopt_chosen_network(self) -> None:
        """A lesson ends with a network that was chosen: have it played."""
        chosen = self._lesson_browser.pop_chosen_network()
        if chosen is not None:
            path = (
                self._stage_networks.save_snapshot(chosen)
                if isinstance(chosen, TuneLearnerSnapshot)
                else chosen
            )
            self._sink(ModelRequest(str(path), self._clock.now()))

    def set_language(self, language: str) -> None:
        """Go on in another language.

        Raises
        ------
        UnknownLanguageError
            If there are no words in it.
        """
        self._toolkit = _create_toolkit(language, self._networks)
        self._gc_policy.unfreeze_objects()
        self._language = language
        self._lesson_browser.set_resources(self._toolkit)
        self._overlay = StageOverlay(self._shown_network, self._toolkit, language)
        self._home_scenes = {}
        self._preload_tasks.clear()
        for builder in (self._leader_build and self._leader_build[1], self._language_build):
            if builder is not None:
                builder.stop()
        self._leader_build = None
        if self._pending is not None:
            self._pending.scene_builder.stop()
            self._pending = replace(
                self._pending, scene_builder=self._start_pending_build(self._pending.networks)
            )
        self._language_build = self._start_scene_build(self._shown_network, self._networks)
        self._crossfade.begin(self._picture)
        self._switch_language_when_built()

    def _switch_language_when_built(self) -> None:
        """Show the scene in the new words once it is built; those of before are drawn till then."""
        translated = self._language_build
        if translated is None:
            return
        is_done = not translated.is_building  # asked first, or what is built in between is missed
        if self._scenes is not translated.scenes and self.scene.name in translated.scenes:
            self._use_scenes(translated.scenes)
            self.scene = self._get_scene(self.scene.name)
            if not self._lesson_browser.is_open:
                self._crossfade.begin(self._picture)
        if is_done:
            self._language_build = None
            self._gc_policy.freeze_objects()

    def _use_scenes(self, scenes: dict[str, Scene]) -> None:
        """Have these scenes, more of which may be on their way; the house's are kept for later."""
        self._scenes = scenes
        if (
            self._networks is self._stage_networks.home_networks
            and self._shown_network is self._networks[0]
        ):
            self._home_scenes = scenes

    def _switch_to_next_language(self) -> None:
        self.set_language(next_language(self._language))

    def _get_scene(self, name: str) -> Scene:
        if name not in self._scenes:
            self._scenes[name] = _create_scene(name, self._shown_network, self._toolkit)
        return self._scenes[name]

    def _apply_command(self, command: WindowCommand) -> None:
        match command:
            case SelectScene(number):
                self._select_scene_number(number)
            case ToggleFullscreen():
                self._presenter.toggle_fullscreen()
            case ChangeBrightness(darker):
                step = self._brightness_step + (-1 if darker else 1)
                self._brightness_step = min(len(BRIGHTNESS_LEVELS) - 1, max(0, step))
            case ToggleReducedMotion():
                self._reduced_motion = not self._reduced_motion
                self._crossfade.begin(self._picture)
            case NextLanguage():
                self._switch_to_next_language()
            case ToggleStatistics():
                self._shows_statistics = not self._shows_statistics
            case ToggleLessons():
                self.toggle_lessons()
            case LessonAction():
                self._lesson_browser.handle_action(command, self._clock.now())
            case PictureClick(x, y):
                self._handle_click(x, y)

    def _reset_for_visitor(self) -> None:
        """A visitor has left: the next one finds all as the house has it."""
        self._brightness_step, self._shows_statistics = len(BRIGHTNESS_LEVELS) - 1, False
        self._reduced_motion = self._settings.reduced_motion
        self._input.reset_octave()
        if self._language != self._settings.language:
            self.set_language(self._settings.language)

    def _handle_click(self, x: float, y: float) -> None:
        was_open = self._lesson_browser.is_open
        self._lesson_browser.on_touch(x, y, self._clock.now())
        if LANGUAGE_BUTTON_RECT.collidepoint(x, y):
            self._switch_to_next_language()
        if self._lesson_browser.is_open != was_open:
            self._crossfade.begin(self._picture)

    def _select_scene_number(self, number: int) -> None:
        names = [scene.name for scene in scene_types()]
        if number <= len(names):
            self._rotation.record_choice(self._clock.now())
            self.select_scene(names[number - 1])

    def _draw(self, frame: Frame) -> None:
        timeline, time = frame.timeline, frame.time
        turn = timeline.turn(time).turn
        if self._rotation.is_due(time, turn) and not self._lesson_browser.is_open:
            names = [scene.name for scene in scene_types()]
            self.select_scene(names[(names.index(self.scene.name) + 1) % len(names)])
        if (
            turn is Turn.ATTRACT
            and self._last_turn is not turn
            and not self._lesson_browser.is_open
        ):
            self._reset_for_visitor()
        self._last_turn = turn
        if self._lesson_browser.is_open:
            self._lesson_browser.capture_played_notes(timeline, time)
            self._lesson_browser.update(time)
            if not self._lesson_browser.is_open:  # whoever was at it has gone
                self._crossfade.begin(self._picture)
                self._reset_for_visitor()
        self._adopt_chosen_network()
        self._show_leading_network(frame)
        if self._lesson_browser.is_open:
            self._lesson_browser.draw(self._picture, frame)
        else:
            self.scene.draw(self._picture, frame)
            self._input.poll()
            if frame.detail_level > 0:
                camera = self._cameras[self.scene.name]
                far, near = self.scene.backdrop
                seen = (far, near) if frame.detail_level > 1 else (near,)
                camera.draw(self._picture, seen, frame.ambient_time_s)
            self._input.poll()
            look = self._input.current_inspection()
            self._overlay.draw_card(self._picture, frame, self.scene, look)
            self._lesson_browser.draw_entry_button(self._picture)
        self._input.poll()
        if self._settings.legends:
            self._overlay.draw_legends(self._picture, self._input.legends, turn)
        if not self._lesson_browser.is_open:
            self._overlay.draw_prompt(self._picture, frame, self.scene)
        self._input.poll()
        self._crossfade.draw(
            self._picture, time, REDUCED_MOTION_CROSSFADE_S if frame.reduced_motion else CROSSFADE_S
        )
        self._overlay.draw_language(self._picture)
        self._input.poll()
        self._flash_guard.limit_flashes(
            self._picture, self._settings.brightness * BRIGHTNESS_LEVELS[self._brightness_step]
        )
        self._input.poll()
        if self._shows_statistics:
            more = [
                f"detail {frame.detail_level}  light {self._flash_guard.level:.2f}"
                f"  {self.scene.name}"
            ]
            self._frame_timing.draw(self._picture, self._toolkit.typesetter, more)


def _leading_network(frame: Frame, troupe: tuple[NetworkSummary, ...]) -> NetworkSummary | None:
    """The network that led as the last note came, if that was told."""
    latest = frame.timeline.latest_cue(frame.time)
    shares = None if latest is None else frame.timeline.blend_contributions(latest.cue.serial)
    if shares is None or len(shares.weights) != len(troupe):
        return None
    return troupe[int(shares.weights.argmax())]


def _create_scene(name: str, anatomy: NetworkSummary, toolkit: SceneResources) -> Scene:
    types = {scene.name: scene for scene in scene_types()}
    if name not in types:
        raise UnknownSceneError(f"no scene {name!r}; there are: {', '.join(types)}")
    return types[name](anatomy, toolkit)


def _create_toolkit(language: str, troupe: tuple[NetworkSummary, ...]) -> SceneResources:
    type = Typesetter()
    return SceneResources(type, load_words(language), PianoKeyboard(type), troupe)
