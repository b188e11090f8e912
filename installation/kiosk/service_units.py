"""Service units: the files that let systemd start, watch and restart the piece."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

UNIT_NAME = "hidden-state.service"
DISPLAY_UNIT_NAME = "hidden-state-display.service"
UNIT_FOLDER = Path("/etc/systemd/system")
LOGIN_FILE = Path("/etc/systemd/logind.conf.d/hidden-state.conf")
X_SERVER_FILE = Path("/etc/X11/xorg.conf.d/hidden-state.conf")
KERNEL_FILE = Path("/etc/sysctl.d/90-hidden-state.conf")
RUNTIME_FOLDER_NAME = "hidden-state"  # below /run; status and log lie there
STAFF_EXIT_STATUS = 10  # exit status after which the piece stays down: the staff ended it
WATCHDOG_S = 30  # seconds without a sign of life after which systemd restarts the piece
STARTUP_TIMEOUT_S = 120  # seconds until picture and music run
STOP_TIMEOUT_S = 10
RESTART_DELAY_S = 2
MAX_MEMORY_BYTES = 2 << 30  # memory above which the piece is restarted; it needs less than half
MAX_MEMORY_SHARE = 0.75  # the same as a share of the machine's memory
REALTIME_PRIORITY = 95  # highest priority that the piece may take
GROUPS = "audio video input render"
"""Groups that own sound cards, screens and keyboards."""


@dataclass(frozen=True, slots=True)
class KioskSite:
    """Where and as whom the piece runs.

    Parameters
    ----------
    user : str
    folder : Path
        Working folder, with config.toml.
    command : tuple of str
        The command `hidden-state`, with absolute paths.
    memory : int
        Memory of the machine, bytes.
    cage, x_server : str
        Path of the Wayland session for one program, or of the X server; empty if not installed.
    config : Path or None
        Absolute path of the settings; None for config.toml of the folder.
    """

    user: str
    folder: Path
    command: tuple[str, ...]
    memory: int
    cage: str = ""
    x_server: str = ""
    config: Path | None = None


@dataclass(frozen=True, slots=True)
class KioskFile:
    """A file of the installation."""

    path: Path
    text: str


def plan_files(site: KioskSite) -> list[KioskFile]:
    """The files of a kiosk; the first is the unit of the piece.

    Parameters
    ----------
    site : KioskSite

    Returns
    -------
    list of KioskFile

    Raises
    ------
    ValueError
        If neither a Wayland session nor an X server is installed.
    """
    if not site.cage and not site.x_server:
        raise ValueError("no session for the picture: install cage, or an X server (apt: cage)")
    files = [KioskFile(UNIT_FOLDER / UNIT_NAME, _piece_unit(site))]
    if not site.cage:
        files.append(KioskFile(UNIT_FOLDER / DISPLAY_UNIT_NAME, _display_unit(site)))
        files.append(KioskFile(X_SERVER_FILE, _x_server_text()))
    files.append(KioskFile(LOGIN_FILE, _login_text()))
    return [*files, KioskFile(KERNEL_FILE, _kernel_text())]


def _piece_unit(site: KioskSite) -> str:
    play = (*site.command, "play", "--kiosk")
    if site.config is not None:
        play += ("--config", str(site.config))
    if site.cage:
        session = _TERMINAL + "Environment=SDL_VIDEODRIVER=wayland\n"
        # without -s, which would let Ctrl-Alt-F2 lead to another console
        start, access, dependency = (site.cage, "--", *play), "all", ""
    else:
        session, start, access = "Environment=DISPLAY=:0\n", play, "main"
        dependency = f"Requires={DISPLAY_UNIT_NAME}\nAfter={DISPLAY_UNIT_NAME}\n"
    max_memory = min(MAX_MEMORY_BYTES, round(MAX_MEMORY_SHARE * site.memory))
    return f"""\
[Unit]
Description=Hidden State, a musical instrument played with a neural network
After=sound.target systemd-user-sessions.service systemd-logind.service
{dependency}Conflicts=getty@tty1.service display-manager.service
StartLimitIntervalSec=0

[Service]
Type=notify
NotifyAccess={access}
User={site.user}
SupplementaryGroups={GROUPS}
WorkingDirectory={str(site.folder).replace("%", "%%")}
RuntimeDirectory={RUNTIME_FOLDER_NAME}
RuntimeDirectoryPreserve=restart
PAMName=login
{session}ExecStart={" ".join(map(_escape, start))}
WatchdogSec={WATCHDOG_S}
TimeoutStartSec={STARTUP_TIMEOUT_S}
TimeoutStopSec={STOP_TIMEOUT_S}
Restart=always
RestartSec={RESTART_DELAY_S}
RestartPreventExitStatus={STAFF_EXIT_STATUS}
MemoryMax={max_memory}
LimitRTPRIO={REALTIME_PRIORITY}
LimitMEMLOCK=infinity

[Install]
WantedBy=multi-user.target
"""


_TERMINAL = """\
TTYPath=/dev/tty1
TTYReset=yes
TTYVHangup=yes
TTYVTDisallocate=yes
StandardInput=tty-fail
StandardOutput=journal
StandardError=journal
UtmpIdentifier=tty1
UtmpMode=user
"""


def _display_unit(site: KioskSite) -> str:
    """The X server: without pointer, screen saver, power saving and network."""
    return f"""\
[Unit]
Description=The screen of Hidden State
After=systemd-user-sessions.service systemd-logind.service
Conflicts=getty@tty1.service display-manager.service
StartLimitIntervalSec=0

[Service]
Type=simple
ExecStart={_escape(site.x_server)} :0 vt1 -ac -nolisten tcp -nocursor -s 0 -dpms -novtswitch
Restart=always
RestartSec={RESTART_DELAY_S}
"""


def _x_server_text() -> str:
    """The keys that the X server leaves to the piece; -novtswitch does not concern them."""
    return """\
# Hidden State: Ctrl-Alt-F2 and Ctrl-Alt-Backspace lead nowhere
Section "ServerFlags"
    Option "DontVTSwitch" "on"
    Option "DontZap" "on"
EndSection
"""


def _login_text() -> str:
    return """\
# Hidden State: nobody at the keyboard is no reason to sleep, no key of it sends the machine to
# sleep or starts it again, and Alt-F2 leads nowhere
[Login]
IdleAction=ignore
HandleLidSwitch=ignore
HandleSuspendKey=ignore
HandleHibernateKey=ignore
HandleRebootKey=ignore
NAutoVTs=0
ReserveVT=0
"""


def _kernel_text() -> str:
    return """\
# Hidden State: Alt-Print-B would start the machine again, whatever fills the screen
kernel.sysrq = 0
"""


def _escape(word: str) -> str:
    """A word as systemd reads it on a command line."""
    escaped = word.replace("\\", "\\\\").replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"' if " " in escaped else escaped
