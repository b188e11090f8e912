"""Kiosk: the piece as a service that starts by itself, is watched, and keeps opening hours."""

__all__ = [
    "cover",
    "display_power",
    "hours_file",
    "house_keeper",
    "house_rules",
    "installer",
    "instance_lock",
    "loopback",
    "notifier",
    "service_units",
    "watchdog",
]
