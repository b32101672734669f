"""Arrow columns made straight from memory: Arrow's own conversion imports pandas, which takes longer than a small place."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray


def strings(values: Sequence[str]) -> pa.Array:
    encoded = [value.encode() for value in values]
    ends = np.cumsum([0, *map(len, encoded)], dtype=np.int32)
    return pa.Array.from_buffers(
        pa.string(), len(encoded), [None, pa.py_buffer(ends), pa.py_buffer(b"".join(encoded))]
    )


def numbers(values: NDArray[np.int64] | NDArray[np.float64]) -> pa.Array:
    is_float = values.dtype.kind == "f"
    kind = pa.float64() if is_float else pa.int64()
    held = np.ascontiguousarray(values, dtype=np.float64 if is_float else np.int64)
    return pa.Array.from_buffers(kind, len(held), [None, pa.py_buffer(held)])


def dates(days: NDArray[np.int64], known: NDArray[np.bool_]) -> pa.Array:
    """Days since 1970; unknown ones are null."""
    held = np.where(known, days, 0).astype(np.int32)
    validity = pa.py_buffer(np.packbits(known, bitorder="little"))
    return pa.Array.from_buffers(pa.date32(), len(held), [validity, pa.py_buffer(held)])


def truths(values: NDArray[np.bool_]) -> pa.Array:
    held = np.packbits(np.asarray(values, dtype=bool), bitorder="little")
    return pa.Array.from_buffers(pa.bool_(), len(values), [None, pa.py_buffer(held)])


def lists(values: Sequence[Sequence[str]]) -> pa.Array:
    ends = np.cumsum([0, *map(len, values)], dtype=np.int32)
    inner = strings([each for value in values for each in value])
    kind = pa.list_(pa.string())
    return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(ends)], children=[inner])
