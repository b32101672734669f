"""Organisations, teams, staff, accounts, and the joining of records into people."""

from django.apps import AppConfig


class IdentityConfig(AppConfig):
    name = "careweave.identity"
    label = "identity"
    default_auto_field = "django.db.models.BigAutoField"
