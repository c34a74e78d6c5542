"""From recommended actions to what the ERP carries out: decisions, and their releases."""

from __future__ import annotations

from app.service.decisions.actions import ActionView, DecisionView, action, actions, decide
from app.service.decisions.preview import preview
from app.service.decisions.releases import ReleaseView, acknowledge, release, releases

__all__ = ["ActionView", "DecisionView", "ReleaseView", "acknowledge", "action", "actions",
           "decide", "preview", "release", "releases"]  # fmt: skip
