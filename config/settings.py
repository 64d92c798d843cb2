"""Django settings. Business numbers are not here: they stand in the rulebook."""

from __future__ import annotations

from config import env

BASE_DIR = env.ROOT
DEBUG = env.DEBUG
SECRET_KEY = env.secret("MAITIAN_SECRET_KEY")
PRIVACY_KEY = env.secret("MAITIAN_PRIVACY_KEY")
ALLOWED_HOSTS = ["*"] if env.HOST in {"127.0.0.1", "localhost"} else [env.HOST]

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_htmx",
    "procrastinate.contrib.django",
    "maitian.core",
    "maitian.ui",
    "maitian.staff",
    "maitian.clients",
    "maitian.offerings",
    "maitian.library",
    "maitian.outreach",
    "maitian.desk",
    "maitian.knowledge",
    "maitian.mailroom",
    "maitian.visits",
    "maitian.console",
    "maitian.portal",
    "maitian.api",
    "maitian.demo",
]

MIDDLEWARE = [
    "maitian.ui.middleware.SecurityHeaders",
    "maitian.core.fresh.OncePerPage",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "maitian.staff.middleware.Member",
    "maitian.portal.middleware.SignedInClient",
    "maitian.staff.middleware.DenyByDefault",
    "maitian.ui.middleware.ReadableText",
    "maitian.ui.middleware.DomainErrors",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.messages.context_processors.messages",
                "maitian.ui.context.page",
            ],
            "builtins": ["maitian.ui.templatetags.ui", "django.templatetags.i18n"],
        },
    }
]

DATABASES = {"default": env.database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "maitian.ui.views.csrf_failure"
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

STATIC_URL = "/static/"
STATIC_ROOT = env.VAR / "static"
WHITENOISE_USE_FINDERS = True
MEDIA_ROOT = env.VAR / "files"
DATA_UPLOAD_MAX_MEMORY_SIZE = 20 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FORM_RENDERER = "django.forms.renderers.DjangoTemplates"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

GATEWAYS = env.gateways()
MAILBOX = env.mailbox()
SIMULATED = env.simulated()

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"err": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["err"], "level": "WARNING"},
}
