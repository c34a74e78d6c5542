"""From recommended actions to what the ERP carries out: decisions, and their releases."""

from __future__ import annotations

from app.service.decisions.actions import (
    ActionView,
    DecisionView,
    action,
    actions,
    decide,
    needs_approval,
)
from app.service.decisions.preview import preview
from app.service.decisions.releases import ReleaseView, acknowledge, release, releases
from app.service.decisions.repeated import released_before

__all__ = ["ActionView", "DecisionView", "ReleaseView", "acknowledge", "action", "actions",
           "decide", "needs_approval", "preview", "release", "released_before",
           "releases"]  # fmt: skip
