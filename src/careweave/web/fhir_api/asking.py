"""What every request may ask besides its address: format, shape of the answer, handling (https://hl7.org/fhir/R4/http.html)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qsl

from django.http import HttpRequest

from careweave.web.fhir_api.bodies import JSON_TYPES, body_of, media_type
from careweave.web.fhir_api.outcomes import Problem

FORM = "application/x-www-form-urlencoded"
SUMMARIES = frozenset({"true", "text", "data", "count", "false"})
_RANGES = JSON_TYPES | {"*/*", "application/*", "text/*"}
_FORMATS = JSON_TYPES | {"json"}
_MOST_PARAMETERS = 200
_LONGEST_QUERY = 16_000


@dataclass(frozen=True, slots=True)
class Asked:
    """Parameters in their order, without those that shape every answer."""

    parameters: tuple[tuple[str, str], ...] = ()
    pretty: bool = False
    summary: str = ""
    elements: tuple[str, ...] = ()
    lenient: bool = False

    @property
    def is_plain(self) -> bool:
        """The stored text can be handed out as it is."""
        return not (self.pretty or self.elements or self.summary in ("true", "text", "data"))


PLAIN = Asked()


def asked_of(request: HttpRequest) -> Asked:
    """What the request asks; raises 400 or 406 when it cannot be answered so."""
    accept = request.META.get("HTTP_ACCEPT")
    if accept is not None and not _is_json_welcome(accept) and "_format" not in request.META["QUERY_STRING"]:
        raise _not_acceptable()
    prefer = request.META.get("HTTP_PREFER", "")
    query = request.META.get("QUERY_STRING", "")
    if not query and not prefer and request.method in ("GET", "HEAD"):
        return PLAIN
    return _read(pairs_of(query) + _form(request), is_lenient="handling=lenient" in prefer.replace(" ", ""))


def pairs_of(query: str) -> list[tuple[str, str]]:
    """A query as pairs; 400 when it is too long or is not UTF-8."""
    if len(query) > _LONGEST_QUERY:
        raise Problem(414, "too-long", "The query is too long; send it as POST to _search.")
    try:
        found = parse_qsl(query, keep_blank_values=True, errors="strict", max_num_fields=_MOST_PARAMETERS)
    except ValueError:
        raise Problem(400, "structure", "The query has too many parameters or is not UTF-8.") from None
    if any("\0" in name or "\0" in value for name, value in found):
        raise Problem(400, "structure", "The query holds a NUL, which no parameter can.")
    return found


def _form(request: HttpRequest) -> list[tuple[str, str]]:
    if request.method != "POST" or media_type(request) != FORM:
        return []
    try:
        return pairs_of(body_of(request, limit=_LONGEST_QUERY).decode())
    except UnicodeDecodeError:
        raise Problem(400, "structure", "The form is not UTF-8.") from None


def _read(pairs: list[tuple[str, str]], *, is_lenient: bool) -> Asked:
    own: dict[str, str] = {}
    rest = []
    for name, value in pairs:
        if name not in ("_format", "_pretty", "_summary", "_elements"):
            rest.append((name, value))
        elif name in own:
            raise Problem(400, "invalid", f"{name} may be given only once.")
        else:
            own[name] = value
    form = own.get("_format", "json").partition(";")[0].strip().lower().replace(" ", "+")
    if form not in _FORMATS:
        raise _not_acceptable()
    if own.get("_summary", "false") not in SUMMARIES:
        raise Problem(400, "invalid", f"_summary is one of {', '.join(sorted(SUMMARIES))}.")
    summary = own.get("_summary", "")
    elements = tuple(part for part in own.get("_elements", "").split(",") if part)
    if elements and summary not in ("", "false"):
        raise Problem(400, "invalid", "Give _elements or _summary, not both.")
    return Asked(
        tuple(rest),
        own.get("_pretty", "false").lower() == "true",
        "" if summary == "false" else summary,
        elements,
        is_lenient,
    )


@lru_cache(maxsize=512)
def _is_json_welcome(accept: str) -> bool:
    for part in accept.lower().split(","):
        media, *parameters = (piece.strip() for piece in part.split(";"))
        named = dict(each.partition("=")[::2] for each in parameters)
        is_wanted = named.get("q", "1").strip() not in ("0", "0.0", "0.00", "0.000")
        if media in _RANGES and is_wanted and named.get("fhirversion", "4.0").startswith("4.0"):
            return True
    return not accept.strip()


def _not_acceptable() -> Problem:
    words = "This server answers in JSON of FHIR 4.0 alone: accept application/fhir+json. XML is not written here."
    return Problem(406, "not-supported", words)


def refuse_others(asked: Asked, *known: str) -> None:
    """Strict by default: a parameter that means nothing here is named, not ignored."""
    others = [name for name, _ in asked.parameters if name not in known]
    if others and not asked.lenient:
        takes = f"; it takes {', '.join(known)}" if known else ""
        raise Problem(400, "not-supported", f"{others[0]} means nothing here{takes}.", expression=others[0])
