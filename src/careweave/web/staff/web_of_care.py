"""“People around Joe”: the whole web, what Joe says about it, and how it was before there was a team."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from careweave.care.teams import around as words_of
from careweave.record import Resource
from careweave.web import access, directory, wording
from careweave.web.access import signed_in
from careweave.web.presenters import web_edited
from careweave.web.presenters.web_of_care import web_of_care
from careweave.web.staff import opened

ABOUT = ("Encounter", "CareTeam", "RelatedPerson", "EpisodeOfCare", "Task")


@signed_in(*access.PROFESSIONALS)
def around(request: HttpRequest, person_id: Any) -> HttpResponse:
    """The page."""
    shown = opened.open_person(request, str(person_id))
    sources, resources = directory.sources(), shown.gate.about(shown.record.id, ABOUT)
    web = web_of_care(shown.banner.call_name, resources, sources)
    said = words_of.said_by(shown.gate, shown.record.id)
    context = {
        "person": shown.banner,
        "joe": shown.banner.call_name,
        "around": web_edited.around(web, said, by=shown.banner.call_name),
        "spans": web_edited.before_and_after(
            resources, sources, since=team_since(resources), now=timezone.now()
        ),
    }
    return render(request, "staff/around.jinja", context)


def team_since(resources: list[Resource]) -> datetime | None:
    """When coordinated care began: from then on there is a team."""
    starts = [
        wording.as_instant(one.body.get("period", {}).get("start"))
        for one in resources
        if one.type == "EpisodeOfCare" and one.source == "careweave" and one.body.get("status") == "active"
    ]
    return min((one for one in starts if one), default=None)
