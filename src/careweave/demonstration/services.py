"""Riverside's community and voluntary services as a directory would send them: a page in the Open Referral UK shape."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import orjson

from careweave.definitions import load_definition

FILE = "RVV01/services.json"


def write_services(folder: Path, as_at: date) -> None:
    """One page with every service of the definition, dated back from the day of the place."""
    content = load_definition("demonstration", "riverside-services", as_at).content
    listed = [_service(row, content["everywhere"], as_at) for row in content["service"]]
    page = {
        "total_items": len(listed),
        "total_pages": 1,
        "page_number": 1,
        "size": len(listed),
        "first_page": True,
        "last_page": True,
        "empty": not listed,
        "contents": listed,
    }
    target = folder / FILE
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(orjson.dumps(page, option=orjson.OPT_INDENT_2))


def _service(row: dict[str, Any], everywhere: str, as_at: date) -> dict[str, Any]:
    days = row.get("assured_days_ago")
    area = row["area"] if "(" in row["area"] or not row["area"] else f"{row['area']} ({everywhere})"
    stamp = as_at - timedelta(days=days if days is not None else 700)
    made: dict[str, Any] = {
        "id": f"riverside-{row['key']}",
        "name": row["name"],
        "description": row["about"],
        "status": "active",
        "eligibility_description": row.get("eligibility"),
        "minimum_age": row.get("youngest"),
        "email": row.get("email"),
        "fees": row["cost"],
        "wait_time": row.get("wait"),
        "last_modified": f"{stamp.isoformat()}T09:00:00Z",
        "organization": _organisation(row),
        "service_areas": [{"name": area}] if area else [],
        "phones": [{"number": row["telephone"]}],
        "attributes": [
            *({"taxonomy_term": {"taxonomy": "needs", "name": name}} for name in row["needs"]),
            *({"taxonomy_term": {"taxonomy": "who may refer", "name": name}} for name in row["who"]),
        ],
    }
    if days is not None:
        made |= {"assured_date": stamp.isoformat(), "assurer_email": "directory@riverside.example"}
    if "open" in row:
        hours = row["open"]
        made["schedules"] = [{"byday": hours["days"], "opens_at": hours["from"], "closes_at": hours["to"]}]
    if "free" in row:
        updated = (as_at - timedelta(days=6)).isoformat()
        made["service_capacities"] = [{"available": row["free"], "updated": updated}]
    return {key: value for key, value in made.items() if value not in (None, "")}


def _organisation(row: dict[str, Any]) -> dict[str, Any]:
    name = "".join(c if c.isalnum() else "-" for c in row["organisation"].casefold())
    made: dict[str, Any] = {"id": f"organisation-{name}", "name": row["organisation"]}
    if "code" in row:
        made["organization_identifiers"] = [{"identifier_scheme": "GB-ODS", "identifier": row["code"]}]
    return made
