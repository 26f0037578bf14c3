"""Settings shared by every place the site runs. What differs from one server to the next is an environment variable.

DATABASE_URL   sqlite:///path or postgres://…       (default: SQLite in VAR_DIR)
CACHE_URL      filecache://path or rediscache://…   (default: files in VAR_DIR, shared by all processes of one machine)
MEDIA_URL_S3   s3://bucket?endpoint_url=…&region_name=…  (default: files in VAR_DIR)
EMAIL_URL      smtp://user:password@host:port       (default: printed on the console)
VAR_DIR        folder of everything that the site writes
PLAYER_ORIGIN  https://contenus.example.org         (default: none, interactive contents run in an opaque origin)
"""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import environ
from django.utils.csp import CSP

env = environ.Env()

PACKAGE_DIR = Path(__file__).resolve().parents[1]
# A wheel carries templates, static files and content inside the package; a checkout has them at its top level.
ASSETS_DIR = PACKAGE_DIR / "assets" if (PACKAGE_DIR / "assets").is_dir() else PACKAGE_DIR.parents[1]
CONTENT_DIR = ASSETS_DIR / "content"
VAR_DIR = Path(env.str("VAR_DIR", default=str(Path.cwd() / "var"))).resolve()

DEBUG = False
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", default=[])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", default=[])
WAGTAILADMIN_BASE_URL = env.str("SITE_URL", default="http://127.0.0.1:8000")

INSTALLED_APPS = [
    "eti",
    "courses.packs",
    "courses.progress",
    "courses.quizzes",
    "courses.interactive.playing",
    "courses.catalog",
    "courses.interactive.packages",
    "courses.interactive.lrs",
    "courses.questions",
    "forum",
    "pages",
    "people",
    "wagtail.contrib.redirects",
    "wagtail.contrib.settings",
    "wagtail.contrib.typed_table_block",
    "wagtail.embeds",
    "wagtail.sites",
    "wagtail.users",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "django_filters",
    "rest_framework",
    "allauth",
    "allauth.account",
    "django_htmx",
    "django_tasks_db",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.sitemaps",
    "wagtail.contrib.sitemaps",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "courses.interactive.packages.middleware.PlayerHostMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "eti.middleware.AdminContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "wagtail.contrib.redirects.middleware.RedirectMiddleware",
]

ROOT_URLCONF = "eti.urls"
WSGI_APPLICATION = "eti.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ASSETS_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "wagtail.contrib.settings.context_processors.settings",
            ],
        },
    },
]

# -- Data ----------------------------------------------------------------------------------------------------------

DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'eti.sqlite3'}")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # IMMEDIATE takes the write lock when a transaction opens, so two writers wait for each other instead of failing.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-16000;",
    }
else:
    DATABASES["default"].update({"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True})
    # Wagtail's search index has fields of PostgreSQL's own; Django's checks ask for their app.
    INSTALLED_APPS.append("django.contrib.postgres")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {"default": env.cache_url("CACHE_URL", default=f"filecache://{VAR_DIR / 'cache'}")}
if CACHES["default"]["BACKEND"].endswith("FileBasedCache"):
    CACHES["default"]["OPTIONS"] = {"MAX_ENTRIES": 20_000}

TASKS = {"default": {"BACKEND": "eti.task_backend.TaskBackend"}}

MEDIA_ROOT = VAR_DIR / "media"
MEDIA_URL = "/media/"
STATIC_ROOT = VAR_DIR / "static"
STATIC_URL = "/static/"
STATICFILES_DIRS = [ASSETS_DIR / "static"]
STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    # What people upload for the site to read, never to be served: files of questions hold their right answers.
    "private": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": VAR_DIR / "private"},
    },
    # What interactive contents are made of: served by the site itself, to who may see the content.
    "packages": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": VAR_DIR / "packages"},
    },
    "staticfiles": {"BACKEND": "eti.storage.StaticStorage"},
}
MEDIA_ORIGINS: list[str] = []
if media_s3 := env.str("MEDIA_URL_S3", default=""):
    parts = urlsplit(media_s3)
    options: dict[str, Any] = dict(parse_qsl(parts.query))
    STORAGES["default"] = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": parts.netloc,
            "location": parts.path.strip("/"),
            # Rendered lessons are kept for days: an address that expires after an hour would leave them without images.
            "querystring_auth": False,
            **{k: v == "true" if v in {"true", "false"} else v for k, v in options.items()},
        },
    }
    private = {k: v for k, v in STORAGES["default"]["OPTIONS"].items() if k != "custom_domain"}
    for alias in ("private", "packages"):
        STORAGES[alias] = {
            "BACKEND": "storages.backends.s3.S3Storage",
            "OPTIONS": {
                **private,
                "location": "/".join(filter(None, (private["location"], alias))),
                "default_acl": "private",
                "querystring_auth": True,
            },
        }
    host = options.get("custom_domain") or urlsplit(options.get("endpoint_url", "")).netloc
    MEDIA_ORIGINS = [f"https://{host or f'{parts.netloc}.s3.amazonaws.com'}"]
WHITENOISE_KEEP_ONLY_HASHED_FILES = True

