"""Patches in the three forms that clients send: JSON Patch (RFC 6902), merge patch (RFC 7386) and FHIRPath Patch."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import jsonpatch
import orjson
from django.http import HttpRequest
from django.utils import timezone

from careweave.record import Invalid
from careweave.record.changes import Body, Patch
from careweave.record.validation import Malformed, parse, validate, write
from careweave.web.fhir_api import bodies
from careweave.web.fhir_api.outcomes import Problem
from careweave.web.fhir_api.path_patching import Unpatchable, path_patch

JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
FORMATS = ("application/fhir+json", JSON_PATCH, MERGE_PATCH)
_FORMS = bodies.JSON_TYPES | {JSON_PATCH, MERGE_PATCH}
_MOST_STEPS = 1000
_LARGEST = 4 * 1024 * 1024  # a patch may copy; copies of copies grow without end


def patch_in(request: HttpRequest) -> Patch:
    """The patch that was sent; plain JSON is a merge patch unless it is Parameters, as clients mean it."""
    bodies.must_be(request, _FORMS)
    return patch_of(bodies.media_type(request), bodies.body_of(request))


def patch_of(media_type: str, raw: bytes) -> Patch:
    """The patch as something that makes the next body from the stored one."""
    if not raw:
        raise Problem(400, "structure", "The body is empty; send a patch.")
    try:
        if media_type == JSON_PATCH:
            return json_patch(_listed(raw))
        document = parse(raw)
    except Malformed as fault:
        raise Problem(400, "structure", f"The body {fault.reason}.") from None
    if media_type != MERGE_PATCH and document.get("resourceType") == "Parameters":
        return _by_path(document)
    return lambda body: merged(body, document)


def _listed(raw: bytes) -> list[Any]:
    """A JSON Patch is a list, which is no resource: the same reader takes it inside an object."""
    steps = parse(b'{"patch":' + raw + b"}")
    if list(steps) != ["patch"] or not isinstance(steps["patch"], list):
        raise Malformed("is not a list of operations, as a JSON Patch is")
    return list(steps["patch"])


def merged(target: Any, change: Any) -> Any:
    """RFC 7386: what is null goes, objects are merged, everything else takes the place of what was there."""
    if not isinstance(change, dict):
        return change
    made = dict(target) if isinstance(target, dict) else {}
    for key, value in change.items():
        if value is None:
            made.pop(key, None)
        else:
            made[key] = merged(made.get(key), value)
    return made


def json_patch(steps: list[Any]) -> Patch:
    """RFC 6902, step by step, so that no patch grows a body beyond measure."""
    if len(steps) > _MOST_STEPS:
        raise Problem(413, "too-costly", f"A patch has at most {_MOST_STEPS} operations.")

    def apply(body: Body) -> Body:
        made: Any = deepcopy(body)
        for place, step in enumerate(steps):
            try:
                made = jsonpatch.JsonPatch([step]).apply(made, in_place=True)
            except (jsonpatch.JsonPatchException, jsonpatch.JsonPointerException) as fault:
                raise _unfit(place, str(fault)) from None
            except (TypeError, ValueError, KeyError, AttributeError, IndexError, RecursionError):
                raise _unfit(place, "it does not fit what is there") from None
            if isinstance(step, dict) and step.get("op") == "copy":
                _must_stay_small(made)
        return _a_resource(made)

    return apply


def _unfit(place: int, why: str) -> Problem:
    return Problem(422, "processing", f"Operation {place} of the patch cannot be done: {why[:200]}.")


def _must_stay_small(made: Any) -> None:
    try:
        size = len(write(made))
    except (TypeError, orjson.JSONEncodeError):
        raise Problem(422, "processing", "The patch nests copies too deeply.") from None
    if size > _LARGEST:
        raise Problem(413, "too-long", f"The patch makes a body of more than {_LARGEST >> 20} MB.")


def _a_resource(made: Any) -> Body:
    if not isinstance(made, dict):
        raise Problem(422, "processing", "What the patch makes is not a resource.")
    return made


def _by_path(parameters: Body) -> Patch:
    issues = validate(parameters, today=timezone.localdate())
    if issues:
        raise Invalid(issues)

    def apply(body: Body) -> Body:
        try:
            return path_patch(deepcopy(body), parameters)
        except Unpatchable as fault:
            raise Problem(422, "processing", fault.words, expression=fault.path) from None

    return apply
