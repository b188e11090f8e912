"""Stage: the window that draws each cue at its time and passes on the gestures of visitors.

Keys at the window
------------------
* A digit, on the upper row or the keypad, or F1 to F6 selects a scene.
* The letters play the piano, Page Up and Page Down shift it: `visuals.input.computer_keyboard`.
* Tab, 0 or a touch of the question mark opens the lessons. Tab, 0 or the key of a scene closes
  them. Open lessons have the keys of `visuals.input.lesson_actions`.
* A finger or the mouse plays the piano on the screen, inspects, silences and amplifies units, and
  turns knobs: `visuals.input.touch_input`. Arrows, Space and Enter do the same, and Insert and
  Delete change the temperature: `visuals.input.gesture_input`.
* F8, or a touch of the triangle, begins the tour; any key or touch ends it.
* Minus darkens the picture and equals brightens it. F9 reduces motion. F10, or a touch of the
  language's name, changes the language. F11 toggles full screen. F12 shows statistics.
* Pause ends every note. Esc, or closing the window, sends a `QuitRequest` gesture; with an operator
  lock it leads home.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pygame

from messages.clock import Clock, MonotonicClock
from messages.cues import StageMessage
from messages.gestures import AnswerVote, Gesture, ModelRequest
from messages.lesson_answers import LessonAnswer
from messages.stage_timing import PictureStatus, StageTiming
from rnn.teaching.probed_network import ProbedNetwork
from rnn.teaching.tune_learner import TuneLearnerSnapshot
from visuals.drawing.picture_layout import PictureLayout, choose_layout
from visuals.drawing.typography import screen_and_viewer, type_scale
from visuals.hud.early_light import EarlyLight
from visuals.input.stage_input import StageInput
from visuals.lessons.base.audio import GestureLessonAudio
from visuals.lessons.base.shared_state import SharedLessonState
from visuals.lessons.base.trainer import LessonTrainer
from visuals.lessons.browser import LessonBrowser
from visuals.network_source import DummyNetworkSource, NetworkSource
from visuals.network_summary import NetworkSummary
from visuals.scene_cache import SceneCache, SceneKey, resources_of
from visuals.scene_switch import Preloader, SceneSwitch
from visuals.scenes.base.scene import Scene
from visuals.stage_picture import StagePicture, save_picture
from visuals.timeline import Timeline
from visuals.tour import Tour
from visuals.view_control import ViewControl
from visuals.view_state import ViewState
from visuals.window.frame_clock import DetailController, FrameClock
from visuals.window.frame_timing import FrameTimes, FrameTimingMeter
from visuals.window.gc_policy import GcPolicy
from visuals.window.picture_controls import PictureControls
from visuals.window.stage_options import StageOptions, open_presenter


class Stage:
    """Shows a network at work.

    Parameters
    ----------
    options : StageOptions
    network : NetworkSummary
        The network that plays.
    poll, sink : callable
        Returns the messages since its last call, and takes each gesture; neither may block.
    offscreen : bool
        Draw without a window and without events.
    clock : Clock, optional
    partners : sequence of NetworkSummary
        Networks that may be blended with the first.
    lesson_trainer : LessonTrainer, optional
        Trains networks of the lessons beside the drawing.
    gc_policy : GcPolicy, optional
    probed_network : ProbedNetwork, optional
        The network that plays, for the lesson that probes single units.
    network_source : NetworkSource, optional
        Reads the model files of guest networks.
    restored : ViewState, optional
        What an earlier stage showed.
    report_answer : callable, optional
        Takes what came of each question of a lesson; without it none is asked.

    Raises
    ------
    NoDisplayError
        If there is no display (not off screen).
    UnknownSceneError, UnknownLanguageError
        If the options name an unknown scene or language.
    """

    def __init__(
        self,
        options: StageOptions,
        network: NetworkSummary,
        poll: Callable[[], Sequence[StageMessage]],
        sink: Callable[[Gesture], None],
        offscreen: bool = False,
        clock: Clock | None = None,
        partners: Sequence[NetworkSummary] = (),
        lesson_trainer: LessonTrainer | None = None,
        gc_policy: GcPolicy | None = None,
        probed_network: ProbedNetwork | None = None,
        network_source: NetworkSource | None = None,
        restored: ViewState | None = None,
        report_answer: Callable[[LessonAnswer], None] | None = None,
    ) -> None:
        _prepare_pygame()
        self._sink, self._has_window = sink, not offscreen
        self._clock, self._gc_policy = clock or MonotonicClock(), gc_policy or GcPolicy()
        self._network_source = network_source or DummyNetworkSource()
        self._presenter = open_presenter(options, offscreen)
        release_memory = self._gc_policy.release_free_memory
        self._cache = SceneCache(not offscreen, release_memory=release_memory)
        layout = choose_layout(self._presenter.window_size)
        key = _first_scene(options, restored or options, (network, *partners), layout)
        self.scenes = SceneSwitch(self._cache, self._network_source, key, probed_network)
        resources = resources_of(key)
        state = SharedLessonState(lesson_trainer, probed_network, self._network_source.load_options)
        audio = GestureLessonAudio(sink, self._clock)
        self.lesson_browser = LessonBrowser(resources, audio, state, report_answer)
        self._controls, self._timing = PictureControls(options), FrameTimingMeter()
        self._picture = StagePicture(
            self.scenes,
            self.lesson_browser,
            resources,
            self._controls,
            self._timing,
            Tour(options.tour, sink),
            options.legends,
            self._read_meanwhile,
        )
        self._early_light = EarlyLight(
            poll, self._presenter, self._timing, self._clock, self._picture.wave_lamp
        )
        self.view = ViewControl(
            options,
            self.scenes,
            self.lesson_browser,
            self._controls,
            self._picture,
            self._presenter,
            self._clock.now,
            lambda is_liked, at: sink(AnswerVote(is_liked, at)),
        )
        keyboard, read_clock, lock = resources.keyboard, self._clock.now, options.operator_lock
        self._input = StageInput(self.view, keyboard, sink, read_clock, self._has_window, lock)
        self._frame_clock = FrameClock(self._clock)
        self._detail_controller = DetailController(options.quality)
        self._preloader = Preloader(self.scenes, self.lesson_browser, self._cache, self._gc_policy)
        self._frame_number = 0
        self.view.begin(restored, self._input)

    @property
    def picture(self) -> pygame.Surface:
        """The last frame, of the size of its layout; the next frame is drawn over it."""
        return self._picture.surface

    @property
    def scene(self) -> Scene:
        """The scene that is drawn."""
        return self.scenes.scene

    @property
    def timeline(self) -> Timeline:
        """The cues that are known."""
        return self.scenes.frame_builder.timeline

    @property
    def stage_timing(self) -> StageTiming:
        """Punctuality of the last notes and frames."""
        return self._timing.stage_timing

    def capture_state(self) -> ViewState:
        """What the next stage has to show if this one is lost."""
        return self.view.capture_state(self._input)

    @property
    def picture_status(self) -> PictureStatus:
        """What is seen of the picture now."""
        light, brightness = self._picture.mean_light, self._controls.brightness
        return self._presenter.read_status(self._clock.now(), light, brightness)

    def show_frame(self, now: int | None = None) -> None:
        """Draw and show a frame of time `now` (ns), by default at the next of 60 a second."""
        time, shown = self._frame_clock.next_frame() if now is None else (now, now)
        for command in self._input.read_commands():
            self.view.apply_command(command)
        self.view.follow_window(self._input)
        for message in self._early_light.take_messages():
            self.scenes.apply_message(message)
        if self.view.switch_scene():
            self._input.leave_network()  # the units under fingers may not exist any more
        started = self._clock.now()
        self._draw(shown)
        work, lit = self._clock.now() - started, shown
        if now is None:
            self._detail_controller.record_frame(work)
            self._frame_clock.wait_until(time, self._read_meanwhile)
            if not self.lesson_browser.is_open:
                late = self._early_light.take_messages()
                self._early_light.hold()
                lit = max(shown, self._clock.now() + round(self._frame_clock.period_ns / 2))
                self._picture.light_late_keys(late, lit)
        drawn = self._clock.now()
        self._presenter.show(self.picture, drawn)
        flipped = self._clock.now()
        self._early_light.release()
        self._frame_clock.record_work(work + flipped - drawn)
        self._read_meanwhile()
        if now is None and self._preloader.is_done:
            self._timing.record_frame(self.timeline, FrameTimes(shown, lit, flipped, work))
        self._frame_number += 1
        if self._has_window:
            self._preloader.continue_after_frame(self._frame_number)
        if self._gc_policy.collect_after_frame(self._frame_number):
            self._cache.submit(self._gc_policy.release_free_memory)

    def save_screenshot(self, path: Path) -> None:
        """Write the last frame to a .png file, which appears complete or not at all."""
        save_picture(self.picture, path)

    def close(self) -> None:
        """Close the window and stop building."""
        self.lesson_browser.close()
        self.scenes.close()
        self._presenter.close()
        self._gc_policy.unfreeze_objects()

    def _read_meanwhile(self) -> None:
        """Read the input and light struck keys, between frames and between parts of one."""
        self._input.poll()
        self._early_light.light_struck_keys()

    def _draw(self, time: int) -> None:
        builder = self.scenes.frame_builder
        builder.set_held_units(self._input.held_units)
        detail, still = self._detail_controller.detail_level, self._controls.reduced_motion
        frame = builder.build_frame(time, self._frame_number, detail, still)
        if self.view.advance(frame, self._input.last_input):
            self._input.end_visit()
        self._request_chosen_network()
        if not self.scenes.is_network_pending:  # else the scene may be built for another frame
            self.scenes.want_leader(frame)
            self.view.switch_scene()
        self._picture.draw(frame, self._input)

    def _request_chosen_network(self) -> None:
        """Ask the performer for the network that a visitor chose in a lesson."""
        chosen = self.lesson_browser.pop_chosen_network()
        if chosen is not None:
            is_new = isinstance(chosen, TuneLearnerSnapshot)
            path = self._network_source.save(chosen) if is_new else str(chosen)
            self._sink(ModelRequest(path, self._clock.now()))


def _first_scene(
    options: StageOptions,
    shown: StageOptions | ViewState,
    networks: tuple[NetworkSummary, ...],
    layout: PictureLayout,
) -> SceneKey:
    """Key of the scene at the start, which an earlier stage may have shown."""
    scale, (screen_in, _) = type_scale(options.distance), screen_and_viewer(options.distance)
    language, scene = shown.language, shown.scene
    return SceneKey(networks[0], networks, language, scene, scale, layout, screen_in)


def _prepare_pygame() -> None:
    """Prepare the fonts; raises ImportError for another pygame than pygame-ce."""
    if not getattr(pygame, "IS_CE", False):
        raise ImportError("this is pygame, not pygame-ce: remove it and install pygame-ce")
    pygame.font.init()
