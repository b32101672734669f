"""The one store of person-level data and its one door."""

from django.apps import AppConfig


class RecordConfig(AppConfig):
    name = "careweave.record"
    label = "record"
