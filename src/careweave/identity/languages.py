"""The languages that staff speak with people: told by the place's staff list, asked for when a coordinator is proposed."""

from __future__ import annotations

import re
from collections.abc import Iterable

from careweave.record import Refusal

from .languages_models import StaffLanguage
from .models import Staff

_CODE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*")


def languages_in(text: str) -> tuple[str, ...] | Refusal:
    """Codes parted by spaces, commas or semicolons: `ur pa`."""
    codes = tuple(dict.fromkeys(re.split(r"[\s,;]+", text.strip().lower()))) if text.strip() else ()
    wrong = next((code for code in codes if not _CODE.fullmatch(code)), None)
    if wrong is not None:
        return Refusal(f"{wrong!r} is not a language code, as ur or pl", "languages")
    return codes


def set_languages(staff: Staff, languages: Iterable[str]) -> None:
    """Those and no others."""
    wanted = set(languages)
    StaffLanguage.objects.filter(staff=staff).exclude(language__in=wanted).delete()
    StaffLanguage.objects.bulk_create(
        [StaffLanguage(staff=staff, language=each) for each in sorted(wanted)], ignore_conflicts=True
    )


def languages_of(parties: Iterable[str]) -> dict[str, frozenset[str]]:
    """By party; who told none is not in it."""
    ids = [party.removeprefix("staff:") for party in parties if party.startswith("staff:")]
    found: dict[str, set[str]] = {}
    for row in StaffLanguage.objects.filter(staff_id__in=ids):
        found.setdefault(f"staff:{row.staff_id}", set()).add(row.language)
    return {party: frozenset(each) for party, each in found.items()}
