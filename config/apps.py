"""The site itself as an app: checks that explain how to mend the settings."""

from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "config"
    label = "site_config"
    verbose_name = "Tutti"
