"""Django's settings, derived from the one Configuration: a place sets its environment, not this file."""

import os
from urllib.parse import unquote, urlsplit

from psycopg.conninfo import conninfo_to_dict

from careweave.configuration import OWNER_ROLE, SERVING_ROLE, database_url, from_environment, key_text

CONFIGURATION = from_environment(os.environ)


def _database(url: str) -> dict[str, object]:
    """An address as Django wants it; what Django has no name for goes to the driver as it is."""
    if not url:
        return {"ENGINE": "django.db.backends.dummy"}
    parts = conninfo_to_dict(url)
    names = {"NAME": "dbname", "USER": "user", "PASSWORD": "password", "HOST": "host", "PORT": "port"}
    named = {key: str(parts.pop(part, "") or "") for key, part in names.items()}
    options = {"server_side_binding": True, "prepare_threshold": 1, **parts}
    return {
        "ENGINE": "django.db.backends.postgresql",
        **named,
        "OPTIONS": options,
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": False,
    }


SECRET_KEY = key_text(CONFIGURATION, "django")
DEBUG = CONFIGURATION.debug
ALLOWED_HOSTS = [
    *CONFIGURATION.allowed_hosts,
    *filter(None, [urlsplit(CONFIGURATION.base_url).hostname]),
    "127.0.0.1",
    "localhost",
    "[::1]",
]
CSRF_TRUSTED_ORIGINS = [CONFIGURATION.base_url]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "axes",
    "careweave.record",
    "careweave.identity",
    "careweave.web",
]
MIDDLEWARE = [
    "careweave.web.watching.Watch",
    "careweave.web.fhir_api.front.ShortWay",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "careweave.web.headers.ContentSecurityPolicy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "careweave.web.guard.Guard",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "careweave.web.urls"
WSGI_APPLICATION = "careweave.web.wsgi.application"
DOWNTIME_PAGES = "careweave.web.staff.crisis_pack.pages_of_team"  # for `careweave downtime-pack`
AUTH_USER_MODEL = "identity.Account"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# "default" serves and owns nothing; "owner" is used by migrations, backup and restore alone.
DATABASES = {
    "default": _database(database_url(CONFIGURATION, SERVING_ROLE)),
    "owner": _database(database_url(CONFIGURATION, OWNER_ROLE)),
}

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "APP_DIRS": True,
        "OPTIONS": {
            "environment": "careweave.web.jinja.environment",
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "careweave.web.frame.frame",
            ],
        },
    }
]

AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in (("UserAttributeSimilarityValidator", {"user_attributes": ("email",)}),)
] + [{"NAME": "careweave.identity.passwords.LongAndUncommon"}]
LOGIN_URL = "/sign-in"
CSRF_FAILURE_VIEW = "careweave.web.problems.stale_form"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/sign-in"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # nobody can keep a colleague out by trying on
AXES_ENABLE_ADMIN = False
AXES_LOCKOUT_CALLABLE = "careweave.web.sign_in.locked_out"  # our words instead of a bare page
AXES_VERBOSE = False

# Without a server nothing is sent: every message would go to the dummy.
_MAIL = urlsplit(CONFIGURATION.mail_server)
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if _MAIL.hostname else 'dummy'}.EmailBackend"
EMAIL_HOST, EMAIL_PORT = _MAIL.hostname or "", _MAIL.port or 25
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = unquote(_MAIL.username or ""), unquote(_MAIL.password or "")
EMAIL_USE_SSL, EMAIL_USE_TLS = _MAIL.scheme == "smtps", _MAIL.scheme == "smtp+tls"
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = CONFIGURATION.mail_from or f"careweave@{urlsplit(CONFIGURATION.base_url).hostname}"

SESSION_COOKIE_NAME = "careweave_session"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = CONFIGURATION.is_secure
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 8 * 60 * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = False  # the proxy in front redirects; a health check must work without it
SECURE_HSTS_SECONDS = 31_536_000 if CONFIGURATION.is_secure else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = CONFIGURATION.is_secure
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if CONFIGURATION.trust_proxy else None
X_FRAME_OPTIONS = "DENY"

STATIC_URL = "/static/"
WHITENOISE_MAX_AGE = 3600
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = CONFIGURATION.debug

USE_TZ = True
TIME_ZONE = "Europe/London"  # what people see; PostgreSQL and every file keep UTC
LANGUAGE_CODE = "en-gb"
USE_I18N = True

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {"careweave": {"level": "INFO"}},
}
