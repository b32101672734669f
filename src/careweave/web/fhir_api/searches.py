"""Search by GET and by POST to _search: the record's own engine, handed on as a searchset Bundle."""

from __future__ import annotations

from dataclasses import replace

from django.http import HttpRequest, HttpResponse

from careweave.record.actor import TextEntry, TextPage
from careweave.web.fhir_api import asking, bundles, outcomes, reach
from careweave.web.fhir_api.addresses import Address, Shape
from careweave.web.fhir_api.asking import Asked
from careweave.web.fhir_api.bodies import must_be
from careweave.web.fhir_api.callers import Caller
from careweave.web.fhir_api.handling import Route

PAGE = 50
MOST = 1000


def search(caller: Caller, request: HttpRequest, address: Address) -> HttpResponse:
    """`GET [type]?…`."""
    asked = asking.asked_of(request)
    return answer(caller, address.type, asked)


def search_by_form(caller: Caller, request: HttpRequest, address: Address) -> HttpResponse:
    """`POST [type]/_search`: the same, with the parameters in the body as well."""
    must_be(request, frozenset({asking.FORM}))
    return answer(caller, address.type, asking.asked_of(request))


def answer(caller: Caller, type_: str, asked: Asked) -> HttpResponse:
    """One page of a search as this caller may see it."""
    narrowing = caller.narrowing("s", type_)
    pairs, cursor = paging(asked)
    reach.must_reach(caller, type_, pairs, lenient=asked.lenient)
    if narrowing is None:
        page = TextPage((), None, total=0)
    else:
        page = caller.gate.search_text(
            type_, [*pairs, *narrowing], count=PAGE, cursor=cursor, lenient=asked.lenient
        )
    applied = [pair for pair in pairs if pair[0] not in page.ignored] + own(asked)
    links = [bundles.link("self", type_, applied)]
    if page.cursor:
        links.append(bundles.link("next", type_, [*applied, (bundles.CURSOR, page.cursor)]))
    entries = [found(each, asked) for each in reach.within(caller, page.entries)]
    if page.ignored:
        entries.append(bundles.warning(f"Not understood and passed over: {', '.join(page.ignored)}."))
    return bundles.bundle_answer(bundles.bundle("searchset", entries, links, page.total), asked)


def paging(asked: Asked) -> tuple[list[tuple[str, str]], str | None]:
    """The parameters of the search itself, and the cursor; a client may add a `_count` to our next link."""
    cursors = [value for name, value in asked.parameters if name == bundles.CURSOR]
    if len(cursors) > 1:
        raise outcomes.Problem(400, "invalid", f"{bundles.CURSOR} may be given only once.")
    pairs = [pair for pair in asked.parameters if pair[0] not in (bundles.CURSOR, "_count")]
    counts = [value for name, value in asked.parameters if name == "_count"]
    if asked.summary == "count":
        counts = ["0"]
    return [*pairs, *(("_count", value) for value in counts[-1:])], cursors[0] if cursors else None


def own(asked: Asked) -> list[tuple[str, str]]:
    """The parameters that shape the answer, for the links."""
    shaping = [("_summary", asked.summary), ("_elements", ",".join(asked.elements))]
    return [pair for pair in shaping if pair[1]]


def found(each: TextEntry, asked: Asked) -> str:
    """One entry of a searchset."""
    part = (
        replace(asked, elements=()) if each.mode == "include" else asked
    )  # elements are of the matches alone
    text = bundles.shaped_entry(each.text, part)
    return bundles.entry(f"{each.type}/{each.id}", text, f'"search":{{"mode":"{each.mode}"}}')


ROUTES = (
    Route(Shape.TYPE, "GET", "search-type", "s", search),
    Route(Shape.TYPE_SEARCH, "POST", "search-type", "s", search_by_form),
)
