"""Settings, permissions and events in words, with units."""

from __future__ import annotations

from datetime import datetime, timedelta

from app.service.context import Service
from app.store.records import now

PERMISSIONS = {
    "data:read": "read data", "data:write": "change data", "scenario:read": "read scenarios",
    "scenario:write": "build scenarios", "run:read": "read plans and forecasts",
    "run:start": "start plans and forecasts", "action:decide": "decide on actions",
    "action:approve": "approve costly actions", "release:read": "read orders for the ERP",
    "release:acknowledge": "acknowledge orders for the ERP",
    "forecast:override": "override forecasts", "webhook:manage": "manage webhooks",
    "user:manage": "manage people", "token:own": "make API tokens", "audit:read": "read the audit",
    "settings:read": "read the settings", "self:read": "read one's own account",
}  # fmt: skip
EVENTS = {"job.finished": "a job has ended", "release.created": "an order goes to the ERP",
          "release.withdrawn": "an order for the ERP is withdrawn",
          "webhook.test": "a test"}  # fmt: skip
STATES = {"waiting": "waits", "delivered": "delivered", "given up": "given up"}


def permission(name: str) -> str:
    """A permission in words."""
    return PERMISSIONS.get(name, name)


def event(name: str) -> str:
    """An event in words."""
    return EVENTS.get(name, name)


def settings_in_words(service: Service) -> list[tuple[str, str, str]]:
    """What the operator has set: name, value with its unit, and the variable that sets it."""
    given = service.settings
    database = "an SQLite file in the folder" if service.database.is_sqlite else "PostgreSQL"
    limit = given.approval_limit
    rows = [
        ("Address", f"{given.host}, port {given.port}", "HOST, PORT"),
        ("Address for people and the ERP", given.public_url or "the same", "PUBLIC_URL"),
        ("Folder", str(given.folder), "FOLDER"),
        ("Database", database, "DATABASE_URL"),
        ("Encrypted (TLS)", "yes" if given.tls_certificate else "no", "TLS_CERTIFICATE"),
        ("Workers", f"{_count(given.job_workers, 'process', 'es')}, each with "
         f"{_count(given.jobs_at_once, 'job')} at once", "JOB_WORKERS, JOBS_AT_ONCE"),
        ("Longest job", span(given.job_seconds), "JOB_SECONDS"),
        ("Memory of a job", _size(given.job_memory * 1e6), "JOB_MEMORY"),
        ("Largest upload", _size(given.body_limit), "BODY_LIMIT"),
        ("Requests of one person or machine", f"at most {given.requests_a_minute:,} a minute",
         "REQUESTS_A_MINUTE"),
        ("An action needs an approver", f"from a cost of {limit:,.0f} on, in the currency of its "
         "dataset", "APPROVAL_LIMIT"),
        ("A login lasts", span(given.login_hours * 3600), "LOGIN_HOURS"),
        ("Identity provider", given.oidc_issuer or "none: people have a password here",
         "OIDC_ISSUER"),
        ("Log", f"{given.log_level} and worse", "LOG_LEVEL"),
    ]  # fmt: skip
    return [(name, value, ", ".join(f"SUPPLYCHAIN_{part}" for part in variables.split(", ")))
            for name, value, variables in rows]  # fmt: skip


def span(seconds: float) -> str:
    """A time in hours, minutes and seconds: 1 hour 30 minutes."""
    whole = round(seconds)
    parts = ((whole // 3600, "hour"), (whole % 3600 // 60, "minute"), (whole % 60, "second"))
    return " ".join(_count(count, name) for count, name in parts if count) or "0 seconds"


def until(expires_at: datetime) -> str:
    """A date of an end, and how many days are left."""
    left = expires_at - now()
    if left <= timedelta(0):
        return f"expired {expires_at:%Y-%m-%d}"
    return f"{expires_at:%Y-%m-%d} (in {_count(left.days, 'day')})"


def _count(count: int, name: str, plural: str = "s") -> str:
    return f"{count:,} {name}{'' if count == 1 else plural}"


def _size(count: float) -> str:
    return f"{count / 1e9:,.1f} GB" if count >= 1e9 else f"{count / 1e6:,.0f} MB"
