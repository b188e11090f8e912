"""Text of every scene, turn and language: size in arcminutes, contrast, and overlaps.

    python benchmarks/legibility.py

prints the table of docs/results.md: the smallest size and contrast of each class of text at the
three presets of `stage.distance`.
"""

from __future__ import annotations

import math
import os
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, product
from types import FrameType

import numpy as np
import pygame
from demo_performance import DemoPerformance

from installation.session.guest_networks import load_style_options
from messages.clock import SECOND
from messages.crowd import AudienceCode, CrowdLights
from messages.cues import (
    HIDDEN_INDEX,
    BandCue,
    BlendContributions,
    GhostAnswer,
    NoteCue,
    NoteSource,
    StageMessage,
    Turn,
    TurnChange,
    WrittenText,
)
from messages.training import TrainingStatus
from midi_data.notes import Note
from rnn import styles
from rnn.model.checkpoint import load_checkpoint
from rnn.model.model_card import ComparedAnswers, GenerationMark
from rnn.teaching.probed_network import ProbedNetwork
from visuals.drawing.picture_layout import LANDSCAPE, LAYOUTS, PictureLayout
from visuals.drawing.theme import LABEL_COLOUR
from visuals.drawing.typography import (
    CAP_HEIGHT_RATIO,
    FAR_SCALE,
    NEAR_SCALE,
    VIEWING_DISTANCES,
    TextStyle,
    TextSurface,
    TypeScale,
    Typesetter,
    arcminutes_per_pixel,
    type_scale,
)
from visuals.frame_builder import FrameBuilder
from visuals.hud.audience_card import CODE_TURNS, AudienceCard
from visuals.hud.ghost_hand import PERIOD_S, SHOWN_S
from visuals.hud.overlay import StageOverlay
from visuals.hud.unit_card import UnitCard
from visuals.hud.vote_targets import VoteTargets
from visuals.input.lesson_actions import LessonAction
from visuals.input.touch_input import UnitInspection
from visuals.lessons import lesson_types
from visuals.lessons.base.shared_state import SharedLessonState
from visuals.lessons.browser import LessonBrowser
from visuals.lessons.drawing.part_layout import PlacedPart
from visuals.lessons.question import RIGHT_ANSWERS
from visuals.network_summary import NetworkSummary
from visuals.scenes import scene_types
from visuals.scenes.base.scene import SceneResources
from visuals.widgets.piano_keyboard import PianoKeyboard
from visuals.words import languages, load_words

NEEDED_MODULES = ("hud.prompt", "hud.vote_targets", "hud.ghost_hand", "scenes.base.scene")
"""Modules that write what a visitor needs: prompt, votes, the hand, title, style and note name."""
MIN_NEEDED_ARCMINUTES, MIN_ARCMINUTES, MIN_CONTRAST = 20.0, 16.0, 4.5
MOMENTS_S = {"attract": 5.1, "listen": 10.1, "your turn": 12.6, "answer": 15.1, "farewell": 22.5}
PANEL_MODULES = ("lessons.panel", "lessons.question")
"""Modules that write beside a lesson's own picture."""
TOUCH_DISTANCES = {"desk": "24in 0.7m", "room": "32in 0.7m", "wall": "135.5in 2.5m"}
"""Screen and distance from which a card, or the labels of a lesson's own picture, are read.

That is an arm's length, where they are touched; a wall is read from the piano before it, half as
far away as the wall's other visitors. Sentences, questions, answers and buttons of a lesson are
read from the preset's own distance.
"""
OWN_DISTANCES = {preset: preset for preset in VIEWING_DISTANCES}
_DRAWING_MODULES = (__name__, "visuals.drawing.typography", "visuals.lessons.drawing.shapes")
"""Modules that draw what others write."""
_LESSON_UPDATES = 12  # updates of a lesson until its step is settled, a fifth of a second apart
_STYLE_NAMES = ("irish", "chorales", "fife")
_LAYERS, _UNITS, _STYLES = 2, 96, len(_STYLE_NAMES)
_DEMO = _LAYERS, _UNITS, SECOND
_LEGENDS = dict(zip(range(48, 77), "ZSXDCVGBHNJMAWQETYUIKOLP12345", strict=True))
_LEARNED = {
    "lineage": (GenerationMark(1, True, 200), GenerationMark(2, False, 250)),
    "moved": np.ones((_LAYERS, _UNITS), np.float32),
    "compared": ComparedAnswers(
        *((Note(pitch, beat, 1.0),) for beat, pitch in enumerate((60, 64, 67))), beat_s=0.5
    ),
}
"""What Days tells: a generation that plays and one that was set aside, with their answers."""
_LUMINANCE_WEIGHTS = np.array((0.2126, 0.7152, 0.0722))


