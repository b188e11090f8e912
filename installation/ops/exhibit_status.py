"""Exhibit status: whether visitors can see and hear the piece, and if not, what to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from installation.ops.machine_status import MachineStatus
from installation.ops.metrics import MidiStatus, ProcessMetrics, SoundStatus
from messages.stage_timing import PictureStatus

STARTUP_S = 20.0  # seconds from the start in which picture and sound may still be missing
MAX_FRAME_AGE_S = 3.0  # age of the last frame from which the picture stands still, seconds
MIN_MEAN_LIGHT = 0.012
"""Mean light of a frame, as a share of the brightness, below which it is black."""
MAX_UNHEARD_S = 5.0  # seconds for which notes may bring no sound
MIN_FREE_DISK_BYTES = 200_000_000
"""Free disk space below which recordings are at risk, bytes: some weeks of visits."""
MAX_TEMPERATURE_C = 85.0  # temperature from which processors slow themselves down, degrees Celsius


@dataclass(frozen=True, slots=True)
class ProcessHealth:
    """State of one process, as the supervisor sees it.

    Parameters
    ----------
    state : str
        "starting", "well", "held" (its restart is delayed) or "done".
    restarts : int
    metrics : ProcessMetrics or None
        From the last heartbeat.
    pid : int
        Process number; 0 if there is no process.
    silence : float
        Time since the last heartbeat, seconds.
    """

    state: str
    restarts: int = 0
    metrics: ProcessMetrics | None = None
    pid: int = 0
    silence: float = 0.0


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong.

    Parameters
    ----------
    subject : str
        "picture", "sound", "MIDI", "disk", "machine" or "self-test".
    sentence : str
        What is wrong and what to do.
    vital : bool
        Whether visitors cannot see or cannot hear the piece because of it.
    restart_helps : bool
        Whether a restart of the piece may mend it.
    """

    subject: str
    sentence: str
    vital: bool = True
    restart_helps: bool = False


@dataclass(frozen=True, slots=True)
class ExhibitStatus:
    """Everything that is known of a running piece; the content of the status file.

    Parameters
    ----------
    processes : mapping of str to ProcessHealth
        By name: "performer", "stage".
    written : str
        Local time, ISO 8601.
    uptime : float
        Seconds since the start of the piece.
    pid, memory : int
        Process number of the supervisor, and its resident memory, bytes.
    state : str
        "starting", "well" (visitors can see and hear), "unwell" or "closed" (outside the hours).
    sentence : str
        What is wrong and what to do.
    faults : tuple of Fault
        The vital ones first.
    picture : PictureStatus or None
    sound : SoundStatus or None
        None without an embedded synth that is to be heard.
    midi : MidiStatus or None
    machine : MachineStatus
    self_test : tuple of str
        What the last self-test before opening found unfit.
    """

    processes: Mapping[str, ProcessHealth]
    written: str = ""
    uptime: float = 0.0
    pid: int = 0
    memory: int = 0
    state: str = "starting"
    sentence: str = ""
    faults: tuple[Fault, ...] = ()
    picture: PictureStatus | None = None
    sound: SoundStatus | None = None
    midi: MidiStatus | None = None
    machine: MachineStatus = MachineStatus()
    self_test: tuple[str, ...] = ()

    @classmethod
    def from_health(cls, processes: Mapping[str, ProcessHealth]) -> ExhibitStatus:
        """What the last heartbeats tell, with ages that count from now; not judged yet."""
        performer, stage = (
            processes.get(name, ProcessHealth("done")) for name in ("performer", "stage")
        )
        heard, seen = performer.metrics or ProcessMetrics(), stage.metrics or ProcessMetrics()
        picture = seen.picture
        if picture is not None and picture.frame_age is not None:
            picture = replace(picture, frame_age=picture.frame_age + stage.silence)
        return cls(processes, picture=picture, sound=heard.sound, midi=heard.midi)


def find_faults(status: ExhibitStatus) -> list[Fault]:
    """The reasons why visitors cannot see or hear the piece.

    Parameters
    ----------
    status : ExhibitStatus

    Returns
    -------
    list of Fault
    """
    return [*_picture_faults(status), *_sound_faults(status)]


