"""Stage: the window. It takes cues, draws each at its due time, and hands back what visitors do.

Keys at the window
------------------
* A scene is chosen with a digit, of the upper row or the keypad, or with F1, F2, ... F8.
* Every other key goes to the performer as a `Key` gesture, by scancode: the piano lies on the
  letters.
* Tab, 0 or a touch of the question mark opens the lessons, and Tab, 0 or any scene's key closes
  them; while they are open the keys of `visuals.lessons.actions` are theirs.
* A finger or the mouse plays the piano on the screen, looks at units, silences and amplifies them,
  and turns knobs, where a scene shows any: see `visuals.input.touch_input`; arrows, Space and Enter
  do so, too, and Page Up and Page Down shift the piano: see `visuals.input.gesture_input`.
* Minus darkens the picture and equals brightens it; F10, or a touch of the language's name, goes to
  the next language; F12 shows an operator how punctual notes are.
* F9 stills what moves for its beauty only, or sets it going again.
* F11 goes to full screen and back. Esc, or closing the window, is a `Leave` gesture.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import pygame

from messages.cues import Message, StyleChange, Turn
from messages.gestures import Adopt, Gesture, Key
from messages.stage_timing import Sync
from rnn.teaching.probed_network import Subject
from rnn.teaching.tune_learner import Snapshot
from visuals.drawing.camera import Camera
from visuals.drawing.sprites import blank
from visuals.drawing.theme import SIZE
from visuals.drawing.typography import Typesetter
from visuals.frame_builder import Framing
from visuals.hud.overlay import LANGUAGE_RECT, Overlay, next_language
from visuals.hud.piano_keyboard import Keyboard
from visuals.input.gesture_input import Console
from visuals.input.key_bindings import (
    Choose,
    Controls,
    Dim,
    Fullscreen,
    Lessons,
    NextLanguage,
    Operator,
    Still,
    Touch,
)
from visuals.lessons.actions import Action
from visuals.lessons.audio import SinkVoice
from visuals.lessons.browser import Explorer
from visuals.lessons.shared_state import Bench
from visuals.lessons.trainer import Workshop
from visuals.network_summary import Anatomy
from visuals.pending_networks import Coming
from visuals.scene_builder import Understudies
from visuals.scenes import scene_types
from visuals.scenes.base import Frame, Scene, Toolkit
from visuals.stage_networks import Casting
from visuals.window.crossfade import SECONDS, STILL_SECONDS, Crossfade
from visuals.window.flash_guard import Safety
from visuals.window.frame_clock import MonotonicStageClock, Pacer, StageClock, effort_for
from visuals.window.frame_timing import Punctuality
from visuals.window.gc_policy import DummySweeper, Sweeper
from visuals.window.presenter import fit
from visuals.window.scene_rotation import Rotation
from visuals.window.stage_options import StageSettings, open_presenter
from visuals.words import load_words

log = logging.getLogger(__name__)

PREPARED_EVERY = 20
"""Frames between two preparations of what is not shown yet: early, while a pause is not minded, so
that changing to it takes no time, and not before the first picture."""
PREPARED_AFTER = 8 * PREPARED_EVERY
"""Frames after which all is prepared: there are fewer things than eight."""
BLEND = "blend"
"""The scene that shows all networks at once."""
BRIGHTNESS = (0.15, 0.3, 0.5, 0.7, 1.0)
"""Steps of the dim key."""


class UnknownSceneError(ValueError):
    """A scene of a name there is not."""


class Stage:
    """Shows a network at work.

    Parameters
    ----------
    settings : StageSettings
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
        settings: StageSettings,
        anatomy: Anatomy,
        poll: Callable[[], Sequence[Message]],
        sink: Callable[[Gesture], None],
        offscreen: bool = False,
        clock: StageClock | None = None,
        partners: Sequence[Anatomy] = (),
        workshop: Workshop | None = None,
        sweeper: Sweeper | None = None,
        subject: Subject | None = None,
    ) -> None:
        if not getattr(pygame, "IS_CE", False):
            raise ImportError("this is pygame, not pygame-ce: remove it and install pygame-ce")
        self._settings, self._anatomy = settings, anatomy
        self._poll, self._sink = poll, sink
        self._clock = clock or MonotonicStageClock()
        pygame.font.init()
        self._troupe = (anatomy, *partners)
        self._casting = Casting(self._troupe, subject)
        self._called: tuple[Anatomy, Understudies] | None = None
        self._coming: Coming | None = None
        self._toolkit = _toolkit_in(settings.language, self._troupe)
        bench = Bench(workshop, subject)
        self._explorer = Explorer(self._toolkit, SinkVoice(sink, self._clock), bench)
        self._language = settings.language
        self._overlay = Overlay(anatomy, self._toolkit, settings.language)
        self._wardrobe: dict[str, Scene] = {}
        self._scenes = self._wardrobe
        self._translated: Understudies | None = None
        self._preparations = deque[Callable[[], object]](
            partial(self._build, scene.name) for scene in scene_types()
        )
        self._preparations.append(self._explorer.prepare)
        self._presenter = open_presenter(settings, offscreen)
        self._windowed = not offscreen
        self.scene = self._build(settings.scene)
        self._fade = Crossfade()
        self._safety = Safety()
        self._picture = blank(SIZE)
        self._controls, self._console = Controls(), Console(self._toolkit.keyboard)
        self._rotation = Rotation(settings.rotate)
        self._punctuality, self._shows_figures = Punctuality(), False
        self._brightness = len(BRIGHTNESS) - 1
        self._still, self._legends = settings.still, settings.legends
        self._cameras = {scene.name: Camera(k) for k, scene in enumerate(scene_types())}
        self._sweeper = sweeper or DummySweeper()
        self._framing = Framing(anatomy)
        self._effort = effort_for(settings.quality)
        self._pacer = Pacer(self._clock)
        self._number = 0
        self._turn = Turn.ATTRACT

    @property
    def picture(self) -> pygame.Surface:
        """The last frame, 1920 by 1080 pixels; the next is drawn over it."""
        return self._picture

    @property
    def sync(self) -> Sync:
        """How punctual the last notes and frames were."""
        return self._punctuality.sync

    def frame(self, now: int | None = None) -> None:
        """Draw and show one frame.

        Parameters
        ----------
        now : int, optional
            The moment to show, ns. Without it, that of the next of 60 frames a second, and this
            call waits until it has come.
        """
        time = self._pacer.next_deadline() if now is None else now
        self._take_events()
        for message in self._poll():
            self._take(message)
        self._change()
        self._translate()
        started = self._clock.now()
        self._framing.hold(self._console.holds)
        # a note is on the glass in the frame nearest to it, half a frame early or late at the most
        shown = time if now is not None else time + round(self._pacer.period / 2)
        self._draw(self._framing.frame(shown, self._number, self._effort.detail, self._still))
        work = self._clock.now() - started
        if now is None:
            self._effort.add(work)
            self._pacer.wait(time, self._take_events)
        self._presenter.show(self._picture)
        if now is None and not self._preparations:  # what is slow until then is known
            self._punctuality.add(self._framing.timeline, shown, self._clock.now(), work)
        self._number += 1
        if self._windowed and self._preparations and self._number % PREPARED_EVERY == 0:
            self._preparations.popleft()()  # one at a time, or the house takes it for hung
            if not self._preparations:
                self._sweeper.settle()
        self._sweeper.sweep(self._number)

    def choose(self, name: str) -> None:
        """Change to another scene.

        Raises
        ------
        UnknownSceneError
            If there is none of that name.
        """
        if name != self.scene.name or self._explorer.is_open:
            self.scene = self._build(name)
            self._explorer.close()
            self._fade.begin(self._picture)

    def toggle_lessons(self) -> None:
        """Open the lessons at the first, or go back to the scene; nothing of them is kept."""
        if self._explorer.is_open:
            self._explorer.close()
        else:
            self._explorer.open()
        self._fade.begin(self._picture)

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
        self._explorer.close()
        if self._called is not None:
            self._called[1].close()
        if self._coming is not None:
            self._coming.understudies.close()
        if self._translated is not None:
            self._translated.close()
        self._casting.close()
        self._presenter.close()
        self._sweeper.loosen()

    def _take(self, message: Message) -> None:
        if isinstance(message, StyleChange):
            self._recast(message.path)
        if self._coming is None or not self._coming.keep(message):
            self._framing.take(message)

    def _recast(self, path: str) -> None:
        """Another network plays from now on: draw that as soon as it can be."""
        troupe = self._casting.read(path)
        self._explorer.study(self._casting.subject)
        if self._coming is not None:
            self._coming.understudies.stop()
            self._coming = None
        if troupe != self._troupe:
            self._coming = Coming(troupe, self._scenes_of(troupe))
            self._change()

    def _building(
        self,
        anatomy: Anatomy,
        troupe: tuple[Anatomy, ...],
        ready: Mapping[str, Scene] | None = None,
    ) -> Understudies:
        """Scenes of a network and those it plays with, being built but for those ready."""
        language = self._language
        return Understudies(
            lambda name: _scene(name, anatomy, _toolkit_in(language, troupe)),
            self._scene_names(),
            ready,
            self._windowed,
        )

    def _scenes_of(self, troupe: tuple[Anatomy, ...]) -> Understudies:
        """Scenes of networks that come; those of the house may be ready."""
        home = troupe is self._casting.home
        return self._building(troupe[0], troupe, self._wardrobe if home else None)

    def _scene_names(self) -> list[str]:
        """What is to be built: the scene that is shown first; without a window only that."""
        shown = self.scene.name
        others = [scene.name for scene in scene_types() if scene.name != shown]
        return [shown, *others] if self._windowed else [shown]

    def _change(self) -> None:
        """Draw the network that comes, once the scene to be shown is built."""
        coming = self._coming
        if coming is None:
            return
        if self.scene.name not in coming.understudies.scenes and coming.understudies.at_work:
            return
        self._coming = None
        for gesture in self._console.let_go(self._clock.now()):
            self._sink(gesture)  # what they are on may not be there any more
        self._call_off()
        self._troupe, self._anatomy = coming.troupe, coming.troupe[0]
        self._toolkit = replace(self._toolkit, troupe=coming.troupe)
        self._framing.recast(self._anatomy)
        for message in coming.messages:
            self._framing.take(message)
        self._overlay.look_into(self._anatomy)
        if self._translated is not None:  # what comes speaks the language already
            self._translated.stop()
        if self._preparations or self._translated is not None:
            self._preparations.clear()
            self._translated = None
            self._sweeper.settle()
        self._wear(coming.understudies.scenes)
        self.scene = self._build(self.scene.name)
        self._fade.begin(self._picture)
        names = " and ".join(one.title or one.style for one in self._troupe)
        log.info("drawing %s, %d cells", names, self._anatomy.layers * self._anatomy.units)

    def _follow_leader(self, frame: Frame) -> None:
        """Show the network that leads a blend: what the cues tell of is its."""
        if self._translated is not None:
            return  # one change at a time
        leader = _leading(frame, self._troupe)
        if leader is self._anatomy:
            self._call_off()
        if leader is None or leader is self._anatomy:
            return
        if self._called is None or self._called[0] is not leader:
            self._call_off()
            self._called = leader, self._understudies_of(leader)
        scenes = self._called[1].scenes
        if self.scene.name in scenes:
            self._anatomy, self._scenes = leader, scenes
            self._overlay.look_into(leader)
            self._preparations.clear()
            if self.scene is not scenes[self.scene.name]:
                self.scene = scenes[self.scene.name]
                self._fade.begin(self._picture)

    def _understudies_of(self, leader: Anatomy) -> Understudies:
        """Scenes of a network that leads; the blend's is the same whoever does."""
        shared = {name: scene for name, scene in self._scenes.items() if name == BLEND}
        if leader is self._troupe[0] and self._troupe is self._casting.home:
            shared = self._wardrobe | shared
        return self._building(leader, self._troupe, shared)

    def _call_off(self) -> None:
        """Nobody else is about to lead."""
        if self._called is not None and self._called[0] is not self._anatomy:
            self._called[1].stop()
            self._called = None

    def _hand_over(self) -> None:
        """A lesson ends with a network that was chosen: have it played."""
        chosen = self._explorer.take_chosen()
        if chosen is not None:
            path = self._casting.write(chosen) if isinstance(chosen, Snapshot) else chosen
            self._sink(Adopt(str(path), self._clock.now()))

    def speak(self, language: str) -> None:
        """Go on in another language.

        Raises
        ------
        UnknownLanguageError
            If there are no words in it.
        """
        self._toolkit = _toolkit_in(language, self._troupe)
        self._sweeper.loosen()
        self._language = language
        self._explorer.speak(self._toolkit)
        self._overlay = Overlay(self._anatomy, self._toolkit, language)
        self._wardrobe = {}
        self._preparations.clear()
        for builder in (self._called and self._called[1], self._translated):
            if builder is not None:
                builder.stop()
        self._called = None
        if self._coming is not None:
            self._coming.understudies.stop()
            self._coming = replace(self._coming, understudies=self._scenes_of(self._coming.troupe))
        self._translated = self._building(self._anatomy, self._troupe)
        self._fade.begin(self._picture)
        self._translate()

    def _translate(self) -> None:
        """Show the scene in the new words once it is built; those of before are drawn till then."""
        translated = self._translated
        if translated is None:
            return
        is_done = not translated.at_work  # asked first, or what is built in between is missed
        if self._scenes is not translated.scenes and self.scene.name in translated.scenes:
            self._wear(translated.scenes)
            self.scene = self._build(self.scene.name)
            if not self._explorer.is_open:
                self._fade.begin(self._picture)
        if is_done:
            self._translated = None
            self._sweeper.settle()

    def _wear(self, scenes: dict[str, Scene]) -> None:
        """Have these scenes, more of which may be on their way; the house's are kept for later."""
        self._scenes = scenes
        if self._troupe is self._casting.home and self._anatomy is self._troupe[0]:
            self._wardrobe = scenes

    def _next_language(self) -> None:
        self.speak(next_language(self._language))

    def _build(self, name: str) -> Scene:
        if name not in self._scenes:
            self._scenes[name] = _scene(name, self._anatomy, self._toolkit)
        return self._scenes[name]

    def _take_events(self) -> None:
        if not self._windowed or not pygame.display.get_init():
            return
        now = self._clock.now()
        for gesture in self._console.tick(self.scene, self._framing.timeline, now):
            self._sink(gesture)
        for event in pygame.event.get():
            self._take_fingers(event)
            self._controls.in_lesson = self._explorer.is_open
            for control in self._controls.read(event, self._clock.now()):
                match control:
                    case Choose(number):
                        self._choose_number(number)
                    case Fullscreen():
                        self._presenter.toggle_fullscreen()
                    case Dim(darker):
                        step = self._brightness + (-1 if darker else 1)
                        self._brightness = min(len(BRIGHTNESS) - 1, max(0, step))
                    case Still():
                        self._still = not self._still
                        self._fade.begin(self._picture)
                    case NextLanguage():
                        self._next_language()
                    case Operator():
                        self._shows_figures = not self._shows_figures
                    case Lessons():
                        self.toggle_lessons()
                    case Action():
                        self._explorer.press(control, self._clock.now())
                    case Touch(x, y):
                        self._touch(x, y)
                    case Key():
                        for gesture in self._console.press(control, self.scene):
                            self._sink(gesture)
                            self._relabel(gesture)
                    case _:
                        self._sink(control)

    def _relabel(self, gesture: Gesture) -> None:
        """The legends follow the keys that shift the piano by an octave."""
        if self._settings.relabel is not None and isinstance(gesture, Key):
            self._legends = self._settings.relabel(gesture)

    def _start_over(self) -> None:
        """A visitor has left: the next one finds all as the house has it."""
        self._brightness, self._shows_figures = len(BRIGHTNESS) - 1, False
        self._still = self._settings.still
        if self._settings.relabel is not None:
            self._legends = self._settings.relabel(None)
        if self._language != self._settings.language:
            self.speak(self._settings.language)

    def _take_fingers(self, event: pygame.Event) -> None:
        now, window = self._clock.now(), pygame.display.get_window_size()
        if event.type == pygame.WINDOWFOCUSLOST:
            gestures = self._console.let_go(now)
        elif self._explorer.is_open:
            return
        else:
            gestures = self._console.point(event, self.scene, now, window)
        for gesture in gestures:
            self._sink(gesture)
        if event.type == pygame.MOUSEMOTION and not getattr(event, "touch", False):
            pygame.mouse.set_visible(True)

    def _touch(self, x: float, y: float) -> None:
        shown, was_open = fit(SIZE, pygame.display.get_window_size()), self._explorer.is_open
        scale = SIZE[0] / shown.width
        self._explorer.point((x - shown.x) * scale, (y - shown.y) * scale, self._clock.now())
        place = ((x - shown.x) * scale, (y - shown.y) * scale)
        if LANGUAGE_RECT.collidepoint(place):
            self._next_language()
        if self._explorer.is_open != was_open:
            self._fade.begin(self._picture)

    def _choose_number(self, number: int) -> None:
        names = [scene.name for scene in scene_types()]
        if number <= len(names):
            self._rotation.chosen(self._clock.now())
            self.choose(names[number - 1])

    def _draw(self, frame: Frame) -> None:
        timeline, time = frame.timeline, frame.time
        turn = timeline.turn(time).turn
        if self._rotation.is_due(time, turn) and not self._explorer.is_open:
            names = [scene.name for scene in scene_types()]
            self.choose(names[(names.index(self.scene.name) + 1) % len(names)])
        if turn is Turn.ATTRACT and self._turn is not turn and not self._explorer.is_open:
            self._start_over()
        self._turn = turn
        if self._explorer.is_open:
            self._explorer.listen(timeline, time)
            self._explorer.run(time)
            if not self._explorer.is_open:  # whoever was at it has gone
                self._fade.begin(self._picture)
                self._start_over()
        self._hand_over()
        self._follow_leader(frame)
        if self._explorer.is_open:
            self._explorer.draw(self._picture, frame)
        else:
            self.scene.draw(self._picture, frame)
            if frame.detail > 0:
                camera = self._cameras[self.scene.name]
                far, near = self.scene.ground
                seen = (far, near) if frame.detail > 1 else (near,)
                camera.draw(self._picture, seen, frame.drift)
            look = self._console.look(self._clock.now())
            self._overlay.draw_card(self._picture, frame, self.scene, look)
            self._explorer.draw_door(self._picture)
        self._overlay.draw_legends(self._picture, self._legends, turn)
        if not self._explorer.is_open:
            self._overlay.draw_prompt(self._picture, frame, self.scene)
        self._fade.draw(self._picture, time, STILL_SECONDS if frame.still else SECONDS)
        self._overlay.draw_language(self._picture)
        self._safety.keep(self._picture, self._settings.brightness * BRIGHTNESS[self._brightness])
        if self._shows_figures:
            more = [f"detail {frame.detail}  light {self._safety.level:.2f}  {self.scene.name}"]
            self._punctuality.draw(self._picture, self._toolkit.type, more)


def _leading(frame: Frame, troupe: tuple[Anatomy, ...]) -> Anatomy | None:
    """The network that led as the last note came, if that was told."""
    latest = frame.timeline.latest(frame.time)
    shares = None if latest is None else frame.timeline.shares(latest.cue.serial)
    if shares is None or len(shares.weights) != len(troupe):
        return None
    return troupe[int(shares.weights.argmax())]


def _scene(name: str, anatomy: Anatomy, toolkit: Toolkit) -> Scene:
    types = {scene.name: scene for scene in scene_types()}
    if name not in types:
        raise UnknownSceneError(f"no scene {name!r}; there are: {', '.join(types)}")
    return types[name](anatomy, toolkit)


def _toolkit_in(language: str, troupe: tuple[Anatomy, ...]) -> Toolkit:
    type = Typesetter()
    return Toolkit(type, load_words(language), Keyboard(type), troupe)