@dataclass(frozen=True, slots=True)
class DrawnText:
    """One text in a picture.

    Parameters
    ----------
    text : str
    writer : str
        Module that wrote it.
    size : int
        Of the typeface, pixels.
    colour : tuple of int
    ink : Rect
        The part that is not black.
    """

    text: str
    writer: str
    size: int
    colour: tuple[int, int, int]
    ink: pygame.Rect

    @property
    def is_needed(self) -> bool:
        """Whether a visitor needs it."""
        return self.writer in NEEDED_MODULES and self.colour != LABEL_COLOUR  # captions


class RecordingTypesetter(Typesetter):
    """Remembers all text that is drawn, and where."""

    def __init__(self, scale: TypeScale, width: int) -> None:
        super().__init__(scale)
        self._picture_widths = {width, LANDSCAPE.size[0]}  # lessons draw themselves in landscape
        self.drawn: list[DrawnText] = []
        self._writers: dict[tuple[str, TextStyle], str] = {}  # of text that is copied to a picture
        self._writes_name = False

    def render(self, text: str, style: TextStyle) -> pygame.Surface:
        line, frame = super().render(text, style), sys._getframe(1)
        if frame.f_globals["__name__"] not in _DRAWING_MODULES:
            self._writers[text, style] = _module_of(frame)
        return line

    def draw_text(self, surface, text, place, style, align="left") -> int:
        width = super().draw_text(surface, text, place, style, align)
        if surface.get_width() in self._picture_widths and not self._writes_name:
            x = place[0] - (0 if align == "left" else width / 2 if align == "centre" else width)
            self._record(text, style, (x, place[1]), self.render(text, style))
        elif not self._writes_name:
            self._writers[text, style] = _module_of(sys._getframe(1))
        return width

    def copied_texts(self, surface: TextSurface) -> list[DrawnText]:
        """Text that came to a picture on surfaces of its own, as key legends and names do."""
        found = []
        for one in surface.written:
            writer, ink = self._writers.get((one.text, one.style)), _ink(one.line, one.place)
            if writer is None or ink is None:
                continue
            text = DrawnText(one.text, writer, one.style.size, one.style.colour, ink)
            if not any(
                text.text == other.text and ink.colliderect(other.ink) for other in self.drawn
            ):
                found.append(text)
        return found

    def draw_note_name(self, surface, name, place, style, align="left") -> float:
        self._writes_name = True  # the flat sign is drawn as text
        width = super().draw_note_name(surface, name, place, style, align)
        self._writes_name = False
        x = place[0] - (0 if align == "left" else width / 2 if align == "centre" else width)
        self._record(name, style, (x, place[1]), self.render(name.rstrip("#b"), style), width)
        return width

    def _record(
        self,
        text: str,
        style: TextStyle,
        corner: tuple[float, float],
        line: pygame.Surface,
        width: float = 0.0,
    ) -> None:
        ink = _ink(line, corner, width)
        if ink is not None:
            writer = _module_of(sys._getframe(2))
            self.drawn.append(DrawnText(text, writer, style.size, style.colour, ink))


def _module_of(frame: FrameType) -> str:
    """The module that writes: the nearest that does not only draw."""
    while frame.f_globals["__name__"] in _DRAWING_MODULES and frame.f_back is not None:
        frame = frame.f_back
    return frame.f_globals["__name__"].removeprefix("visuals.")


def _ink(
    line: pygame.Surface, corner: tuple[float, float], width: float = 0.0
) -> pygame.Rect | None:
    """The part of a line that is not black, at its place and at least `width` wide, if any."""
    light = pygame.surfarray.pixels_green(line)
    lit = light > 0.3 * light.max()
    columns, rows = np.flatnonzero(lit.any(axis=1)), np.flatnonzero(lit.any(axis=0))
    if not columns.size:
        return None
    right = max(columns[-1] + 1, width)
    ink = pygame.Rect(0, 0, right - columns[0], rows[-1] - rows[0] + 1)
    ink.topleft = round(corner[0]) + int(columns[0]), round(corner[1]) + int(rows[0])
    return ink


