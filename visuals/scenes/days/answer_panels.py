"""Answer panels: one phrase, answered by generation 0 and by the one that plays, to be heard."""

from __future__ import annotations

import pygame

from messages.clock import SECOND
from messages.gestures import MAX_ONSET_DELAY_NS, MAX_TONE_DURATION_NS, MAX_TONES, LessonTone
from midi_data.notes import Note
from rnn.model.model_card import ComparedAnswers
from visuals.drawing.picture_layout import PictureLayout
from visuals.drawing.theme import (
    EDGE_COLOUR,
    LABEL_COLOUR,
    PITCH_COLOURS,
    TEXT_COLOUR,
    VISITOR_COLOUR,
    Colour,
    shade,
)
from visuals.drawing.typography import TextStyle, Typesetter

PANEL_RECTS = (pygame.Rect(88, 640, 270, 120), pygame.Rect(392, 640, 270, 120))
LEAD_NS, PAUSE_NS = SECOND // 10, SECOND  # before the first tone, and between both answers, ns
VELOCITY = 64
NOTE_PX = 6
RESTING_LEVEL = 0.55  # of a note that does not sound


class AnswerPanels:
    """Two rolls side by side: touching the first plays both in turn, the second only itself.

    Where both are too long for one request of sound, each is played alone.

    Parameters
    ----------
    compared : ComparedAnswers
    number : int
        The generation that plays.
    layout : PictureLayout
    """

    def __init__(self, compared: ComparedAnswers, number: int, layout: PictureLayout) -> None:
        self.compared, self.numbers = compared, (0, number)
        self.rects = [
            layout.rect(rect, f"days answer {place}") for place, rect in enumerate(PANEL_RECTS)
        ]
        self._phrase_notes = len(compared.phrase)
        self._music = [compared.phrase + answer for answer in (compared.first, compared.latest)]
        self._beat_ns = round(compared.beat_s * SECOND)
        self._begins = [-1, -1]  # of each, as played last, ns
        sounding = [note for music in self._music for note in music]
        self._beats = max(note.onset + note.duration for note in sounding)
        pitches = [note.pitch for note in sounding]
        self._lowest, self._highest = min(pitches) - 1, max(pitches) + 1

    def touch(self, x: float, y: float, now: int) -> tuple[LessonTone, ...]:
        """The tones that a touch asks for; none beside the panels."""
        touched = [place for place, rect in enumerate(self.rects) if rect.collidepoint(x, y)]
        if not touched:
            return ()
        start, end = now + LEAD_NS, now + MAX_ONSET_DELAY_NS - SECOND
        self._begins = [-1, -1]
        self._begins[touched[0]] = start
        tones = self._tones(touched[0], start)
        if touched == [0]:
            second = start + round(self._beats * self._beat_ns) + PAUSE_NS
            both = tones + self._tones(1, second)
            if len(both) <= MAX_TONES and all(tone.at < end for tone in both):
                tones, self._begins[1] = both, second
        return tuple(tone for tone in tones if tone.at < end)[:MAX_TONES]

    def _tones(self, place: int, begin: int) -> list[LessonTone]:
        """The tones of one answer from `begin` (ns) on."""
        return [
            LessonTone(
                note.pitch,
                VELOCITY,
                begin + round(note.onset * self._beat_ns),
                min(MAX_TONE_DURATION_NS, max(1, round(note.duration * self._beat_ns))),
            )
            for note in self._music[place]
        ]

    def draw(
        self, surface: pygame.Surface, typesetter: Typesetter, labels: list[str], time: int
    ) -> None:
        """The panels, each with its label, and what of them sounds at a time, ns."""
        size = typesetter.scale.least
        for rect, music, label in zip(self.rects, self._music, labels, strict=True):
            pygame.draw.rect(surface, EDGE_COLOUR, rect.inflate(16, 16), 1, 10)
            style = TextStyle(size, "jost-300", 0.3, LABEL_COLOUR)
            place = (rect.centerx, rect.top - 12 - round(1.4 * size))
            typesetter.draw_text(surface, label, place, style, "centre")
            for index, note in enumerate(music):
                colour = self._colour(index, note)
                surface.fill(shade(colour, RESTING_LEVEL), self._bar(rect, note))
        for rect, music, begin in zip(self.rects, self._music, self._begins, strict=True):
            beat = (time - begin) / self._beat_ns
            if begin < 0 or not 0 <= beat <= self._beats:
                continue
            x = rect.left + round(rect.width * beat / self._beats)
            surface.fill(TEXT_COLOUR, (x, rect.top, 2, rect.height))
            for index, note in enumerate(music):
                if note.onset <= beat < note.onset + note.duration:
                    surface.fill(self._colour(index, note), self._bar(rect, note).inflate(2, 6))

    def _colour(self, index: int, note: Note) -> Colour:
        return VISITOR_COLOUR if index < self._phrase_notes else PITCH_COLOURS[note.pitch % 12]

    def _bar(self, rect: pygame.Rect, note: Note) -> pygame.Rect:
        left = rect.left + round(rect.width * note.onset / self._beats)
        width = max(4, round(rect.width * note.duration / self._beats) - 2)
        height = (note.pitch - self._lowest) / (self._highest - self._lowest)
        return pygame.Rect(left, rect.bottom - round(height * rect.height), width, NOTE_PX)
