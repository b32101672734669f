"""The addresses of those who look after the place as a whole."""

from __future__ import annotations

from django.urls import path

from careweave.web.place import groups, measures, population

PLACE = [
    path("place", population.place, name="place"),
    path("place/measures", measures.measures, name="measures"),
    path("place/measures/<slug:id>", measures.measure, name="measure"),
    path("place/measures/<slug:id>.csv", measures.download, name="measure-download"),
    path("place/groups", groups.groups, name="groups"),
    path("place/groups/<slug:id>", groups.group, name="group"),
    path("place/groups/<slug:id>.csv", groups.download, name="group-download"),
    path("place/groups/<slug:id>/name", groups.name, name="group-name"),
]
