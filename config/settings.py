"""All settings of the site: safe defaults, changed by environment variables alone."""

from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF

from config import env

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(env.text("TUTTI_VAR", str(BASE_DIR / "var")))
VAR_DIR.mkdir(parents=True, exist_ok=True)

VERSION = "0.1.0"

# ---- Where the site runs -------------------------------------------------------------------

DEBUG = env.flag("DEBUG", False)
SITE_URL = env.text("SITE_URL", "http://127.0.0.1:8000")
HTTPS = SITE_URL.startswith("https://")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS") or ["127.0.0.1", "localhost", "[::1]"]
CSRF_TRUSTED_ORIGINS = [SITE_URL] if HTTPS else []


def _secret_key() -> str:
    """The configured key, or one made once and kept in var/ for the embedded default."""
    if key := env.text("SECRET_KEY"):
        return key
    kept = VAR_DIR / "secret-key"
    if not kept.exists():
        from django.core.management.utils import get_random_secret_key

        try:
            with kept.open("x", encoding="utf-8") as file:
                file.write(get_random_secret_key())
        except FileExistsError:  # another process was first
            pass
        kept.chmod(0o600)
    return kept.read_text(encoding="utf-8")


SECRET_KEY = _secret_key()
# Former keys, after a change: sessions go on, and organisations' model keys can still be opened.
SECRET_KEY_FALLBACKS = env.words("SECRET_KEY_FALLBACKS")

# ---- Apps ----------------------------------------------------------------------------------

INSTALLED_APPS = [
    "config.apps.SiteConfig",
    "people",
    "curriculum",
    "sandbox",
    "assessments",
    "learning",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django_htmx",
    "csp",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "people.middleware.LargePageGZipMiddleware",
    "csp.middleware.CSPMiddleware",
    "people.middleware.RequestIdMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "people.middleware.MemberMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "people.middleware.RefusalMiddleware",
    "sandbox.broken_trails.BrokenTrailMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "people.context.member",
            ],
            "builtins": ["people.templatetags.tutti"],
        },
    }
]
FORM_RENDERER = "config.forms.FormRenderer"

# ---- Data ----------------------------------------------------------------------------------

DATABASES = {"default": env.database(env.text("DATABASE_URL"), VAR_DIR / "tutti.sqlite3")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.text("REDIS_URL")
CACHES: dict[str, Any] = {
    # Sign-in limits live here, so the cache must be shared by all web processes.
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
    }
    if REDIS_URL
    else {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "site_cache",
    }
}
SESSION_ENGINE = "django.contrib.sessions.backends.db"

# ---- Background jobs -----------------------------------------------------------------------

BROKER_URL = env.text("BROKER_URL")
BROKER_DIR = VAR_DIR / "broker"
CELERY_BROKER_URL = BROKER_URL or "filesystem://"
if not BROKER_URL:
    for folder in ("queue", "control"):
        (BROKER_DIR / folder).mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {
        "data_folder_in": str(BROKER_DIR / "queue"),
        "data_folder_out": str(BROKER_DIR / "queue"),
        "control_folder": str(BROKER_DIR / "control"),
        "polling_interval": 0.1,
    }
else:
    CELERY_BROKER_TRANSPORT_OPTIONS = (
        {"visibility_timeout": 3600} if BROKER_URL.startswith("redis") else {}
    )
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 1200
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# Seconds a worker owns a background job before another may take it over.
JOB_LEASE_SECONDS = env.number("JOB_LEASE_SECONDS", 60)
JOB_SWEEP_SECONDS = env.number("JOB_SWEEP_SECONDS", 10)
JOB_MAX_ATTEMPTS = 5
CELERY_BEAT_SCHEDULE: dict[str, Any] = {
    "sweep-background-jobs": {
        "task": "people.tasks.sweep_background_jobs",
        "schedule": JOB_SWEEP_SECONDS,
        "options": {"expires": JOB_SWEEP_SECONDS},
    },
    "daily-round": {"task": "learning.tasks.daily_round", "schedule": 3600},
}

