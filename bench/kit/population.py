"""A population of any size, straight to Parquet in the warehouse's shape: seeded, in one stream, in little memory.

Each person has five years of contacts, about sixty, more with age and for the few who need much. Nothing here pretends to
be epidemiology: only the sizes, the skew and the mixture of codes matter to what is measured.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb

from careweave.warehouse.builds import VERSION, Manifest, versions_folder
from careweave.warehouse.tables import SCHEMAS

ON = date(2026, 11, 1)
ICD10 = ["I219", "I500", "E119", "E112", "F009", "G309", "W190", "N390", "F059", "J449", "C509", "C787", "I10X", "Z501",
         "K703", "S720", "J181", "N179", "R296", "M819", "H919", "L031", "K590", "I639", "G819"]  # fmt: skip
SNOMED = ["44054006", "52448006", "1912002", "68566005", "13645005", "84114007", "38341003", "195967001"]
MEDICINES = [str(387000000 + number) for number in range(60)]
# Numbers between 0 and 1 that depend on the seed, on who or what, and on what is asked of them.
MACROS = """
CREATE MACRO u(a, b, what) AS (hash(a, b, what, {seed}) >> 11) / 9007199254740992.0;
CREATE MACRO one_of(list, a, b, what) AS list[1 + floor(u(a, b, what) * len(list))::INT];
CREATE MACRO key(kind, a, b) AS md5(concat(kind, {seed}, '-', a, '-', b));
"""
PEOPLE = """
CREATE TABLE people AS SELECT *, greatest(1, (4 + age * 0.28 + 300 * pow(u(i, 0, 'need'), 9)) * 1.28)::INT AS many,
    'Y9' || lpad(floor(i / 10000)::INT::VARCHAR, 4, '0') AS practice, key('p', i, 0) AS person
