"""The one store of person-level data and its one door."""

from django.apps import AppConfig
from django.db.backends.signals import connection_created


class RecordConfig(AppConfig):
    name = "careweave.record"
    label = "record"

    def ready(self) -> None:
        from .instants import use_fast_instants

        connection_created.connect(use_fast_instants, dispatch_uid="careweave.record.instants")
