"""The audience's desk: all that its page uses, and what is done for it several times a second."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import count

from installation.config import CrowdSettings, WebSettings
from installation.process.control_pipe import PipeMessage
from installation.visits.duet import Duet
from installation.web.audience.broadcast import Broadcast
from installation.web.audience.duet_store import DuetStore
from installation.web.audience.note_feed import NoteFeed
from installation.web.audience.opinions import Crowd
from installation.web.audience.qr_codes import encode_code, wifi_text
from installation.web.audience.question import QuestionOfTheDay
from installation.web.audience.rounds import GuessingRound
from installation.web.audience.voices import RequestBudget, VoiceRegister
from messages.clock import MILLISECOND, SECOND
from messages.crowd import AudienceCode, AudienceCodes, DuetReplay, ReplayedNote
from messages.cues import Turn

TICK_S = 0.25  # time between two events, seconds
SILENT_INTERVAL_NS = 2 * SECOND  # time after which an event comes though nothing is new, ns
CODE_INTERVAL_NS = 5 * SECOND  # time after which a restarted stage is told the codes again, ns
OFFER_TIME_NS = 60 * SECOND  # time for which a duet is offered after its visit, ns
REPLAY_INTERVAL_NS = 60 * SECOND  # shortest time between two duets that are played again, ns
MAX_OFFERS = 64  # duets that can be voted on
VISIT_MARGIN = timedelta(
    seconds=3
)  # by which a visit may have begun before its first turn is known
WILDCARD_HOSTS = ("0.0.0.0", "::")


class AudienceDesk:
    """Follows the piece, informs the phones, and passes their mean opinion on.

    Parameters
    ----------
    settings : WebSettings
    bounds : CrowdSettings
    feed : NoteFeed
    send : callable
        Sends a message to the supervisor.
    now : callable
        The monotonic clock, ns.
    duets : DuetStore
    question : QuestionOfTheDay
    rounds : sequence of GuessingRound
    """

    def __init__(
        self,
        settings: WebSettings,
        bounds: CrowdSettings,
        feed: NoteFeed,
        send: Callable[[PipeMessage], None],
        now: Callable[[], int],
        duets: DuetStore,
        question: QuestionOfTheDay,
        rounds: Sequence[GuessingRound] = (),
    ) -> None:
        self.voices, self.budget, self.crowd = VoiceRegister(), RequestBudget(now), Crowd(bounds)
        self.broadcast = Broadcast(self._greet)
        self.now, self.duets, self.rounds = now, duets, tuple(rounds)
        self.question = question
        self._visit_began: datetime | None = None  # None while nobody plays
        self._duet: Duet | None = None  # the newest
        self._visit_ended_at = 0
        self._offers: dict[int, str] = {}  # addresses of duets to vote on, by public number
        self._offer: int | None = None
        self._offer_numbers = count(1)  # none comes twice: a phone may still show a deleted one
        self._settings, self._feed, self._send = settings, feed, send
        self._styles: tuple[str, ...] = ()
        self._host = "" if settings.host in WILDCARD_HOSTS else settings.host
        self._codes: tuple[AudienceCode, ...] = ()
        self._sent_codes = AudienceCodes()
        self._told: dict[str, object] = {}  # of what changes seldom
        self._published_at = self._codes_sent_at = self._next_replay_at = 0

    def set_addresses(self, addresses: Sequence[str]) -> None:
        """Learn the addresses of this machine."""
        if self._settings.host in WILDCARD_HOSTS:
            self._host = addresses[0] if addresses else ""
        self._codes = tuple(self._encode_codes())

    def tick(self, styles: Sequence[str]) -> None:
        """Do what is due; `styles` are the names of those that play."""
        now, self._styles = self.now(), tuple(styles)
        change = self.crowd.update(now, len(self._styles))
        if change is not None:
            self._send(change)
        news = self._feed.poll(now)
        if "turn" in news:
            self._follow_turn(now)
        if self._visit_began is None and now - self._visit_ended_at > OFFER_TIME_NS:
            self._duet = self._offer = None
        seldom = self._describe_seldom()
        news |= {name: value for name, value in seldom.items() if self._told.get(name) != value}
        self._told = seldom
        if news or now - self._published_at >= SILENT_INTERVAL_NS:
            self._published_at = now
            self.broadcast.publish(self._encode(news))
        codes = AudienceCodes(self._codes)
        if self._duet is not None and self.address:
            codes = AudienceCodes((self._duet_code(self._duet.address), *self._codes))
        if codes != self._sent_codes or now - self._codes_sent_at >= CODE_INTERVAL_NS:
            self._codes_sent_at, self._sent_codes = now, codes
            self._send(codes)

    async def look_for_duet(self) -> None:
        """Offer the newest duet of the visit, if it is not offered yet."""
        if self._visit_began is None:
            return
        duet = await self.duets.find_newest(self._visit_began)
        is_known = (
            self._duet is not None and duet is not None and duet.address == self._duet.address
        )
        if duet is None or is_known or not duet.is_over:
            return
        self._duet, self._offer = duet, next(self._offer_numbers)
        self._offers[self._offer] = duet.address
        if len(self._offers) > MAX_OFFERS:
            del self._offers[min(self._offers)]

    def offered_duet(self, number: object) -> str | None:
        """Address of a duet that phones may vote on; they know its number only."""
        is_number = isinstance(number, int) and not isinstance(number, bool)
        return self._offers.get(number) if is_number else None  # type: ignore[arg-type]

    def withdraw_duet(self, address: str) -> None:
        """Show a duet that was deleted no more."""
        if self._duet is not None and self._duet.address == address:
            self._duet = self._offer = None
        self._offers = {key: kept for key, kept in self._offers.items() if kept != address}

    def play_again(self, duet: Duet) -> bool:
        """Have a duet played on the stage; whether it may be: nobody plays, and none was lately."""
        now = self.now()
        if self._visit_began is not None or now < self._next_replay_at:
            return False
        self._next_replay_at, music = now + REPLAY_INTERVAL_NS, duet.music
        notes = (
            ReplayedNote(
                note.pitch,
                max(1, note.velocity),
                note.onset_ms * MILLISECOND,
                max(1, note.duration_ms) * MILLISECOND,
                note.source,
            )
            for note in music.notes
        )
        bar_line = music.bar_line_ms * MILLISECOND
        self._send(DuetReplay(tuple(notes), music.beat_us * 1000, bar_line, str(music.meter)))
        return True

    def _follow_turn(self, now: int) -> None:
        is_visit = self._feed.turn is not Turn.ATTRACT
        if is_visit and self._visit_began is None:
            self._visit_began = self.duets.now() - VISIT_MARGIN
            self._duet = self._offer = None
        elif not is_visit:
            self._visit_began, self._visit_ended_at = None, now

    @property
    def address(self) -> str:
        """Where phones find the page; empty without a network."""
        return f"{self._host}:{self._settings.audience_port}" if self._host else ""

    def _describe_seldom(self) -> dict[str, object]:
        return {
            "crowd": self.crowd.describe(),
            "styles": self._styles,
            "duet": self._offer,
            "question": self.question.describe(),
        }

    def _greet(self) -> str:
        return self._encode(self._feed.describe() | self._describe_seldom())

    def _encode(self, values: dict[str, object]) -> str:
        return json.dumps({"t": self.now() // MILLISECOND} | values, separators=(",", ":"))

    def _duet_code(self, address: str) -> AudienceCode:
        return encode_code("duet", f"http://{self.address}/d/{address}", "")

    def _encode_codes(self) -> list[AudienceCode]:
        settings, codes = self._settings, []
        if settings.wifi:
            text = wifi_text(settings.wifi, settings.wifi_password.get_secret_value())
            codes.append(encode_code("wifi", text, settings.wifi))
        if self.address:
            codes.append(encode_code("join", f"http://{self.address}", self.address))
        return codes
