"""Django's settings, all of them, from the environment of the process."""

from pathlib import Path

from csp.constants import NONCE, NONE, SELF

from fareledger.config.environment import database_settings, read_environment
from fareledger.faces.shared.static_headers import keep_for_a_year

ENVIRONMENT = read_environment()
PACKAGE = Path(__file__).resolve().parent.parent

SECRET_KEY = ENVIRONMENT.secret_key
DEBUG = False
_OUR_HOST = ENVIRONMENT.base_url.split("//")[1].split(":")[0]
ALLOWED_HOSTS = ["*"] if ENVIRONMENT.demo else [_OUR_HOST, "127.0.0.1", "localhost"]
ROOT_URLCONF = "fareledger.config.urls"
WSGI_APPLICATION = "fareledger.config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "fareledger.StaffUser"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en-gb"
USE_I18N = False

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "django_htmx",
    "csp",
    "axes",
    "ninja",
    "procrastinate.contrib.django",
    "fareledger.persistence",
    "fareledger.config.apps.WiringConfig",
]

MIDDLEWARE = [
    "fareledger.faces.portal.own_host.PortalHosts",
    "django.middleware.security.SecurityMiddleware",
    "fareledger.faces.shared.compression.Compression",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "fareledger.faces.shared.problems.DatabaseAway",
]

DATABASES = {
    "default": database_settings(
        ENVIRONMENT.database_url or "postgresql://127.0.0.1/fareledger", pool_size=ENVIRONMENT.pool_size
    )
}

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [PACKAGE / "faces" / face / "templates" for face in ("shared", "portal", "backoffice")],
        "OPTIONS": {"environment": "fareledger.faces.shared.jinja.environment"},
    },
    {
        # Only for the interactive API documentation, which django-ninja draws with Django's own templates.
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
    },
]

STATIC_URL = "/static/"
STATICFILES_DIRS = [PACKAGE / "faces" / "shared" / "static"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
WHITENOISE_MAX_AGE = 3600
WHITENOISE_ADD_HEADERS_FUNCTION = keep_for_a_year

AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
PASSWORD_LEAST = 12
_VALIDATION = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": f"{_VALIDATION}.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "name")},
    },
    {"NAME": f"{_VALIDATION}.MinimumLengthValidator", "OPTIONS": {"min_length": PASSWORD_LEAST}},
    {"NAME": f"{_VALIDATION}.CommonPasswordValidator"},
]
LOGIN_URL = "/office/sign-in/"
AXES_VERBOSE = False
AXES_FAILURE_LIMIT = "fareledger.faces.backoffice.door.failure_limit"
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = "fareledger.faces.backoffice.door.lockout_parameters"
AXES_LOCKOUT_CALLABLE = "fareledger.faces.backoffice.door.locked_out"
AXES_SENSITIVE_PARAMETERS = ["code", "current", "answer", "csrfmiddlewaretoken"]  # it keeps what a miss sent
AXES_USERNAME_FORM_FIELD = "username"

SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_NAME = "__Host-fl_staff" if ENVIRONMENT.secure else "fl_staff"
SESSION_COOKIE_SECURE = ENVIRONMENT.secure
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 8 * 3600
CSRF_COOKIE_NAME = "__Host-fl_csrf" if ENVIRONMENT.secure else "fl_csrf"
CSRF_COOKIE_SECURE = ENVIRONMENT.secure
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_TRUSTED_ORIGINS = [ENVIRONMENT.base_url]
CSRF_FAILURE_VIEW = "fareledger.faces.shared.problems.stale_form"

SECURE_HSTS_SECONDS = 365 * 24 * 3600 if ENVIRONMENT.secure else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-src": [NONE],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024  # a body that is announced as larger is not read
# The form of a booking of 500 components, ten fields each, and its travellers.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 6500
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_TIMEOUT = 10
_SMTP = ENVIRONMENT.smtp_url.removeprefix("smtp://").rpartition(":")
EMAIL_HOST, EMAIL_PORT = _SMTP[0] or "127.0.0.1", int(_SMTP[2] or 25)
DEFAULT_FROM_EMAIL = "payments@fareledger.example"

PROCRASTINATE_ON_APP_READY = "fareledger.config.wiring.on_jobs_ready"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "filters": {"token_free": {"()": "fareledger.config.token_free_logs.TokenFree"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["token_free"]}
    },
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "django.request": {"filters": ["token_free"]},
        "django.security.csrf": {"filters": ["token_free"]},
        "procrastinate": {"level": "WARNING"},
        "httpx": {"level": "WARNING"},
    },
}
