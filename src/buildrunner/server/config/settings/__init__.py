"""Django's settings, driven by the environment; every variable is in docs/reference/settings.md.

`DATABASE_URL` is the owner role (migrations, backup); `DATABASE_WEB_URL` the role that web and
worker use, which owns nothing and is bound by row-level security; `DATABASE_READER_URL` the role
of event cursors. `br up` makes the two from the first. `BR_DATABASE_ROLE` (web | owner) says which
one this process is.
"""

from __future__ import annotations

from pathlib import Path

from buildrunner.server.config.settings import environment as env
from buildrunner.server.platform.observe import logs

DATA_DIR = env.folder("BR_DATA_DIR", Path(".data"))
DEBUG = env.flag("BR_DEBUG")
SECRET_KEY = env.text("BR_SECRET_KEY", env.BUILD_KEY)
# The first seals, all of them open: a key is replaced by putting the new one in front.
BR_MASTER_KEYS = env.text("BR_MASTER_KEY", SECRET_KEY).replace(",", " ").split()
# The file that the master keys come from, where they do; it is read again when it changes.
BR_KEYRING = env.text("BR_KEYRING", "")
# What they signed holds until it is replaced.
SECRET_KEY_FALLBACKS = env.text("BR_SECRET_KEY_FALLBACKS", "").replace(",", " ").split()
BR_PUBLIC_URL = env.text("BR_PUBLIC_URL", "http://localhost:8400").rstrip("/")
ALLOWED_HOSTS = env.text("BR_ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
# Addresses or networks of reverse proxies whose X-Forwarded-* headers are believed.
BR_TRUSTED_PROXIES = env.networks("BR_TRUSTED_PROXIES")
# The core on which a web process stays, if on one; see operations/web.py.
BR_WEB_CORE = env.core("BR_WEB_CORE")
BR_WEB_THREADS = env.number("BR_WEB_THREADS", 3, least=1, most=64)
# Days without use after which the key of `br login` ends; 0: never.
BR_DEVICE_KEY_DAYS = env.number("BR_DEVICE_KEY_DAYS", 90, most=3650)
# Where requests to addresses that users choose may go besides the public internet, and how.
BR_OUTBOUND_ALLOW = env.networks("BR_OUTBOUND_ALLOW")
BR_OUTBOUND_HTTP = env.flag("BR_OUTBOUND_HTTP")
BR_OUTBOUND_PROXY = env.proxy("BR_OUTBOUND_PROXY")
# Whether model providers may lie in private networks, where people run models of their own.
BR_ALLOW_PRIVATE_ADDRESSES = env.flag("BR_ALLOW_PRIVATE_ADDRESSES")
# Calls to models: the largest body, and the longest answer where a hard budget asks for a limit.
BR_GATEWAY_BODY = env.number("BR_GATEWAY_BODY", 32 * 1024 * 1024, least=1024)
BR_GATEWAY_MAX_TOKENS = env.number("BR_GATEWAY_MAX_TOKENS", 4096, least=1)
# The index of blueprints that the gallery offers; empty: none.
BR_MARKETPLACE_URL = env.text("BR_MARKETPLACE_URL", "")
# Requests of the API a minute; 0: as many as come.
BR_RATE_LIMIT = env.number("BR_RATE_LIMIT", 6_000)
BR_RATE_LIMIT_ORG = env.number("BR_RATE_LIMIT_ORG", 30_000)
BR_RATE_LIMIT_ADDRESS = env.number("BR_RATE_LIMIT_ADDRESS", 3_000)
BR_RATE_LIMIT_OAUTH = env.number("BR_RATE_LIMIT_OAUTH", 60)
# Addresses whose action compares `If-Match` itself; elsewhere platform/http/conditions.py does.
BR_OWN_CONDITIONS = (
    r"/api/projects/[^/]+/plan",
    r"/api/projects/[^/]+/policy(/versions/[0-9]+/restore)?",
)
# What tells of limits, and lifts them, is open to keys also where calls are used up.
BR_UNJUDGED = (r"/api/orgs/[^/]+/(tier|quotas|usage)(/.*)?", r"/api/(billing/)?usage(/.*)?")
CSRF_TRUSTED_ORIGINS = [BR_PUBLIC_URL]
# Who may make an account by themselves.
# The tier of organizations that nobody put on one; see domains/entitlements/catalogue.toml.
BR_PLAN = env.choice(
    "BR_PLAN", "SELF_HOSTED", "SELF_HOSTED", "FREE", "PRO", "TEAM", "ENTERPRISE"
).lower()
BR_SIGN_UP = env.choice("BR_SIGN_UP", "INVITE", "OPEN", "INVITE", "CLOSED")

# Whether a backup is made before tables change.
BR_UPGRADE_BACKUP = env.flag("BR_UPGRADE_BACKUP", default=True)
BR_OWNER_URL = env.text("DATABASE_URL", "postgresql://buildrunner@localhost/buildrunner")
BR_WEB_URL = env.text("DATABASE_WEB_URL", BR_OWNER_URL)
BR_READER_URL = env.text("DATABASE_READER_URL", BR_OWNER_URL)
BR_DIRECT_URL = env.text("DATABASE_DIRECT_URL", BR_OWNER_URL)
BR_DATABASE_ROLE = env.text("BR_DATABASE_ROLE", "web")
_database_name = str(env.database(BR_OWNER_URL, "DATABASE_URL")["NAME"])
# Roles belong to the whole cluster, so they carry the name of their database.
BR_WEB_ROLE = env.text("BR_WEB_ROLE", f"{_database_name}_web")
BR_READER_ROLE = env.text("BR_READER_ROLE", f"{_database_name}_reader")

DATABASES = {
    "default": env.database(BR_DIRECT_URL, "DATABASE_DIRECT_URL")
    if BR_DATABASE_ROLE == "owner"
    else env.database(BR_WEB_URL, "DATABASE_WEB_URL", pooled=BR_DIRECT_URL != BR_OWNER_URL),
}

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "django_cotton.apps.SimpleAppConfig",
    "lucide",
    "ninja",
    "buildrunner.server.platform.events",
    "buildrunner.server.platform.http",
    "buildrunner.server.platform.jobs",
    "buildrunner.server.platform.ui",
    "buildrunner.server.domains.identity",
    # Without the package `allauth` itself: its templates are not ours.
    "allauth.account",
    "allauth.mfa",
    "buildrunner.server.domains.tenancy",
    "buildrunner.server.domains.plans",
    "buildrunner.server.domains.notifications",
    "buildrunner.server.domains.audit",
    "buildrunner.server.domains.entitlements",
    "buildrunner.server.domains.governance",
    "buildrunner.server.domains.discussion",
    "buildrunner.server.domains.metering",
    "buildrunner.server.domains.qa",
    "buildrunner.server.domains.blueprints",
    "buildrunner.server.domains.ai",
    "buildrunner.server.domains.workbench",
    "buildrunner.server.domains.analytics",
    "buildrunner.server.config",
]

