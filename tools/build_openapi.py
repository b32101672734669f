"""Writes the FHIR API as OpenAPI 3.1, told from the table of routes: python tools/build_openapi.py FILE"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "careweave.settings")
    import django

    django.setup()
    from careweave.web.fhir_api.openapi import description
    from careweave.web.fhir_api.routes import ROUTES

    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    document = description(ROUTES, title="Careweave FHIR API")
    Path(sys.argv[1]).write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
