"""Settings of the service: from the environment (SUPPLYCHAIN_...) or files of secrets."""

from __future__ import annotations

from functools import cached_property
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from platformdirs import user_data_path
from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.store.engine import sqlite_url
from supplychain.errors import InputError, Problem

_MEGABYTE = 1_000_000
LOGIN_COOKIE = "supplychain_login"  # name of the cookie of a browser that is logged in


class ServiceSettings(BaseSettings):
    """What an operator may set; secrets are read from the environment or from a file each.

    ``SUPPLYCHAIN_DATABASE_URL=postgresql://...`` is all it takes to leave the embedded default.
    """

    model_config = SettingsConfigDict(
        env_prefix="SUPPLYCHAIN_", frozen=True, extra="ignore", ignored_types=(cached_property,)
    )

    folder: Path = Field(
        default_factory=lambda: user_data_path("supplychain-planner", appauthor=False),
        description="where the embedded database, the audit's head and logs are kept",
    )
    database_url: SecretStr | None = Field(
        default=None, description="postgresql://...; else an SQLite file in the folder"
    )
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    secret: Annotated[SecretStr, Field(min_length=32)] | None = Field(
        default=None, description="of all that serve one database; else a file in the folder"
    )
    public_url: str = Field(default="", description="the address that people and the ERP use")
    proxies: str = Field(
        default="", description="addresses or networks of proxies whose X-Forwarded-... is believed"
    )
    api_workers: Annotated[int, Field(ge=1)] = Field(default=1, description="API processes")
    job_workers: Annotated[int, Field(ge=0)] = Field(default=1, description="worker processes")
    jobs_at_once: Annotated[int, Field(ge=1)] = Field(default=2, description="solves per worker")
    job_memory: Annotated[int, Field(ge=256)] = Field(default=8192, description="megabytes a job")
    job_seconds: Annotated[float, Field(gt=0)] = Field(default=3600.0, description="longest job")
    keep_days: Annotated[float, Field(ge=1)] = Field(
        default=90.0, description="how long finished jobs, told messages and deletions are kept"
    )
    body_limit: Annotated[int, Field(ge=1)] = Field(
        default=200 * _MEGABYTE, description="largest body of a request, bytes"
    )
    unpacked_limit: Annotated[int, Field(ge=1)] = Field(
        default=2000 * _MEGABYTE, description="largest upload once unpacked, bytes"
    )
    cell_limit: Annotated[int, Field(ge=1)] = Field(
        default=20_000_000, description="most cells of an upload, blank ones included"
    )
    requests_a_minute: Annotated[int, Field(ge=1)] = Field(
        default=60_000, description="of one identity; more are answered with 429"
    )
    approval_limit: Annotated[float, Field(ge=0)] = Field(
        default=250_000.0, description="cost above which an action needs the role approver"
    )
    webhooks_local: bool = Field(
        default=False, description="webhooks may point to this host, as in a test"
    )
    login_hours: Annotated[float, Field(gt=0)] = 12.0
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: SecretStr | None = None
    oidc_role_claim: str = Field(default="roles", description="claim with a person's roles")
    oidc_brand_claim: str = Field(default="", description="with their brands; blank: granted here")
    oidc_plant_claim: str = Field(default="", description="with their plants; blank: granted here")
    planner: bool = Field(default=True, description="serve the planner's pages beside the API")
    log_level: Literal["info", "warning", "error"] = Field(
        default="info", description="the least that is written to the log"
    )

    @field_validator("database_url")
    @classmethod
    def _known(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None and not url.get_secret_value().startswith(("postgresql://", "sqlite:")):
            raise ValueError("is not the address of a PostgreSQL database, postgresql://...")
        return url

    @field_validator("proxies")
    @classmethod
    def _addresses(cls, proxies: str) -> str:
        for proxy in filter(None, proxies.split(",")):
            try:
                ip_network(proxy.strip(), strict=False)
            except ValueError:
                raise ValueError("is no list of addresses such as 10.0.0.5,10.1.0.0/16") from None
        return proxies

    @model_validator(mode="after")
    def _pages_in_one_process(self) -> Self:
        """What a visitor uploads is in the memory of the process that the visitor came to."""
        if self.planner and self.api_workers > 1:
            raise ValueError("the pages need one API process; set SUPPLYCHAIN_PLANNER=false")
        return self

    @cached_property
    def database(self) -> str:
        """The address of the database."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return sqlite_url(self.folder / "supplychain.db")

    @property
    def jobs_database(self) -> str:
        """The address of what the library of durable jobs keeps: a file of its own by default."""
        if self.database_url is not None:
            return self.database
        return sqlite_url(self.folder / "jobs.db")

    @property
    def environment(self) -> dict[str, str]:
        """The settings as variables of the environment, for processes that are started."""
        given: dict[str, str] = {}
        for name in type(self).model_fields:
            value = getattr(self, name)
            value = value.get_secret_value() if isinstance(value, SecretStr) else value
            if value is not None:
                given[f"SUPPLYCHAIN_{name.upper()}"] = str(value)
        return given

    @property
    def own_secret(self) -> Path:
        """The file, outside the database, with the service's own secret."""
        return self.folder / "secret.key"

    @property
    def audit_head(self) -> Path:
        """The file, outside the database, with the last number and hash of the audit."""
        return self.folder / "audit-head.json"


def read_service_settings(**given: Any) -> ServiceSettings:
    """The settings of the environment, those ``given`` before them; InputError with what is wrong.

    None is not given. Values are not repeated: one of them may be a secret.
    """
    try:
        return ServiceSettings(**{name: it for name, it in given.items() if it is not None})
    except ValidationError as error:
        raise InputError(
            Problem("settings", _told(found["msg"]), "correct it in the environment",
                    column="".join(f"SUPPLYCHAIN_{part}".upper() for part in found["loc"]))
            for found in error.errors(include_url=False, include_input=False)
        ) from None  # fmt: skip


def _told(message: str) -> str:
    return message.removeprefix("Value error, ")