if BR_DATABASE_ROLE == "owner":
    # Migrations and first rows serve no page; without these they start in two thirds of the time.
    INSTALLED_APPS = [
        name for name in INSTALLED_APPS if not name.startswith(("django_", "lucide", "ninja"))
    ]

MIDDLEWARE = [
    "buildrunner.server.platform.http.middleware.request_id",
    "buildrunner.server.platform.http.middleware.protection",
    "buildrunner.server.platform.http.middleware.Refusals",
    "buildrunner.server.platform.http.session_middleware.SessionMiddleware",
    "buildrunner.server.platform.http.versions.versions",
    "buildrunner.server.config.authentication.actor",
    "buildrunner.server.platform.http.rate_limits.rate_limits",
    "buildrunner.server.platform.http.replays.replays",
    "buildrunner.server.platform.http.deprecation.announcements",
    "buildrunner.server.platform.http.conditions.conditions",
    "allauth.account.middleware.AccountMiddleware",
    "buildrunner.server.platform.http.page_middleware.page_middleware",
]
# What requests with an API key go past; each costs a small read a percent or two of its time.
BR_SESSION_MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
# Innermost, and for pages alone: the API answers with no flash message and no fragment for htmx,
# and each of these costs a small read a few percent of its time.
BR_PAGE_MIDDLEWARE = [
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "buildrunner.server.config.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": False,
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django_cotton.cotton_loader.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "builtins": ["django_cotton.templatetags.cotton", "lucide.templatetags.lucide"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "buildrunner.server.config.shell.shell",
            ],
        },
    }
]
COTTON_DIR = "components"
MESSAGE_TAGS = {20: "notice", 25: "positive", 30: "caution", 40: "negative"}