def _picture_faults(status: ExhibitStatus) -> Iterator[Fault]:
    stage, picture = status.processes.get("stage"), status.picture
    if stage is None:
        yield Fault(
            "picture",
            "There is no window: the piece was started with --headless; start it without.",
        )
    elif stage.state == "done":
        yield _curable(
            "picture", "There is no screen: plug one in, switch it on and start the piece again."
        )
    elif stage.state != "well" or picture is None:
        yield _curable(
            "picture",
            f"There is no picture ({stage.restarts} restarts): it is being started again; check "
            "that the screen is on, and read the log if it stays dark.",
        )
    elif not picture.display:
        yield Fault(
            "picture", "The picture goes nowhere: SDL_VIDEODRIVER names a driver without a screen."
        )
    elif picture.frame_age is None or picture.frame_age > MAX_FRAME_AGE_S:
        yield _curable(
            "picture", "The picture stands still: it is restarted by itself; check the screen."
        )
    elif picture.mean_light < MIN_MEAN_LIGHT * picture.brightness:
        yield _curable(
            "picture", "The picture is black: restart the piece, and the machine if it stays so."
        )


def _sound_faults(status: ExhibitStatus) -> Iterator[Fault]:
    """What visitors cannot hear; the sound of an instrument outside cannot be measured."""
    performer, sound, midi = status.processes.get("performer"), status.sound, status.midi
    if performer is None or performer.state != "well" or midi is None:
        restarts = 0 if performer is None else performer.restarts
        yield _curable(
            "sound",
            f"The music does not run ({restarts} restarts): it is being started again; read the "
            "log if it stays silent.",
        )
    elif midi.lost:
        yield _curable(
            "sound",
            "MIDI has died under the music, which is restarted by itself; wait ten seconds.",
        )
    elif sound is None and not midi.plays_notes:
        yield Fault(
            "sound",
            "No sound leaves the machine: switch on the MIDI output that midi.output names, or "
            "set sound.enabled.",
        )
    elif sound is not None and not sound.on_card:
        yield Fault(
            "sound", "There is no sound card: check its plug and its power; it is tried every 5 s."
        )
    elif (midi if sound is None else sound).volume == 0.0:
        yield Fault(
            "sound", "The sound is turned down to nothing: turn it up, or press Sound again."
        )
    elif sound is not None and sound.unheard_for > MAX_UNHEARD_S:
        yield _curable("sound", "Notes are played and nothing sounds: restart the piece.")


def _curable(subject: str, sentence: str) -> Fault:
    return Fault(subject, sentence, restart_helps=True)


def _machine_faults(machine: MachineStatus, midi: MidiStatus | None) -> Iterator[Fault]:
    if midi is not None and midi.missing:
        names = ", ".join(midi.missing)
        yield Fault("MIDI", f"MIDI port {names} is missing: check plug and power.", vital=False)
    if machine.disk is not None and machine.disk.free < MIN_FREE_DISK_BYTES:
        free = f"{machine.disk.free / 1e6:.0f} MB"
        yield Fault(
            "disk", f"Only {free} are free for recordings: make room on the disk.", vital=False
        )
    if machine.undervoltage:
        sentence = "The power supply is too weak: use the one made for this machine."
        yield Fault("machine", sentence, vital=False)
    if machine.temperature is not None and machine.temperature > MAX_TEMPERATURE_C:
        sentence = f"The machine has {machine.temperature:.0f} degrees: free its vents."
        yield Fault("machine", sentence, vital=False)


def judge_exhibit(status: ExhibitStatus, machine: MachineStatus) -> ExhibitStatus:
    """Complete a status: it is "well" only if visitors can see and hear the piece.

    Parameters
    ----------
    status : ExhibitStatus
        Its state is "closed" outside the opening hours.
    machine : MachineStatus

    Returns
    -------
    ExhibitStatus
    """
    found = (Fault("self-test", sentence, vital=False) for sentence in status.self_test)
    faults = (*find_faults(status), *_machine_faults(machine, status.midi), *found)
    state, sentence = "well", faults[0].sentence if faults else "Visitors can see and hear it."
    if status.state == "closed":
        state, sentence = "closed", "Outside the opening hours: screen and sound are off."
    elif faults and faults[0].vital:
        is_new = not any(health.restarts for health in status.processes.values())
        state = "starting" if is_new and status.uptime < STARTUP_S else "unwell"
    return replace(status, machine=machine, state=state, sentence=sentence, faults=faults)
