"""The routes of the API, by subject."""

from app.api.routes import audit, people

ROUTERS = (people.router, audit.router)