FROM (SELECT range AS i, floor(101 * pow(u(range, 0, 'age'), 1.3))::INT AS age FROM range({people}))
"""
PERSON = """
SELECT person, DATE '{on}' - (age * 365.25)::INT - floor(u(i, 0, 'birth') * 364)::INT AS born, date_trunc('month',
    born)::DATE AS birth_month,
    age, one_of(['female', 'male'], i, 0, 'sex') AS sex, practice, 'A' || (i // 1500) AS lsoa,
    1 + floor(u(i // 1500, 0, 'area') * 10)::INT AS deprivation,
    CASE WHEN u(i, 0, 'dead') < age / 2500 THEN DATE '{on}' - floor(u(i, 0, 'died') * 1800)::INT END AS died,
    died IS NOT NULL AS is_dead, u(i, 0, 'objects') > 0.03 AS is_counted, one_of(['A', 'B', 'H', 'J', 'M', 'S'], i,
    0, 'group') AS ethnicity,
    age > 75 AND u(i, 0, 'home') < 0.06 AS is_in_care_home, 'Town ' || (i // 10000 % 10) AS locality
FROM people
"""
EVENT = """
WITH told AS (
    SELECT p.*, k, u(i, k, 'kind') AS x, TIMESTAMPTZ '{on} 00:00+00' - to_seconds((u(i, k,
    'when') * 157680000)::INT) AS start
    FROM people p, unnest(range(many)) AS t(k)
), kinds AS (
    SELECT *, CASE WHEN x < 0.5 THEN 'clinic' WHEN x < 0.68 THEN 'call' WHEN x < 0.8 THEN 'home-visit' WHEN x <
    0.88 THEN 'social-care'
        WHEN x < 0.96 THEN 'emergency-department' WHEN x < 0.985 THEN 'admission' ELSE 'other' END AS kind,
        CASE kind WHEN 'clinic' THEN practice WHEN 'call' THEN practice WHEN 'home-visit' THEN 'RVC' WHEN
    'social-care' THEN '900'
        ELSE 'RVR' END AS source
    FROM told
)
SELECT key('e', i, k) AS event, person, kind, start,
    start + CASE kind WHEN 'admission' THEN to_hours((6 + 500 * pow(u(i, k, 'stay'), 5))::INT)
        WHEN 'emergency-department' THEN to_minutes((30 + 600 * u(i, k,
    'stay'))::INT) ELSE to_minutes(15) END AS "end",
    source AS organisation, source,
    CASE kind WHEN 'clinic' THEN 'gp' WHEN 'call' THEN 'gp' WHEN 'home-visit' THEN 'community' WHEN 'social-care'
    THEN 'council'
        ELSE 'hospital' END AS sector,
    CASE WHEN kind = 'admission' THEN one_of(['emergency', 'emergency', 'elective', 'other'], i, k,
    'method') END AS method,
    CASE WHEN kind = 'social-care' THEN one_of(['request', 'assessment', 'review'], i, k, 'type') END AS "type",
    u(i, k, 'label') < 0.04 AS is_sensitive, u(i, 0, 'objects') > 0.03 AS is_counted
FROM kinds
"""
ADMISSION = """
SELECT event, event AS superspell, 1 AS number, true AS is_last, person, organisation, start::DATE AS start,
    "end"::DATE AS "end",
    method, date_diff('day', start, "end") AS nights, source, sector, is_sensitive, is_counted,
    CASE WHEN u(event, 0, 'ready') < 0.3 THEN start::DATE + (date_diff('day', start, "end") // 2)::INT END AS ready,
    "end"::DATE - ready AS delayed_nights, CASE WHEN u(event, 0,
    'died') < 0.02 THEN '4' ELSE '1' END AS discharge_method
FROM event WHERE kind = 'admission'
"""
CONDITION = """
SELECT person, one_of({icd10}, event, n, 'code') AS code, 'icd10' AS system, 'diagnosis' AS "role",
    start::DATE AS start, source, sector,
    event, is_sensitive, is_counted, event AS resource
FROM event, unnest(range(1 + (hash(event) % 6)::INT)) AS t(n) WHERE kind = 'admission'
UNION ALL BY NAME
SELECT person, one_of({snomed}, event, 0, 'why') AS code, 'snomed' AS system, 'reason' AS "role",
    start::DATE AS start, source, sector,
    event, is_sensitive, is_counted, event AS resource FROM event WHERE kind = 'emergency-department'
UNION ALL BY NAME
SELECT person, one_of({snomed}, i, n, 'problem') AS code, 'snomed' AS system, 'problem' AS "role",
    DATE '{on}' - floor(u(i, n, 'since') * 9000)::INT AS start, practice AS source, 'gp' AS sector, true AS is_active,
    false AS is_sensitive, u(i, 0, 'objects') > 0.03 AS is_counted, key('c', i, n) AS resource
FROM people, unnest(range((age // 18)::INT)) AS t(n)
"""
MEDICATION = """
SELECT key('m', i, n) AS resource, person, one_of({medicines}, i, n, 'medicine') AS code, 'snomed' AS system,
    'active' AS status,
    DATE '{on}' - floor(u(i, n, 'since') * 3000)::INT AS start, true AS is_repeat, practice AS source, 'gp' AS sector,
    false AS is_sensitive, u(i, 0, 'objects') > 0.03 AS is_counted
FROM people, unnest(range((age // 15)::INT)) AS t(n)
"""
OBSERVATION = """
SELECT key('o', i, n) AS resource, person, one_of(['75367002', '1022431000000105', '1000951000000103', '60621009'],
    i, n, 'what') AS code,
    'snomed' AS system, DATE '{on}' - floor(u(i, n, 'since') * 1800)::INT AS start, 40 + 120 * u(i, n,
    'found') AS "value",
    practice AS source, 'gp' AS sector, false AS is_sensitive, u(i, 0, 'objects') > 0.03 AS is_counted
FROM people, unnest(range((age // 12)::INT)) AS t(n)
"""
SERVICE = """
SELECT key('s', i, 0) AS resource, person, one_of(['Long Term Support: Community',
    'Long Term Support: Residential Care',
    'Short Term Support: ST-Max'], i, 0, 'service') AS "type", DATE '{on}' - floor(u(i, 0,
    'service since') * 1800)::INT AS start,
    true AS is_active, '900' AS organisation, 7.0 AS units_per_week, 2100 AS unit_cost_pence,
    'Hourly' AS cost_unit, '900' AS source,
    'council' AS sector, false AS is_sensitive, u(i, 0, 'objects') > 0.03 AS is_counted
FROM people WHERE age > 70 AND u(i, 0, 'served') < 0.2
"""
ENROLMENT = """
SELECT key('n', i, 0) AS resource, person, TIMESTAMPTZ '{on} 00:00+00' - to_days((u(i, 0,
    'enrolled') * 900)::INT) AS start,
    true AS is_active, practice AS team, 'careweave' AS organisation, key('w', i // 60, 0) AS coordinator,
    start AS coordinator_since,
    0 AS handovers, 'careweave' AS source, 'place' AS sector, false AS is_sensitive, u(i, 0,
    'objects') > 0.03 AS is_counted
FROM people WHERE age > 65 AND u(i, 0, 'taken on') < 0.04
"""
WRITTEN = {"person": PERSON, "event": EVENT, "admission": ADMISSION, "condition": CONDITION, "medication": MEDICATION,
           "observation": OBSERVATION, "service": SERVICE, "enrolment": ENROLMENT}  # fmt: skip


TYPES = {"string": "VARCHAR", "date32[day]": "DATE", "timestamp[us, tz=UTC]": "TIMESTAMPTZ", "int8": "TINYINT",
         "int16": "SMALLINT", "int64": "BIGINT", "bool": "BOOLEAN", "double": "DOUBLE"}  # fmt: skip


def write_population(home: Path, people: int, *, seed: int = 1, threads: int = 2) -> dict[str, int]:
    """A finished build under `home`, as `careweave refresh` leaves one; the same seed gives the same rows. Its counts."""
    version = versions_folder(home / "warehouse") / "made-up"
    version.mkdir(exist_ok=True)
    with duckdb.connect(config={"threads": threads, "memory_limit": "3GB"}) as engine:
        engine.execute("SET preserve_insertion_order = false")
        engine.execute("SET enable_progress_bar = false")
        engine.execute(f"SET temp_directory = '{home}/spill'")
        engine.execute("SET TimeZone = 'UTC'")
        engine.execute(MACROS.format(seed=seed))
        engine.execute(PEOPLE.format(people=people))
        counts = {
            name: _write(engine, version, name) for name in [*WRITTEN, *(SCHEMAS.keys() - WRITTEN.keys())]
        }
    now = datetime.now(UTC)
    manifest = Manifest(VERSION, ON, now, now, "made-up", True, counts)
    (version / "manifest.json").write_text(json.dumps(manifest.told()), encoding="utf-8")
    (home / "warehouse" / "current").unlink(missing_ok=True)
    (home / "warehouse" / "current").symlink_to("versions/made-up")
    return counts


def _write(engine: duckdb.DuckDBPyConnection, version: Path, name: str) -> int:
    """One table, in the shape that the warehouse declares; columns that nothing was made up for are null."""
    file = version / f"{name}.parquet"
    told = WRITTEN.get(name, "SELECT 1 AS none FROM range(0)")
    made = told.format(on=ON.isoformat(), icd10=ICD10, snomed=SNOMED, medicines=MEDICINES)
    known = {row[0] for row in engine.execute(f"DESCRIBE {made}").fetchall()}
    columns = []
    for field in SCHEMAS[name]:
        value = _quoted(field.name) if field.name in known else "NULL"
        columns.append(f"CAST({value} AS {TYPES[str(field.type)]}) AS {_quoted(field.name)}")
    engine.execute(f"COPY (SELECT {', '.join(columns)} FROM ({made})) TO '{file}' (FORMAT parquet)")
    engine.execute(f"CREATE OR REPLACE VIEW {_quoted(name)} AS SELECT * FROM read_parquet('{file}')")
    (count,) = engine.execute(f"SELECT count(*) FROM {_quoted(name)}").fetchall()[0]
    return int(count)


def _quoted(name: str) -> str:
    return f'"{name}"'