# ---- People --------------------------------------------------------------------------------

AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["people.hashers.Argon2idHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_REDIRECT_URL = "home"
LOGIN_URL = "account_login"
ACCOUNT_ADAPTER = "people.adapters.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # people come by invitation: the link proved the address
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # no mail to strangers
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = None
ACCOUNT_FORMS = {
    "login": "people.forms.signing_in.LoginForm",
    "reset_password": "people.forms.signing_in.ResetPasswordForm",
    "reset_password_from_key": "people.forms.signing_in.ResetPasswordKeyForm",
    "change_password": "people.forms.signing_in.ChangePasswordForm",
    "set_password": "people.forms.signing_in.SetPasswordForm",
    "reauthenticate": "people.forms.signing_in.ReauthenticateForm",
}
MFA_FORMS = {
    "authenticate": "people.forms.signing_in.AuthenticateForm",
    "reauthenticate": "people.forms.signing_in.ReauthenticateCodeForm",
    "activate_totp": "people.forms.signing_in.ActivateTOTPForm",
}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Tutti"
USERSESSIONS_TRACK_ACTIVITY = False  # no middleware that writes on every request

# ---- Mail ----------------------------------------------------------------------------------

EMAIL_BACKEND = env.text("EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend")
EMAIL_HOST = env.text("EMAIL_HOST", "localhost")
EMAIL_PORT = env.number("EMAIL_PORT", 25)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD")
EMAIL_USE_TLS = env.flag("EMAIL_USE_TLS", False)
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "Tutti <tutti@localhost>")

# ---- Live models ---------------------------------------------------------------------------

# Off stops every live run of the site, whatever its organisations have set.
LIVE_MODELS = env.flag("LIVE_MODELS", True)
# The site's own key and address, for organisations without a key of their own.
MODEL_KEY = env.text("ANTHROPIC_API_KEY")
MODEL_BASE_URL = env.text("TUTTI_MODEL_BASE_URL")
# Further addresses that an organisation may choose for its own key; any other is refused, so
# that nobody can point the site at what stands beside it.
MODEL_ADDRESSES = env.words("MODEL_ADDRESSES")
# What 1,000 tokens cost, read/written, in thousandths of the currency: small, medium, large.
MODEL_PRICES = env.words("MODEL_PRICES") or ["1/5", "2/10", "4/20"]
MODEL_SECONDS = env.number("MODEL_SECONDS", 40)  # for one answer; four fifths of a lease at most

# Turns the hidden situations over that plans are graded on, for instance once a year.
SEED_TERM = env.text("TUTTI_SEED_TERM", "1")

# ---- Language and time ---------------------------------------------------------------------

LANGUAGE_CODE = "en-gb"
USE_I18N = True
TIME_ZONE = env.text("TIME_ZONE", "Europe/London")
USE_TZ = True
USE_THOUSAND_SEPARATOR = False

# ---- Static files --------------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATIC_ROOT.mkdir(exist_ok=True)  # WhiteNoise warns at every start of a folder that is not there
STATICFILES_DIRS = [BASE_DIR / "static"]
# Hashed names need a collectstatic run; tests and development serve straight from the sources.
HASHED_STATIC = env.flag("HASHED_STATIC", False)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if HASHED_STATIC
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not HASHED_STATIC
WHITENOISE_AUTOREFRESH = False

# ---- Safety --------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
if HTTPS:
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-session", "__Host-csrf"
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_SSL_REDIRECT = env.flag("SSL_REDIRECT", True)
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    if env.flag("BEHIND_PROXY", False):
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
        # Sign-in limits count the last address the proxy wrote, not the proxy's own.
        ALLAUTH_TRUSTED_PROXY_COUNT = env.number("PROXY_COUNT", 1)
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
FILE_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
CSRF_FAILURE_VIEW = "config.views.csrf_failure"

# ---- Logs ----------------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.text("LOG_LEVEL", "WARNING")},
}
