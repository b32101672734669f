"""My letters and papers: what is kept about me, to read and to save."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from careweave.care.plans import papers
from careweave.record import Refused
from careweave.web import access, directory
from careweave.web.access import signed_in
from careweave.web.paper_file import as_paper
from careweave.web.portal import own


@signed_in("person", portal=True)
def mine(request: HttpRequest) -> HttpResponse:
    """The list."""
    gate = access.gate_of(request)
    person, _ = own.opened(gate, own.own_id(request))
    context = {
        "person": person,
        "papers": papers.papers_of(gate, person.id),
        "source_names": directory.sources().names,
    }
    return render(request, "portal/papers.jinja", context)


@signed_in("person", portal=True)
def paper(request: HttpRequest, paper_id: Any) -> HttpResponse:
    """One of them as a file."""
    gate = access.gate_of(request)
    found = papers.read_paper(gate, person_id=own.own_id(request), paper_id=str(paper_id))
    if found is None:
        raise Refused("not there, or not allowed")
    return as_paper(*found)
