"""Kiosk: the piece as a service that starts by itself, is watched, and keeps opening hours."""

__all__ = [
    "cover",
    "display_power",
    "house_keeper",
    "house_rules",
    "installer",
    "instance_lock",
    "loopback",
    "notifier",
    "operator_pin",
    "service_units",
    "watchdog",
]
