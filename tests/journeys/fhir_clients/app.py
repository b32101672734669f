"""What an app's own server sends: one page with three FHIR clients on it."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler
from pathlib import Path

ASSETS = Path(__file__).parent / "assets"
# fhir-kit-client names three packages of Node; a browser does what they do.
EMPTY = {
    "/agentkeepalive.js": "export default class Agent { static HttpsAgent = class {}; }",
    "/debug.js": "export default () => Object.assign(() => {}, { enabled: false });",
    "/stringify.js": "export default JSON.stringify;",
}
PAGE = """<!doctype html><meta charset="utf-8"><title>An app</title>
<script type="importmap">{"imports": {
  "agentkeepalive": "/agentkeepalive.js", "debug": "/debug.js", "json-stringify-safe": "/stringify.js"}}</script>
<script src="/fhirclient.min.js"></script>
<script type="module">
import { Client as FhirKitClient } from "/fhir-kit-client/index.js";
import { MedplumClient } from "/medplum-core.mjs";
Object.assign(window, { FhirKitClient, MedplumClient, isReady: true });
</script>"""


class AppFiles(BaseHTTPRequestHandler):
    """The page, and the clients beside it."""

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        file = ASSETS / path[1:]
        if path == "/":
            self._send("text/html", PAGE)
        elif path in EMPTY:
            self._send("text/javascript", EMPTY[path])
        elif path.endswith((".js", ".mjs")) and file.resolve().is_relative_to(ASSETS) and file.is_file():
            self._send("text/javascript", file.read_text(encoding="utf-8"))
        else:
            self.send_error(404)

    def _send(self, kind: str, text: str) -> None:
        body = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass
