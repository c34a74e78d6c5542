"""What no log may tell, whoever writes it."""

from __future__ import annotations

import logging


def quiet_clients() -> None:
    """Keep the addresses that are asked out of the log: those of webhooks may hold secrets."""
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
