"""The site's settings with the floors beside it; only `python -m bench` uses them."""

from config.settings import *  # noqa: F403
from config.settings import BASE_DIR, INSTALLED_APPS, MIDDLEWARE, TEMPLATES

INSTALLED_APPS = [*INSTALLED_APPS, "bench"]
ROOT_URLCONF = "bench.urls"
WSGI_APPLICATION = "bench.wsgi.application"
SITE_MIDDLEWARE = ["bench.middleware.CountStatements", *MIDDLEWARE]
# What a signed-in page cannot do without; the floors get this and nothing else.
FLOOR_MIDDLEWARE = [
    "bench.middleware.CountStatements",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
MIDDLEWARE = SITE_MIDDLEWARE
TEMPLATES = [
    *TEMPLATES,
    {
        "NAME": "floor",
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "bench" / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {"context_processors": []},
    },
]
