"""SMART's JavaScript client, Medplum's and fhir-kit-client, in Chromium on another origin: each a whole journey."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.scenarios.fhir_api.reading_place import Place

pytestmark = [pytest.mark.database, pytest.mark.browser]


@pytest.fixture
def app(page: Page, app_origin: str) -> Page:
    """A page of an app on an origin that the place has configured."""
    page.goto(f"{app_origin}/")
    page.wait_for_function("window.isReady")
    return page


def run(app: Page, script: str, base: str, token: str, place: Place) -> Any:
    known = {name: getattr(place, name) for name in ("joe", "other", "conditions", "observations")}
    return app.evaluate(f"async ([base, token, place]) => {{ {script} }}", [base, token, known])


# An entry that a GP may make, about anyone.
TASK = """const task = (id) => ({ resourceType: "Task", status: "requested", intent: "order",
    description: "Ring about the new tablets", for: { reference: `Patient/${id}` } });"""
# What a promise is refused with, as the status alone.
STATUS = """const status = (asked) => asked.then(() => 200, (refused) => refused.response?.status ?? refused.status
    ?? refused.outcome?.issue?.[0]?.code ?? String(refused));"""


def test_smart_javascript_client(app: Page, base: str, token: str, place: Place) -> None:
    found = run(
        app,
        STATUS
        + TASK
        + """
        const client = FHIR.client({ serverUrl: base, tokenResponse: { access_token: token, patient: place.joe } });
        const joe = await client.patient.read();
        const weights = await client.request(`Observation?patient=${place.joe}&_count=2`,
                                             { pageLimit: 0, flat: true });
        const condition = await client.request(`Condition/${place.conditions[0]}`, { resolveReferences: ["subject"] });
        const made = await client.create(task(place.joe));
        const changed = await client.update({ ...made, description: "Ring in the evening" });
        const stale = await status(client.update({ ...made, description: "Later" }, { headers: { "If-Match": 'W/"1"' } }));
        const patched = await client.patch(`Task/${made.id}`, [{ op: "replace", path: "/status", value: "accepted" }]);
        await client.delete(`Task/${made.id}`);
        const foreign = await status(client.create(task(place.other)));
        return { family: joe.name[0].family, weights: weights.map((each) => each.id),
                 versions: [made, changed, patched].map((each) => each.meta.versionId), stale, foreign,
                 subject: condition.subject.resourceType,
                 other: await status(client.request(`Patient/${place.other}`)),
                 wrong: await status(FHIR.client({ serverUrl: base, tokenResponse: { access_token: "no" } })
                                     .request(`Patient/${place.joe}`)) };
        """,
        base,
        token,
        place,
    )
    assert found["family"] == "Harper"
    assert sorted(found["weights"]) == sorted(place.observations)
    assert found["subject"] == "Patient"
    assert found["versions"] == ["1", "2", "3"] and (found["stale"], found["foreign"]) == (412, 404)
    assert (found["other"], found["wrong"]) == (404, 401)


def test_fhir_kit_client(app: Page, base: str, token: str, place: Place) -> None:
    found = run(
        app,
        STATUS
        + TASK
        + """
        const client = new FhirKitClient({ baseUrl: base, customHeaders: { Authorization: `Bearer ${token}` } });
        const told = await client.capabilityStatement();
        const joe = await client.read({ resourceType: "Patient", id: place.joe });
        let page = await client.search({ resourceType: "Observation",
                                         searchParams: { patient: place.joe, _count: "3" } });
        const seen = [];
        while (page) { seen.push(...(page.entry ?? []).map((each) => each.resource.id));
                       page = await client.nextPage({ bundle: page }); }
        const posted = await client.resourceSearch({ resourceType: "Condition", searchParams: { patient: place.joe },
                                                     options: { postSearch: true } });
        const history = await client.history({ resourceType: "Patient", id: place.joe });
        const everything = await client.operation({ name: "everything", resourceType: "Patient", id: place.joe,
                                                    method: "GET" });
        const made = await client.create({ resourceType: "Task", body: task(place.joe) });
        const patched = await client.patch({ resourceType: "Task", id: made.id,
                                             jsonPatch: [{ op: "replace", path: "/status", value: "accepted" }] });
        const stale = await status(client.update({ resourceType: "Task", id: made.id, body: made,
                                                   options: { headers: { "If-Match": 'W/"1"' } } }));
        const batch = await client.batch({ body: { resourceType: "Bundle", type: "batch",
            entry: [{ request: { method: "GET", url: `Task/${made.id}` } },
                    { request: { method: "GET", url: `Patient/${place.other}` } }] } });
        return { statuses: batch.entry.map((each) => each.response.status.slice(0, 3)), stale, patched: patched.status,
                 version: told.fhirVersion, family: joe.name[0].family, seen, posted: posted.entry.length,
                 history: history.type, everything: everything.entry.length,
                 other: await status(client.read({ resourceType: "Patient", id: place.other })),
                 wrong: await status(client.search({ resourceType: "Condition", searchParams: { colour: "blue" } })) };
        """,
        base,
        token,
        place,
    )
    assert (found["version"], found["family"], found["history"]) == ("4.0.1", "Harper", "history")
    assert sorted(found["seen"]) == sorted(place.observations)
    assert (found["patched"], found["stale"], found["statuses"]) == ("accepted", 412, ["200", "404"])
    assert found["posted"] == len(place.conditions) and found["everything"] > len(place.observations)
    assert (found["other"], found["wrong"]) == (404, 400)


def test_medplum_client(app: Page, base: str, token: str, place: Place) -> None:
    found = run(
        app,
        STATUS
        + TASK
        + """
        const root = base.slice(0, -"fhir/R4".length);
        // It asks with cookies, which no other origin may; its own `fetch` option is the way round.
        const client = new MedplumClient({ baseUrl: root, fhirUrlPath: "fhir/R4", accessToken: token, cacheTime: 0,
                                           fetch: (url, how) => fetch(url, { ...how, credentials: "omit" }) });
        const joe = await client.readResource("Patient", place.joe);
        const seen = [];
        for await (const page of client.searchResourcePages("Observation", `patient=${place.joe}&_count=3`)) {
            seen.push(...page.map((each) => each.id));
        }
        const one = await client.searchOne("Condition", { patient: place.joe });
        const history = await client.readHistory("Patient", place.joe);
        const everything = await client.readPatientEverything(place.joe);
        const invalid = await status(client.validateResource({ resourceType: "Patient", gender: "m" }));
        const made = await client.createResource(task(place.joe));
        const changed = await client.updateResource({ ...made, description: "Ring in the evening" });
        const patched = await client.patchResource("Task", made.id, [{ op: "replace", path: "/status", value: "accepted" }]);
        const stale = await status(client.updateResource(made, { headers: { "If-Match": 'W/"1"' } }));
        const foreign = await status(client.createResource(task(place.other)));
        return { versions: [made, changed, patched].map((each) => each.meta.versionId), stale, foreign,
                 family: joe.name[0].family, seen, one: one.id, history: history.type,
                 everything: everything.entry.length, invalid,
                 other: await status(client.readResource("Patient", place.other)) };
        """,
        base,
        token,
        place,
    )
    assert found["family"] == "Harper" and found["history"] == "history"
    assert sorted(found["seen"]) == sorted(place.observations)
    assert found["one"] in place.conditions and found["everything"] > len(place.observations)
    assert found["versions"] == ["1", "2", "3"] and found["stale"] == "conflict"
    assert found["other"] == found["foreign"] == "not-found"