AUTH_USER_MODEL = "identity.Person"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
# NIST SP 800-63B, 3.1.1.2: length and no known passwords; no rules on kinds of characters.
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "name")},
    },
]
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "/sign-in"
LOGIN_REDIRECT_URL = "/projects"

# django-allauth: accounts by email and password, confirmed by mail; see docs/adr/0013.
ACCOUNT_ADAPTER = "buildrunner.server.domains.identity.web.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True
ACCOUNT_LOGOUT_REDIRECT_URL = LOGIN_URL
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 600
# Passwords and codes are counted by the adapter and the forms, by the person's own policy.
ACCOUNT_RATE_LIMITS = {"login_failed": "60/m/ip,30/15m/key"}
MFA_ADAPTER = "buildrunner.server.domains.identity.web.adapter.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
# A passkey is a factor by itself only where it has verified its person.
MFA_WEBAUTHN_USER_VERIFICATION = "required"
MFA_TOTP_TOLERANCE = 1
# No account is entered with an address that is not confirmed, so a new one may wait beside it.
MFA_ALLOW_UNVERIFIED_EMAIL = True
CACHES = {
    "default": {
        "BACKEND": "buildrunner.server.domains.identity.actions.keep_cache.SharedCache",
        "KEY_PREFIX": "br",
    }
}
globals().update(env.mail("BR_EMAIL_URL", "outbox:"))
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.text("BR_EMAIL_FROM", "BuildRunner <buildrunner@localhost>")
SESSION_ENGINE = "buildrunner.server.domains.identity.actions.keep_session"
SESSION_COOKIE_NAME = "buildrunner_session"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BR_PUBLIC_URL.startswith("https://")
CSRF_COOKIE_NAME = "buildrunner_csrf"
CSRF_FAILURE_VIEW = "buildrunner.server.platform.http.pages.csrf_failure"
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024 * 1024

STATIC_URL = "/static/"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
USE_I18N = False
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SILENCED_SYSTEM_CHECKS: list[str] = []

LOGGING = logs.configuration(
    level=env.choice("BR_LOG_LEVEL", "WARNING", "DEBUG", "INFO", "WARNING", "ERROR"),
    form=env.choice("BR_LOG_FORMAT", "TEXT", "TEXT", "JSON").lower(),
    access=env.flag("BR_ACCESS_LOG"),
)

# Who may read /metrics and the detail of /readyz without the token: this machine, unless told.
BR_METRICS_NETWORKS = env.networks("BR_METRICS_NETWORKS") or ["127.0.0.0/8", "::1"]
BR_METRICS_TOKEN = env.text("BR_METRICS_TOKEN", "")
BR_METRICS_PORT = env.number("BR_METRICS_PORT", 0, most=65535)
BR_METRICS_LISTEN = env.text("BR_METRICS_LISTEN", "127.0.0.1")
BR_OTEL = env.flag("BR_OTEL")
BR_DRAIN_SECONDS = env.number("BR_DRAIN_SECONDS", 0, most=600)
