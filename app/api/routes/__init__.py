"""The routes of the API, by subject."""

from app.api.routes import audit, data, jobs, people, results

ROUTERS = (data.router, jobs.router, results.router, people.router, audit.router)
