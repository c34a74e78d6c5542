"""The routes of the API, by subject."""

from app.api.routes import audit, data, decisions, jobs, people, results, scenarios, webhooks

ROUTERS = (
    data.router, scenarios.router, jobs.router, results.router, decisions.router, webhooks.router,
    people.router, audit.router,
)  # fmt: skip
