"""Every setting of the product, in one typed object, read from ``MOPS_*`` environment variables."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.errors import StartupError

PROJECT_ROOT = Path(__file__).resolve().parent.parent


def _split(value: object) -> object:
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value


Role = Literal["clerk", "coordinator", "maintainer", "admin"]
CommaSeparated = Annotated[list[str], NoDecode, BeforeValidator(_split)]


class Settings(BaseSettings):
    """What an operator can set. Durations are seconds unless the name says otherwise."""

    model_config = SettingsConfigDict(env_prefix="MOPS_", extra="ignore")

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    public_url: str | None = Field(default=None, description="address residents use, for links and webhooks")
    data_dir: Path = PROJECT_ROOT / "data"
    project_dir: Path = PROJECT_ROOT
    knowledge_dir: Path = PROJECT_ROOT / "knowledge"
    models_dir: Path = PROJECT_ROOT / "models"
    database_url: SecretStr | None = None
    redis_url: SecretStr | None = None
    secret_key_file: Path | None = None

    engine_url: CommaSeparated = Field(default_factory=list, description="running engines; none: start one")
    engine_token_file: Path | None = Field(default=None, description="shared secret of a foreign engine")
    engine_python: Path = PROJECT_ROOT / "engine" / ".venv" / "bin" / "python"
    engine_turn_timeout: float = 15.0
    engine_patience: float = Field(default=20.0, description="until a resident is told of a delay")
    engine_start_timeout: float = 180.0
    gate_max_drop: float = Field(default=1.0, ge=0, description="percentage points a new model may lose")

    telegram_token: SecretStr | None = None
    telegram_api_url: str = "https://api.telegram.org"
    telegram_mode: Literal["polling", "webhook"] = "polling"
    telegram_webhook_secret: SecretStr | None = None

    web_origins: CommaSeparated = Field(default_factory=list, description="sites that may embed the widget")
    message_limit: int = Field(default=4000, description="characters in one resident's message")

    keep_cases: bool = Field(
        default=True, description="a sent case outlives the erasure of its conversation (archives law)"
    )

    retention_conversation_days: int = Field(
        default=0, ge=0, description="until a conversation at rest goes; 0: it stays until somebody deletes it"
    )
    retention_case_days: int = Field(default=0, ge=0, description="until a case that is done goes; 0: never")
    retention_audit_days: int = Field(default=0, ge=0, description="until a line of the audit trail goes; 0: never")
    retention_hour: int = Field(default=3, ge=0, le=23, description="hour of the night at which they go")

    working_hours: str = "mon-fri 07:30-15:30"
    timezone: str = "Europe/Warsaw"
    fact_age_warning_days: int = 365
    staff_session_hours: int = 10
    claim_absent_minutes: float = Field(
        default=10.0, ge=1, description="until a conversation whose holder has no page open returns to the queue"
    )
    claim_idle_minutes: float = Field(
        default=30.0, ge=1, description="until one returns whose resident waits while its holder does nothing in it"
    )
    alert_urls: SecretStr | None = Field(
        default=None, description="Apprise addresses that are told when a conversation waits, separated by spaces"
    )
    alert_urls_file: Path | None = Field(default=None, description="the same in a file, one to a line")
    alert_after_minutes: float = Field(default=15.0, ge=1, description="until a conversation waits too long")
    alert_outside_hours: Literal["urgent", "all"] = Field(
        default="urgent", description="what is told outside working hours; the rest is told at the opening"
    )
    waiting_update_minutes: float = Field(
        default=10.0, ge=0, description="until a resident who waits is told how it stands; 0: never"
    )
    second_factor_roles: Annotated[list[Role], NoDecode, BeforeValidator(_split)] = Field(
        default_factory=list, description="roles that must use a second factor"
    )
    invite_hours: int = 24

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @model_validator(mode="after")
    def _webhook_is_complete(self) -> Self:
        if self.telegram_mode == "webhook" and not (self.public_url and self.telegram_webhook_secret):
            raise ValueError("MOPS_TELEGRAM_MODE=webhook needs MOPS_PUBLIC_URL and MOPS_TELEGRAM_WEBHOOK_SECRET")
        return self

    @model_validator(mode="after")
    def _periods_make_sense(self) -> Self:
        if self.retention_case_days and not 0 < self.retention_conversation_days <= self.retention_case_days:
            raise ValueError(
                "MOPS_RETENTION_CASE_DAYS needs MOPS_RETENTION_CONVERSATION_DAYS, which may not be longer: "
                "a case outlives its conversation"
            )
        if 0 < self.retention_audit_days < 730:
            raise ValueError("MOPS_RETENTION_AUDIT_DAYS: the audit trail is kept for two years at least (KRI § 21)")
        return self

    @property
    def retention_in_words(self) -> str | None:
        """How long things are kept, for the answer on privacy; None while no period is set."""
        if not self.retention_conversation_days:
            return None
        kept = f"rozmowa {self.retention_conversation_days} dni od ostatniej wiadomości"
        if self.retention_case_days:
            kept += f", załatwione zgłoszenie {self.retention_case_days} dni"
        return kept

    @property
    def database(self) -> str:
        """SQLAlchemy URL of the hub's database: the SQLite file in the data folder unless one is set."""
        if self.database_url is None:
            return f"sqlite+aiosqlite:///{self.data_dir / 'mops.db'}"
        url = self.database_url.get_secret_value()
        for plain, driver in (
            ("postgresql://", "postgresql+asyncpg://"),
            ("postgres://", "postgresql+asyncpg://"),
            ("sqlite:///", "sqlite+aiosqlite:///"),
        ):
            if url.startswith(plain):
                return driver + url.removeprefix(plain)
        return url

    @property
    def key_file(self) -> Path:
        """Where the encryption key lives: never inside the database."""
        return self.secret_key_file or self.data_dir / "keys" / "secret.key"

    @property
    def staff_session(self) -> timedelta:
        """How long a staff member stays signed in."""
        return timedelta(hours=self.staff_session_hours)


def load_settings() -> Settings:
    """Read the environment.

    Raises:
        StartupError: a variable has a value that makes no sense; names the variable.
    """
    try:
        return Settings()
    except ValidationError as error:
        lines = [
            f"MOPS_{str(problem['loc'][0]).upper()}: {problem['msg']}" if problem["loc"] else problem["msg"]
            for problem in error.errors()
        ]
        raise StartupError("Wrong settings. " + "; ".join(lines)) from None
