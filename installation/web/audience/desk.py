"""The audience's desk: all that its page uses, and what is done for it several times a second."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from installation.config import CrowdSettings, WebSettings
from installation.process.control_pipe import PipeMessage
from installation.visits.duet import Duet
from installation.web.audience.ballots import BallotCounter
from installation.web.audience.broadcast import Broadcast
from installation.web.audience.duet_offers import DuetOffers
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
REPLAY_INTERVAL_NS = 60 * SECOND  # shortest time between two duets that are played again, ns
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
        self.broadcast, self.ballots = Broadcast(self._greet), BallotCounter()
        self.now, self.duets, self.rounds = now, duets, tuple(rounds)
        self.question, self.offers = question, DuetOffers(duets, now)
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
            self._follow_turn()
        self.offers.expire()
        seldom = self._describe_seldom()
        news |= {name: value for name, value in seldom.items() if self._told.get(name) != value}
        self._told = seldom
        if news or now - self._published_at >= SILENT_INTERVAL_NS:
            self._published_at = now
            self.broadcast.publish(self._encode(news))
        codes = AudienceCodes(self._codes)
        if self.offers.duet is not None and self.address:
            codes = AudienceCodes((self._duet_code(self.offers.duet.address), *self._codes))
        if codes != self._sent_codes or now - self._codes_sent_at >= CODE_INTERVAL_NS:
            self._codes_sent_at, self._sent_codes = now, codes
            self._send(codes)

    def play_again(self, duet: Duet) -> bool:
        """Have a duet played on the stage; whether it may be: nobody plays, and none was lately."""
        now = self.now()
        if self.offers.is_visit or now < self._next_replay_at:
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

    def _follow_turn(self) -> None:
        is_visit = self._feed.turn is not Turn.ATTRACT
        if is_visit and not self.offers.is_visit:
            self.offers.begin_visit()
        elif not is_visit:
            self.offers.end_visit()

    @property
    def address(self) -> str:
        """Where phones find the page; empty without a network."""
        return f"{self._host}:{self._settings.audience_port}" if self._host else ""

    def _describe_seldom(self) -> dict[str, object]:
        return {
            "crowd": self.crowd.describe(),
            "styles": self._styles,
            "duet": self.offers.number,
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