@dataclass(frozen=True, slots=True, eq=False)
class WrittenPicture:
    """A picture, and all text in it.

    Parameters
    ----------
    turn : str
    picture : Surface
    texts : list of DrawnText
    cut : sequence of str
        Texts of a lesson that are no part of the picture as a whole.
    hidden : sequence of str
        Texts of a scene that something lies over, wholly or in part; `texts` has none of them.
    code : Rect, optional
        The QR code, if one is shown.
    """

    turn: str
    picture: pygame.Surface
    texts: list[DrawnText]
    cut: Sequence[str] = ()
    hidden: Sequence[str] = ()
    code: pygame.Rect | None = None

    def overlaps(self) -> list[tuple[str, str]]:
        """Texts whose ink meets."""
        return [
            (a.text, b.text) for a, b in combinations(self.texts, 2) if a.ink.colliderect(b.ink)
        ]

    def covered(self) -> list[str]:
        """Texts of others that a QR code covers."""
        code, others = self.code, [one for one in self.texts if one.writer != "hud.audience_card"]
        return [] if code is None else [one.text for one in others if code.colliderect(one.ink)]

    def clipped(self) -> list[str]:
        """Texts that leave the picture."""
        whole = self.picture.get_rect()
        return [one.text for one in self.texts if not whole.contains(one.ink)]

    def contrast(self, one: DrawnText) -> float:
        """Contrast of a text against what lies behind it: the darker half of its box."""
        box = pygame.surfarray.array3d(self.picture.subsurface(one.ink)).reshape(-1, 3)
        behind = np.median(box[np.argsort(box.sum(axis=1))[: len(box) // 2]], axis=0)
        text = np.minimum(255.0, behind + one.colour)
        light, dark = (float(_linear(colour) @ _LUMINANCE_WEIGHTS) for colour in (text, behind))
        return (light + 0.05) / (dark + 0.05)


def written_pictures(
    scene: str, language: str, scale: TypeScale, layout: PictureLayout = LANDSCAPE
) -> list[WrittenPicture]:
    """A scene in every turn, with prompt, legends and languages.

    Parameters
    ----------
    scene, language : str
    scale : TypeScale
    layout : PictureLayout, optional

    Returns
    -------
    list of WrittenPicture
    """
    stage, performance = WrittenStage(scene, language, scale, layout), DemoPerformance(*_DEMO)
    written = []
    for turn, moment in MOMENTS_S.items():
        time = round(moment * SECOND)
        stage.apply(performance.poll(time))
        written.append(stage.draw(turn, time))
    return written


class WrittenStage:
    """A scene with all that a stage writes over it.

    Parameters
    ----------
    scene, language : str
    scale : TypeScale
    layout : PictureLayout, optional
    """

    def __init__(
        self, scene: str, language: str, scale: TypeScale, layout: PictureLayout = LANDSCAPE
    ) -> None:
        pygame.font.init()
        self._typesetter = typesetter = RecordingTypesetter(scale, layout.size[0])
        networks = tuple(
            replace(NetworkSummary.dummy(_LAYERS, _UNITS, seed), style=style, **_LEARNED)
            for seed, style in enumerate(_STYLE_NAMES)
        )
        keyboard = PianoKeyboard(typesetter, layout.keyboard)
        resources = SceneResources(typesetter, load_words(language), keyboard, networks, layout)
        new = next(one for one in scene_types() if one.name == scene)
        self.scene = new(networks[0], resources)
        self._overlay = StageOverlay(networks[0], resources, language)
        self._votes, self._audience = VoteTargets(resources), AudienceCard(resources)
        self._audience.show_codes([AudienceCode("join", (bytes(25),) * 25, "192.168.178.123:8081")])
        places = (-0.5, 0.9), (0.8, -0.7), (0.9, 0.4)
        self._audience.show_crowd(CrowdLights(3, (0.2, 0.1), places))
        self._static, self._network = list(typesetter.drawn), networks[0]
        self.begin()

    def begin(self) -> None:
        """Start without any message, while a generation is trained."""
        self._builder = FrameBuilder(self._network)
        self._builder.training = TrainingStatus(True, loss=2.5, gradient_norms=(0.5, 0.25))

    def apply(self, messages: Iterable[StageMessage]) -> None:
        """Take messages; each note comes with the shares of a blend."""
        for message in messages:
            self._builder.apply_message(message)
            if isinstance(message, NoteCue):
                self._builder.apply_message(_shares_of(message))

    def draw(
        self,
        turn: str,
        time: int,
        look: UnitInspection | None = None,
        legends: Mapping[int, str] | None = None,
        has_hand: bool = False,
    ) -> WrittenPicture:
        """The picture of a time (ns), with a unit's card, key legends or the hand if asked for."""
        plain, _, taken = self._draw_layers(time, None, {}, False, ())
        if look is None and legends is None and not has_hand:
            has_code = self._builder.timeline.turn(time).turn in CODE_TURNS
            code = self.scene.code_rect if has_code else None
            return WrittenPicture(turn, plain, self._texts(plain), code=code)
        scene_texts = self._texts(plain)
        surface, covers, _ = self._draw_layers(time, look, legends or {}, has_hand, taken)
        own = [one for one in self._texts(surface) if one not in scene_texts]
        covers += [one.ink.inflate(24, 24) for one in own if one.writer == "hud.ghost_hand"]
        kept = [one for one in scene_texts if one.ink.collidelist(covers) < 0]
        hidden = [one.text for one in scene_texts if one not in kept]
        return WrittenPicture(turn, surface, [*kept, *own], hidden=hidden)

    def _texts(self, surface: TextSurface) -> list[DrawnText]:
        return [*self._typesetter.drawn, *self._typesetter.copied_texts(surface)]

    def _draw_layers(
        self,
        time: int,
        look: UnitInspection | None,
        legends: Mapping[int, str],
        has_hand: bool,
        taken: Sequence[pygame.Rect],
    ) -> tuple[TextSurface, list[pygame.Rect], list[pygame.Rect]]:
        """A picture, where a card lies over it, and what a card or hand should not hide."""
        surface, frame = TextSurface(self.scene.layout.size), self._builder.build_frame(time, 0)
        overlay, scene, timeline = self._overlay, self.scene, self._builder.timeline
        self._typesetter.drawn = list(self._static)
        scene.draw(surface, frame)
        card = overlay.draw_card(surface, frame, scene, look, lambda: taken)
        if has_hand:
            overlay.draw_hand(surface, frame, scene, 0, lambda: taken)
        overlay.draw_legends(surface, legends, timeline.turn(time).turn)
        self._audience.draw(surface, frame, scene)
        votes = self._votes.draw(surface, scene, timeline, time)
        overlay.draw_prompt(surface, frame, scene)
        overlay.draw_languages(surface)
        taken = [one.ink for one in surface.written]
        taken += [*votes, *self._audience.places(frame, scene)]
        return surface, [] if card is None else [card], taken


def overlay_pictures(
    scene: str, language: str, scale: TypeScale, layout: PictureLayout = LANDSCAPE
) -> list[WrittenPicture]:
    """A scene with what comes over it only at times.

    The band, written text and key legends; a past visitor who answers; the votes; the hand that
    shows what can be touched; and the cards of units at the left, in the middle and at the right.

    Parameters
    ----------
    scene, language : str
    scale : TypeScale
    layout : PictureLayout, optional

    Returns
    -------
    list of WrittenPicture
    """
    stage, performance = WrittenStage(scene, language, scale, layout), DemoPerformance(*_DEMO)
    attract = performance.poll(round(MOMENTS_S["attract"] * SECOND))
    stage.apply([*_band_cues(), *attract])
    written = [stage.draw("band in attract", round(5.1 * SECOND), legends=_LEGENDS)]
    for turn in ("listen", "answer"):
        time = round(MOMENTS_S[turn] * SECOND)
        stage.apply(_with_text(performance.poll(time)))
        written.append(stage.draw(f"band in {turn}", time, legends=_LEGENDS))
    day = max(range(7), key=lambda day: len(load_words(language)[f"ghost.day_{day}"]))
    stage.apply([GhostAnswer(time, time + SECOND, day, 23)])
    written.append(stage.draw("past visitor", time + SECOND // 10))
    if (targets := stage.scene.hit_targets) is not None:
        for place in np.quantile(targets.positions[:, 0], (0.0, 0.5, 1.0)):
            nearest = np.abs(targets.positions[:, 0] - place).argmin()
            layer, unit = targets.units[nearest].tolist()
            look = UnitInspection((layer, unit), 0.0, 1.0)
            written.append(stage.draw(f"card at {place:.0f}", time + SECOND // 5, look))
    stage.begin()
    stage.apply(
        [*attract, TurnChange(12 * SECOND, Turn.ANSWER), TurnChange(13 * SECOND, Turn.LISTEN)]
    )
    written.append(stage.draw("votes", 14 * SECOND))
    stage.begin()
    stage.apply(attract)
    written.append(
        stage.draw("hand", SECOND + round((PERIOD_S - SHOWN_S / 2) * SECOND), has_hand=True)
    )
    return written


def _band_cues() -> list[BandCue]:
    """A kick, a hat and a bass note twice a second."""
    cells = np.full((10, 6), 0.7, np.float32)
    return [
        BandCue(
            k * SECOND // 2, SECOND // 4, pitch, 100, source, cells if pitch > 33 else cells[:0]
        )
        for k in range(48)
        for pitch, source in ((36, NoteSource.DRUMS), (42, NoteSource.DRUMS), (31, NoteSource.BASS))
    ]


def _with_text(messages: Sequence[StageMessage]) -> list[StageMessage]:
    """Messages, and the text of each note."""
    texts = [WrittenText(one.serial, "^d2 e") for one in messages if isinstance(one, NoteCue)]
    return [*messages, *texts]


def written_lesson(
    lesson: str, layout: PictureLayout = LANDSCAPE
) -> Iterator[tuple[str, TypeScale, WrittenPicture]]:
    """A lesson's question and each of its steps.

    They are written in all languages in the larger scale, and in one language in the smaller, in
    which the lesson's own picture is the same.

    Parameters
    ----------
    lesson : str
    layout : PictureLayout, optional

    Yields
    ------
    tuple of str, TypeScale and WrittenPicture
        The language, the scale and the picture; the name of a step stands for the turn.
    """
    pygame.font.init()
    looks = [
        (language, scale, _lesson_resources(language, scale, layout))
        for scale in (FAR_SCALE, NEAR_SCALE)
        for language in (languages() if scale is FAR_SCALE else languages()[-1:])
    ]
    style = load_checkpoint(styles.style_path(_STYLE_NAMES[-1]))
    state = SharedLessonState(None, ProbedNetwork.from_checkpoint(style), load_style_options)
    browser = LessonBrowser(looks[0][2], None, state, lambda answer: None)
    builder = FrameBuilder(NetworkSummary.dummy(1, 8))
    browser.build_lessons()
    turn, now = "question", SECOND
    browser.open_lesson(lesson)
    if lesson not in RIGHT_ANSWERS:
        turn = browser.lesson.walkthrough.current_step.name
    while True:
        for _ in range(_LESSON_UPDATES):
            browser.update(now)
            now += SECOND // 5
        frame = builder.build_frame(now, 0)
        for language, scale, resources in looks:
            browser.set_resources(resources)
            typesetter = resources.typesetter
            surface, typesetter.drawn = pygame.Surface(layout.size, 0, 32), []
            browser.draw(surface, frame)
            texts, cut = _place_texts(typesetter.drawn, browser.placed_parts())
            yield language, scale, WrittenPicture(turn, surface, texts, cut)
        if browser.lesson.walkthrough.at_end:
            return
        browser.handle_action(LessonAction.STEP, now)
        turn = browser.lesson.walkthrough.current_step.name


def _lesson_resources(language: str, scale: TypeScale, layout: PictureLayout) -> SceneResources:
    typesetter = RecordingTypesetter(scale, layout.size[0])
    keyboard = PianoKeyboard(typesetter, layout.keyboard)
    return SceneResources(typesetter, load_words(language), keyboard, layout=layout)


def _place_texts(
    drawn: list[DrawnText], parts: Sequence[PlacedPart]
) -> tuple[list[DrawnText], list[str]]:
    """Texts where the parts of a lesson show them, and those that no part shows as a whole."""
    texts, cut = list[DrawnText](), list[str]()
    for one in drawn:
        if not one.writer.startswith("lessons.") or one.writer in PANEL_MODULES:
            texts.append(one)
            continue
        met = [part for part in parts if part.source.colliderect(one.ink)]
        if not met or not all(part.source.contains(one.ink) for part in met):
            cut.append(one.text)
        for part in met:
            size = math.floor(one.size * part.scale)
            texts.append(replace(one, ink=part.to_shown(one.ink), size=size))
    return texts, cut


def written_card(language: str) -> list[DrawnText]:
    """All text of a unit's card, as it opens and after a comparison."""
    pygame.font.init()
    typesetter = RecordingTypesetter(type_scale("room"), LANDSCAPE.size[0])
    network = NetworkSummary.dummy(_LAYERS, _UNITS)
    resources = SceneResources(typesetter, load_words(language), PianoKeyboard(typesetter))
    builder, look = FrameBuilder(network), UnitInspection((1, 3), 0.0, 1.0)
    card, surface = UnitCard(network, resources), pygame.Surface(LANDSCAPE.size, 0, 32)
    card.draw(surface, builder.build_frame(SECOND, 0), look, (900.0, 400.0))
    return typesetter.drawn


def _shares_of(cue: NoteCue) -> BlendContributions:
    weights = np.full(_STYLES, 1 / _STYLES, np.float32)
    ahead = np.tile(cue.next_key_probabilities, (_STYLES, 1))
    hidden = np.tile(cue.activations[-1, HIDDEN_INDEX], (_STYLES, 1))
    return BlendContributions(cue.serial, weights, weights, ahead, hidden)


def _linear(colour: np.ndarray) -> np.ndarray:
    share = np.asarray(colour, float) / 255.0
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


def is_for_all(one: DrawnText) -> bool:
    """Whether a text of a lesson is read by all who watch: sentences, buttons, answers."""
    return one.writer in PANEL_MODULES and not one.text.isupper()


def seen_height(size: int, distance: str) -> float:
    """Height of capitals of a size, arcminutes."""
    return size * CAP_HEIGHT_RATIO * arcminutes_per_pixel(distance)


def _say_touched(say: Callable[[str], object]) -> None:
    """Print the rows of lessons and card."""
    for_all: dict[str, list[int]] = defaultdict(list)
    labels: dict[str, list[int]] = defaultdict(list)
    for lesson, layout in product(lesson_types(), LAYOUTS):
        for _, scale, written in written_lesson(lesson.name, layout):
            for preset in (name for name in VIEWING_DISTANCES if type_scale(name) == scale):
                for one in written.texts:
                    (for_all if is_for_all(one) else labels)[preset].append(one.size)
    card = [one.size for language in languages() for one in written_card(language)]
    rows = {
        "lessons: sentences, questions, answers, buttons": (for_all, OWN_DISTANCES),
        "lessons: labels and numbers of the picture": (labels, TOUCH_DISTANCES),
        "card of a unit": (dict.fromkeys(VIEWING_DISTANCES, card), TOUCH_DISTANCES),
    }
    for name, (sizes, distances) in rows.items():
        cells = [
            f"{CAP_HEIGHT_RATIO * min(sizes[preset]):.0f} px, "
            f"{seen_height(min(sizes[preset]), distance):.1f}'"
            for preset, distance in distances.items()
        ]
        say(f"| {name} | {' | '.join(cells)} |  |\n")


def main() -> None:
    """Print the table."""
    os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
    rows: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    overlaps = pictures = 0
    for scale in {type_scale(distance) for distance in VIEWING_DISTANCES}:
        presets = [name for name in VIEWING_DISTANCES if type_scale(name) == scale]
        for scene in scene_types():
            for language in languages():
                arguments = scene.name, language, scale
                for written in written_pictures(*arguments) + overlay_pictures(*arguments):
                    pictures += 1
                    overlaps += len(written.overlaps()) + len(written.clipped())
                    for one in written.texts:
                        if one.writer == "hud.unit_card":
                            continue  # read from where it is touched
                        for preset in presets:
                            rows[one.writer][preset].append(one.size)
                        rows[one.writer]["contrast"].append(written.contrast(one))
    say = sys.stdout.write
    names = list(VIEWING_DISTANCES)
    say(f"| text of | {' | '.join(names)} | least contrast |\n|---|" + "---|" * 4 + "\n")
    for writer, values in sorted(rows.items()):
        cells = []
        for name in names:
            cap = CAP_HEIGHT_RATIO * min(values[name], default=0)
            cells.append(f"{cap:.0f} px, {cap * arcminutes_per_pixel(name):.1f}'" if cap else "-")
        say(f"| {writer} | {' | '.join(cells)} | {min(values['contrast']):.1f} |\n")
    _say_touched(say)
    say(f"\n{overlaps} overlaps or clipped texts in {pictures} pictures\n")


if __name__ == "__main__":
    main()
