"""The routes of the API, by subject."""

from app.api.routes import audit, jobs, people, results

ROUTERS = (people.router, audit.router, jobs.router, results.router)