_email = env.email_url("EMAIL_URL", default="consolemail://")
_mailer_options = {
    "host": _email.get("EMAIL_HOST"),
    "port": _email.get("EMAIL_PORT"),
    "username": _email.get("EMAIL_HOST_USER"),
    "password": _email.get("EMAIL_HOST_PASSWORD"),
    "use_tls": _email.get("EMAIL_USE_TLS"),
    "use_ssl": _email.get("EMAIL_USE_SSL"),
    "file_path": _email.get("EMAIL_FILE_PATH") if "filebased" in _email["EMAIL_BACKEND"] else None,
}
MAILERS = {
    "default": {"BACKEND": _email["EMAIL_BACKEND"], "OPTIONS": {k: v for k, v in _mailer_options.items() if v}},
}
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Réseau ETI <ne-pas-repondre@reseau-eti.example>")
SERVER_EMAIL = env.str("SERVER_EMAIL", default=DEFAULT_FROM_EMAIL)

# -- Language ------------------------------------------------------------------------------------------------------

LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", "Français")]
TIME_ZONE = "Europe/Paris"
USE_I18N = True
USE_TZ = True

# -- People --------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = [
    "allauth.account.auth_backends.AuthenticationBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "progress:dashboard"
LOGOUT_REDIRECT_URL = "/"

ACCOUNT_ADAPTER = "people.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_SIGNUP_FORM_CLASS = "people.forms.SignupNameForm"
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True
ACCOUNT_LOGIN_ON_PASSWORD_RESET = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_CHANGE_EMAIL = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_SESSION_REMEMBER = True
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)

# -- Wagtail -------------------------------------------------------------------------------------------------------

WAGTAIL_SITE_NAME = "Réseau ETI"
WAGTAIL_I18N_ENABLED = False
WAGTAILADMIN_PERMITTED_LANGUAGES = [("fr", "Français")]
WAGTAILADMIN_LOGIN_URL = "/admin/login/"
WAGTAIL_FRONTEND_LOGIN_URL = "/compte/connexion/"
WAGTAIL_PASSWORD_MANAGEMENT_ENABLED = False
WAGTAIL_PASSWORD_RESET_ENABLED = False
# The e-mail address is the login: it is never changed.
WAGTAIL_EMAIL_MANAGEMENT_ENABLED = False
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
WAGTAIL_WORKFLOW_REQUIRE_REAPPROVAL_ON_EDIT = True
WAGTAILIMAGES_EXTENSIONS = ["avif", "gif", "jpg", "jpeg", "png", "webp"]
WAGTAILIMAGES_MAX_UPLOAD_SIZE = 10 * 1024 * 1024
WAGTAILDOCS_EXTENSIONS = ["csv", "docx", "ods", "odt", "pdf", "pptx", "txt", "xlsx", "zip"]
WAGTAILDOCS_SERVE_METHOD = "serve_view"
WAGTAILEMBEDS_FINDERS: list[dict] = []
WAGTAILSEARCH_BACKENDS = {
    "default": {"BACKEND": "wagtail.search.backends.database", "SEARCH_CONFIG": "french_unaccent"},
}

# -- Security ------------------------------------------------------------------------------------------------------

# A second host name of this same server, on another registrable domain if possible, that serves interactive contents
# and nothing else. With it SCORM and cmi5 packages made of several frames work; without it, in an opaque origin, only
# those of one frame do.
PLAYER_ORIGIN = env.str("PLAYER_ORIGIN", default="").rstrip("/")
SECURE_CSP = {
    "default-src": [CSP.NONE],
    "base-uri": [CSP.NONE],
    "connect-src": [CSP.SELF],
    "font-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    # Wagtail's admin shows the preview of a page in a frame.
    "frame-ancestors": [CSP.SELF],
    # A video plays on this site only after a click; these are the only players that may then be framed.
    "frame-src": [
        CSP.SELF,
        *filter(None, [PLAYER_ORIGIN]),
        "https://www.youtube-nocookie.com",
        "https://player.vimeo.com",
    ],
    "img-src": [CSP.SELF, "data:", *MEDIA_ORIGINS],
    "manifest-src": [CSP.SELF],
    "media-src": [CSP.SELF, *MEDIA_ORIGINS],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
}
# Wagtail's admin writes inline scripts and styles (date pickers, rich text editor) and previews pages in a frame.
# Only people with a role in a federation reach it.
ADMIN_CSP = {
    **SECURE_CSP,
    "font-src": [CSP.SELF, "data:"],
    "frame-src": [CSP.SELF, *filter(None, [PLAYER_ORIGIN])],
    "img-src": [CSP.SELF, "data:", "blob:", *MEDIA_ORIGINS],
    "script-src": [CSP.SELF, CSP.UNSAFE_INLINE],
    "style-src": [CSP.SELF, CSP.UNSAFE_INLINE],
}
X_FRAME_OPTIONS = "SAMEORIGIN"
SECURE_REFERRER_POLICY = "same-origin"
# Read from the cache, kept in the database: a page view costs no query for it, and losing the cache signs nobody out.
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 60  # sixty days: a phone on a work site should not ask for the password each week
SESSION_COOKIE_HTTPONLY = True
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "eti.views.csrf_failure"
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
# The editor sends some sixty fields for each question of a quiz, and a quiz may have a hundred.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "eti": {"level": "INFO"},
        "courses": {"level": "INFO"},
        # Its INFO is two lines for each page that is saved.
        "django.tasks": {"level": "WARNING"},
    },
}
