"""View control: which scene, language or lesson is shown, by commands and by time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from messages.clock import SECOND
from messages.crowd import AudienceCode, CrowdLights, DuetReplay, LikedMotifs, LikedPhrase
from messages.cues import Turn
from messages.gestures import LessonTone
from messages.training import TrainingStatus
from visuals.drawing.picture_layout import choose_layout
from visuals.duet_hearing import DuetHearing
from visuals.hud.overlay import language_rects, next_language, tour_button_rect
from visuals.hud.test_picture import TestPicture
from visuals.input.key_bindings import (
    PictureClick,
    SelectScene,
    StageCommand,
    WindowCommand,
)
from visuals.input.lesson_actions import LessonAction
from visuals.input.stage_input import StageInput
from visuals.lessons.base.audio import LEAD_TIME_NS
from visuals.lessons.browser import LessonBrowser
from visuals.scene_cache import find_scene_type, resources_of
from visuals.scene_switch import SceneSwitch
from visuals.scenes import scene_types
from visuals.scenes.base.frame import Frame
from visuals.scenes.base.scene import Scene
from visuals.stage_picture import StagePicture
from visuals.timeline import Timeline
from visuals.tour import TOUR_NAME
from visuals.view_state import ViewState
from visuals.window.picture_controls import PictureControls
from visuals.window.presenter import Presenter
from visuals.window.stage_options import StageOptions

CHOICE_HOLD_S = 120.0  # time from a choice of a scene to the start of the interval, seconds


class ViewControl:
    """Changes what is shown; each visitor finds at first what the options say."""

    def __init__(
        self,
        options: StageOptions,
        scenes: SceneSwitch,
        lesson_browser: LessonBrowser,
        controls: PictureControls,
        picture: StagePicture,
        presenter: Presenter,
        now: Callable[[], int],
        report_vote: Callable[[bool, int], None],
    ) -> None:
        self._language, self._rotation = options.language, SceneRotation(options.rotate)
        self._home_scene, self._lessons_only = options.scene, False
        self._first_lesson = options.lesson
        self._scenes, self._lesson_browser, self._controls = scenes, lesson_browser, controls
        self._picture, self._presenter, self._now = picture, presenter, now
        self._report_vote = report_vote
        self._audio_ends_at = 0  # of a scene, ns; 0 for silence
        self._hearing: DuetHearing | None = None
        self._liked_phrase: LikedPhrase | None = None
        self._last_turn, self._is_reset_due = Turn.ATTRACT, False
        self._tour, self._is_tour_wanted = picture.tour, False
        self._scene_before_tour = options.scene

    @property
    def scene(self) -> Scene:
        """The scene that is drawn."""
        return self._scenes.scene

    @property
    def timeline(self) -> Timeline:
        """The cues that are known."""
        return self._scenes.frame_builder.timeline

    @property
    def in_lesson(self) -> bool:
        """Whether a lesson is open."""
        return self._lesson_browser.is_open

    @property
    def is_touring(self) -> bool:
        """Whether the tour runs."""
        return self._tour.is_running

    def select_scene(self, name: str) -> None:
        """Change to another scene and close the lessons; raises `UnknownSceneError`."""
        self._scenes.want(name=find_scene_type(name).name)
        if self.in_lesson:
            self.toggle_lessons()

    def choose_scene(self, name: str) -> None:
        """Show a scene that the staff chose for a while; raises `UnknownSceneError`."""
        self._end_tour()
        self.select_scene(name)
        self._rotation.record_choice(self._now())

    def set_home_language(self, language: str) -> None:
        """Change the language, also for each visitor to come; raises `UnknownLanguageError`."""
        self.set_language(language)
        self._language = language

    @property
    def language(self) -> str:
        """The language of the words."""
        return self._scenes.wanted.language

    @property
    def shows_test_picture(self) -> bool:
        """Whether the test picture covers everything."""
        return self._picture.test_picture is not None

    def show_test_picture(self, on: bool) -> None:
        """Show a test picture over everything, or hide it again."""
        self._picture.test_picture = TestPicture() if on else None

    def show_codes(self, codes: Sequence[AudienceCode]) -> None:
        """Show QR codes while nobody plays."""
        self._picture.audience.show_codes(codes)

    def show_crowd(self, lights: CrowdLights) -> None:
        """Show the crowd of phones."""
        self._picture.audience.show_crowd(lights)

    def show_motifs(self, liked: LikedMotifs) -> None:
        """Show phrases of liked duets, the newest with its answers by two generations."""
        self._scenes.frame_builder.motifs, self._liked_phrase = liked.motifs, liked.phrase

    def play_again(self, replay: DuetReplay) -> None:
        """Let a duet be heard and seen again; not while somebody plays, nor in lesson or tour."""
        if self.in_lesson or self.is_touring or self._audio_ends_at:
            return
        if self._last_turn is not Turn.ATTRACT:
            return
        if self._hearing is None:
            self._hearing = DuetHearing(replay, self._scenes.hear(replay))

    def _advance_hearing(self, hearing: DuetHearing, turn: Turn) -> None:
        """Let the network hear some more notes of a duet; when it has heard all, they sound."""
        if turn is not Turn.ATTRACT or self.in_lesson or self.is_touring or self._audio_ends_at:
            self._hearing = None
        elif hearing.advance():
            self._hearing, network = None, self._scenes.shown.network
            cues = hearing.cues(self._now() + LEAD_TIME_NS, network.layers, network.units)
            if cues:
                self._sound([LessonTone(c.pitch, c.velocity, c.due, c.duration) for c in cues])
            for cue in cues:
                self._scenes.apply_message(cue)

    def show_training(self, status: TrainingStatus) -> None:
        """Show how a training goes."""
        self._scenes.frame_builder.training = status

    def toggle_lessons(self) -> None:
        """Open the first lesson, or close the lessons and forget what was done in them."""
        if self.in_lesson:
            self._lesson_browser.close()
        else:
            self._lesson_browser.open()
        self._picture.begin_crossfade()

    def go_home(self) -> None:
        """Show what a new visitor finds."""
        self.select_scene(self._home_scene)
        self._reset_for_visitor()

    def set_house_rules(self, brightness: float, lessons_only: bool) -> None:
        """Share of the configured brightness, 0..1, and whether only lessons are shown."""
        self._controls.house_brightness, self._lessons_only = brightness, lessons_only

    def set_language(self, language: str) -> None:
        """Change the language; the scene follows once it is built."""
        resources = resources_of(replace(self._scenes.wanted, language=language))
        self._lesson_browser.set_resources(resources)
        self._picture.set_resources(resources, language)
        self._scenes.want(language=language)
        self._picture.begin_crossfade()

    def follow_window(self, stage_input: StageInput) -> None:
        """Change to the layout that suits the window's shape; a lost window releases all keys."""
        if self._presenter.is_lost:
            stage_input.release_all()
        layout = choose_layout(self._presenter.window_size)
        if layout is not self._scenes.shown.layout:
            self._picture.use_layout(layout)
            self._scenes.use_layout(layout)
            self.set_language(self.language)
            stage_input.use_picture(self.scene.resources.keyboard, layout.size)

    def begin(self, restored: ViewState | None, stage_input: StageInput) -> None:
        """Start with what the options say, or go on after an earlier stage."""
        resources = self.scene.resources
        stage_input.use_picture(resources.keyboard, resources.layout.size)
        if restored is not None:
            self.restore(restored, stage_input)
        elif self._first_lesson == TOUR_NAME:
            self._is_tour_wanted = True
        elif self._first_lesson:
            self._lesson_browser.open_lesson(self._first_lesson, asks=False)

    def restore(self, state: ViewState, stage_input: StageInput) -> None:
        """Show what an earlier stage showed; its scene and language are drawn already."""
        self._controls.settings, self._last_turn = state.settings, state.turn
        self._rotation.record_choice(self._now())
        if state.lesson is not None:
            self._lesson_browser.reopen(*state.lesson)
        stage_input.restore(state.octave_shift, state.steered_from)

    def capture_state(self, stage_input: StageInput) -> ViewState:
        """What is shown and steered now."""
        return ViewState(
            self._scenes.wanted.name,
            self._scenes.wanted.language,
            self._last_turn,
            self._lesson_browser.place,
            self._controls.settings,
            stage_input.octave_shift,
            stage_input.steered_from,
        )

    def apply_command(self, command: WindowCommand) -> None:
        """Carry out a command of a visitor."""
        was_touring = self.is_touring
        self._end_tour()
        self._controls.apply_command(command)
        match command:
            case StageCommand.BEGIN_TOUR:
                self._is_tour_wanted = not was_touring
            case PictureClick(x, y) if self._is_on_tour_button(x, y):
                self._is_tour_wanted = not was_touring  # its button is not drawn in the tour
            case SelectScene(number) if number <= len(scene_types()):
                self._rotation.record_choice(self._now())
                self.select_scene(scene_types()[number - 1].name)
            case StageCommand.TOGGLE_FULLSCREEN:
                self._presenter.toggle_fullscreen()
            case StageCommand.TOGGLE_REDUCED_MOTION:
                self._picture.begin_crossfade()
            case StageCommand.NEXT_LANGUAGE:
                self.set_language(next_language(self._scenes.wanted.language))
            case StageCommand.TOGGLE_LESSONS:
                self.toggle_lessons()
            case StageCommand.GO_HOME:
                self.go_home()
            case StageCommand.RELEASE:
                self._lesson_browser.release()
            case LessonAction():
                self._lesson_browser.handle_action(command, self._now())
            case PictureClick(x, y):
                self._handle_click(x, y)

    def switch_scene(self) -> bool:
        """Draw the wanted scene if it is built; returns whether other networks are drawn."""
        before, scene = self._scenes.shown, self.scene
        if not self._scenes.update():
            return False
        if self._scenes.shown.network is not before.network:
            self._picture.set_network(self._scenes.shown.network)
        if self.scene is not scene and not self.in_lesson:
            self._picture.begin_crossfade()
        return self._scenes.shown.networks != before.networks

    def advance(self, frame: Frame, last_input: int = 0) -> bool:
        """Change what the time of a frame changes; returns whether a visit has ended.

        `last_input` is when a key or the picture was touched last, ns.
        """
        self._advance_tour(frame, last_input)
        turn, was_in_lesson = frame.timeline.turn(frame.time).turn, self.in_lesson
        is_still = was_in_lesson or self.is_touring
        if self._rotation.is_due(frame.time, turn) and not is_still:
            names = [scene.name for scene in scene_types()]
            self.select_scene(names[(names.index(self._scenes.wanted.name) + 1) % len(names)])
        if self._audio_ends_at and (
            frame.time > self._audio_ends_at or turn is not self._last_turn or self.in_lesson
        ):
            self._end_audio()
        phrase = self._liked_phrase
        compared = None if phrase is None else self._scenes.compare(phrase)
        self._scenes.frame_builder.compared = compared
        if self._hearing is not None:
            self._advance_hearing(self._hearing, turn)
        self._lesson_browser.set_probed_network(self._scenes.probed_network)
        self._lesson_browser.capture_played_notes(frame.timeline, frame.time)
        if self._presenter.is_lost:
            self._lesson_browser.hold()
        self._lesson_browser.update(frame.time)
        if self._lessons_only and not self.in_lesson and not was_in_lesson:
            self._lesson_browser.open(asks=False)  # nobody may be there to answer
            self._picture.begin_crossfade()
        has_left_lesson = was_in_lesson and not self.in_lesson
        if has_left_lesson:
            self._picture.begin_crossfade()
        visit_ended = turn is Turn.ATTRACT and self._last_turn is not turn and not was_in_lesson
        self._last_turn = turn
        # who leaves a lesson with a network plays on
        visit_ended |= has_left_lesson and not self._lesson_browser.has_chosen_network
        if visit_ended:
            self._reset_for_visitor()
        return visit_ended

    def _advance_tour(self, frame: Frame, last_input: int) -> None:
        """Begin the tour, show its scene, or end it when somebody plays or touches.

        While only lessons are shown, there is none.
        """
        tour, time, change = self._tour, frame.time, frame.timeline.turn(frame.time)
        is_alone = change.turn is Turn.ATTRACT and not (self.in_lesson or self._lessons_only)
        is_due = self._is_tour_wanted or tour.is_due(time, is_alone, last_input)
        self._is_tour_wanted = False
        if is_due and not self._lessons_only:
            self._scene_before_tour = self._scenes.wanted.name
            if self.in_lesson:
                self.toggle_lessons()
            self._picture.begin_crossfade()
            tour.begin(time)
        elif self._lessons_only or tour.is_over(time, last_input, change):
            self._end_tour()
        moment = tour.moment(time)
        if moment is not None and self._scenes.wanted.name != moment.scene:
            self._scenes.want(name=moment.scene)

    def _end_tour(self) -> None:
        """End the tour, if it runs, and go back to the scene before it."""
        if self.is_touring:
            self._tour.end(self._now())
            self._scenes.want(name=self._scene_before_tour)
            self._picture.begin_crossfade()
            if self._is_reset_due:
                self._reset_for_visitor()

    def _is_on_tour_button(self, x: float, y: float) -> bool:
        return not self.in_lesson and tour_button_rect(self._scenes.shown.layout).collidepoint(x, y)

    def _handle_click(self, x: float, y: float) -> None:
        was_in_lesson = self.in_lesson
        layout = self._scenes.shown.layout
        now, votes = self._now(), self._picture.votes
        if not was_in_lesson:
            is_liked = votes.touch(x, y, self.scene, self.timeline, now)
            if is_liked is not None:
                self._report_vote(is_liked, now)
                return
            if tones := self.scene.touch(x, y, now):
                self._rotation.record_choice(now)
                self._sound(tones)
        self._lesson_browser.on_touch(x, y, now)
        for language, rect in language_rects(layout).items():
            if rect.collidepoint(x, y) and language != self._scenes.wanted.language:
                self.set_language(language)
        if self.in_lesson != was_in_lesson:
            self._picture.begin_crossfade()

    def _sound(self, tones: Sequence[LessonTone]) -> None:
        """Let the performer play tones, while the music pauses; they replace a replayed duet."""
        self._scenes.drop_replay(self._now())
        self._lesson_browser.audio.open()
        self._lesson_browser.audio.play_tones(tones)
        self._audio_ends_at = max(tone.at + tone.duration for tone in tones)

    def _end_audio(self) -> None:
        """Let the music go on after the tones of a scene, unless a lesson has begun."""
        self._audio_ends_at = 0
        self._scenes.drop_replay(self._now())
        if not self.in_lesson:
            self._lesson_browser.audio.close()

    def _reset_for_visitor(self) -> None:
        """Give the next visitor the settings of the options, after the tour that was asked for."""
        self._is_reset_due = self.is_touring
        if self._is_reset_due:
            return
        self._controls.reset()
        if self._scenes.wanted.language != self._language:
            self.set_language(self._language)


class SceneRotation:
    """Decides when the next scene is due.

    Parameters
    ----------
    interval : float
        Seconds that a scene is shown while the network plays alone; 0 for no rotation.
    """

    def __init__(self, interval: float) -> None:
        if interval < 0:
            raise ValueError(f"an interval must be 0 s or more, not {interval}")
        self._interval_ns = round(interval * SECOND)
        self._shown_since_ns: int | None = None

    def record_choice(self, time: int) -> None:
        """Keep the scene chosen at `time` (ns) for `CHOICE_HOLD_S` and then an interval."""
        self._shown_since_ns = time + round(CHOICE_HOLD_S * SECOND)

    def is_due(self, time: int, turn: Turn) -> bool:
        """Whether the next scene is due at `time` (ns); to be called for each frame."""
        if not self._interval_ns:
            return False
        if self._shown_since_ns is None or (
            turn is not Turn.ATTRACT and self._shown_since_ns < time
        ):
            self._shown_since_ns = time  # the interval restarts while a visitor plays
        if time - self._shown_since_ns < self._interval_ns:
            return False
        self._shown_since_ns = time
        return True
