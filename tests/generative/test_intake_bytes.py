"""Whatever bytes a file holds, reading it ends with resources and refusals, never with an exception."""

import gzip
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from careweave.intake.reading.rows import Limits
from tests.unit.intake_files import bundle, entry, line, lines, observation, outcomes, patient, table
from tests.unit.test_intake_tables import HEADERS, row

NAMES = st.sampled_from(["a.json", "a.ndjson", "a.csv", "visits.csv", "a.ndjson.gz", "a"])
WHOLE = st.sampled_from(
    [
        lines(patient(), observation("o1")),
        line(bundle(entry(patient(), "urn:uuid:1"), entry(observation("o1", "urn:uuid:1")))),
        table(HEADERS, row(1), row(2, note='"a\r\nb"')),
        gzip.compress(lines(patient(), observation("o1"))),
    ]
)
SMALL = Limits(line=2000, record=500, chunk=300)


def read(name: str, content: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        found = outcomes(path, limits=SMALL)
    counted = sum(each.counts for each in found.rows)
    assert found.read == counted + len(found.refusals)
    assert all(each.reason and "\x00" not in each.reason for each in found.refusals)


@settings(max_examples=300, deadline=None)
@given(NAMES, st.binary(max_size=400))
def test_arbitrary_bytes(name: str, content: bytes) -> None:
    read(name, content)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(NAMES, WHOLE, st.data())
def test_good_files_with_bytes_changed_cut_or_put_in(name: str, content: bytes, data: st.DataObject) -> None:
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content)))
        until = data.draw(st.integers(at, min(len(content), at + 20)))
        content = content[:at] + data.draw(st.binary(max_size=6)) + content[until:]
    read(name, content)


@settings(max_examples=300, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "resourceType",
                        "id",
                        "entry",
                        "resource",
                        "subject",
                        "reference",
                        "identifier",
                        "meta",
                        "fullUrl",
                        "name",
                        "birthDate",
                    ]
                )
                | st.text(max_size=5),
                inner,
                max_size=5,
            )
        ),
        max_leaves=20,
    ),
    st.sampled_from(["Patient", "Observation", "Bundle", "Provenance", "Device", "List"]),
)
def test_arbitrary_json_in_the_shape_of_a_resource(body: object, kind: str) -> None:
    content = (
        {**body, "resourceType": kind} if isinstance(body, dict) else {"resourceType": kind, "entry": body}
    )
    try:
        read("a.ndjson", line(content))
    except ValueError as error:  # not something JSON can say
        assert "JSON" in str(error)
