"""What another quantity of an action would do: a job that tells it, before anybody decides."""

from __future__ import annotations

from app.service.context import Service
from app.service.decisions.actions import action
from app.service.identity.identity import Identity
from app.service.jobs import JobView, submit


def preview(
    service: Service, identity: Identity, action_id: str, quantity: float, key: str | None = None
) -> JobView:
    """Queue a job that lives the plan with ``quantity`` of an action, all else as planned.

    Its run's result holds units and money as planned, changed, and without the action.
    """
    found = action(service, identity, action_id)
    parameters = {"plan": found.plan_id, "action": action_id, "quantity": quantity}
    return submit(service, identity, "preview", None, parameters, key)
