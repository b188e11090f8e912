"""Kiosk: the piece as a service that starts by itself, is watched, and keeps opening hours."""

__all__ = ["instance_lock", "installer", "notifier", "service_units", "watchdog"]
