"""Names of workers: a worker that comes back under its name goes on with its jobs."""

from __future__ import annotations

import socket
from hashlib import sha256

from app.service.settings import ServiceSettings


def worker_name(settings: ServiceSettings, number: int = 0) -> str:
    """The name of this computer's worker ``number``, the same after every start."""
    folder = sha256(str(settings.folder.absolute()).encode()).hexdigest()[:8]
    return f"{socket.gethostname()}-{folder}-{number}"
