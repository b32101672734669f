"""An app in a browser, as its makers would write it: one page that finds the way, asks with PKCE, and reads."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

PAGE = """<!DOCTYPE html><html lang="en"><title>Falls app</title><h1>Falls app</h1><pre id="out">Starting</pre><script>
const out = document.getElementById("out"), here = location.origin + "/app", query = new URLSearchParams(location.search);
const safe = bytes => btoa(String.fromCharCode(...new Uint8Array(bytes)))
  .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const kept = JSON.parse(sessionStorage.kept || "{}");
async function start() {
  const iss = query.get("iss"), found = await (await fetch(iss + "/.well-known/smart-configuration")).json();
  const verifier = safe(crypto.getRandomValues(new Uint8Array(48))), state = safe(crypto.getRandomValues(new Uint8Array(9)));
  const challenge = safe(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier)));
  sessionStorage.kept = JSON.stringify({verifier, state, iss, token: found.token_endpoint, client: query.get("client")});
  const asked = {response_type: "code", client_id: query.get("client"), redirect_uri: here, scope: query.get("scope"), state,
    aud: iss, code_challenge: challenge, code_challenge_method: "S256"};
  if (query.get("launch")) asked.launch = query.get("launch");
  location.assign(found.authorization_endpoint + "?" + new URLSearchParams(asked));
}
async function finish() {
  if (query.get("state") !== kept.state) throw new Error("another state");
  const answer = await fetch(kept.token, {method: "POST", body: new URLSearchParams({grant_type: "authorization_code",
    code: query.get("code"), redirect_uri: here, client_id: kept.client, code_verifier: kept.verifier})});
  const got = await answer.json();
  if (!answer.ok) throw new Error(JSON.stringify(got));
  window.got = got;
  await read("Patient/" + got.patient);
}
async function read(path) {
  const answer = await fetch(kept.iss + "/" + path, {headers: {Authorization: "Bearer " + window.got.access_token}});
  const body = await answer.json();
  out.textContent = answer.status + " " + (body.name ? body.name[0].family : body.resourceType + " " + (body.total ?? ""));
  return [answer.status, body];
}
const go = query.get("error") ? async () => { out.textContent = "Refused: " + query.get("error"); }
  : query.get("code") ? finish : start;
go().catch(error => { out.textContent = "Failed: " + error.message; });
</script></html>"""

# The same with SMART's own JavaScript client, which knows the way by itself.
CLIENT_PAGE = """<!DOCTYPE html><html lang="en"><title>Diary</title><h1>Diary</h1><pre id="out">Starting</pre>
<script src="/fhirclient.min.js"></script><script>
const out = document.getElementById("out"), query = new URLSearchParams(location.search);
const told = async client => {
  window.client = client;
  const joe = await client.patient.read();
  out.textContent = joe.name[0].family + ", opened by " + client.user.resourceType;
};
const go = query.get("state") ? FHIR.oauth2.ready().then(told) : FHIR.oauth2.authorize({clientId: query.get("client"),
  scope: query.get("scope"), redirectUri: location.origin + "/diary", iss: query.get("iss"), pkceMode: "required"});
go.catch(error => { out.textContent = "Failed: " + error.message; });
</script></html>"""
_SCRIPT = Path(__file__).parent / "fhir_clients" / "assets" / "fhirclient.min.js"


class _Serves(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        is_script = path == "/fhirclient.min.js"
        body = _SCRIPT.read_bytes() if is_script else (CLIENT_PAGE if path == "/diary" else PAGE).encode()
        self.send_response(200)
        self.send_header("Content-Type", f"text/{'javascript' if is_script else 'html'}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def served() -> Iterator[str]:
    """The origin of the app, which is not the place's."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Serves)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
