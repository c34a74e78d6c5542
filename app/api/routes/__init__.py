"""The routes of the API, by subject."""

from app.api.routes import audit, data, decisions, jobs, people, results, scenarios

ROUTERS = (
    data.router, scenarios.router, jobs.router, results.router, decisions.router, people.router,
    audit.router,
)  # fmt: skip
