"""Builds FHIR resources from the cells of a row, as a mapping's templates say."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from careweave.intake.reading.rows import Body, Sent
from careweave.record.fhir import interval

Values = dict[str, Any]
Get = Callable[[Values], Any]
_STEP = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)((?:\[(?:\d+|\*)\])*)")
_HOLE = re.compile(r"\{([^{}]+)\}")
Codes = Mapping[str, Mapping[str, Any]]
Built = tuple[Any, bool]  # the value, and whether any of it was said by the row
_NOTHING: Built = (None, False)


class _Thing:
    """An object under construction. It is left out when the columns that it is made of are all empty."""

    __slots__ = ("from_columns", "parts")

    def __init__(self) -> None:
        self.parts: dict[str, _Thing | _Things | _Leaf] = {}
        self.from_columns = False

    def build(self, values: Values) -> Built:
        made: Body = {}
        filled = False
        for name, part in self.parts.items():
            value, said = part.build(values)
            if value is not None:
                made[name] = value
                filled = filled or said
        return (made, filled) if made and (filled or not self.from_columns) else _NOTHING


class _Things:
    """A list: numbered places, or one thing for each item of a column that holds a list (`[*]`)."""

    __slots__ = ("each", "from_columns", "places")

    def __init__(self) -> None:
        self.places: dict[int, _Thing | _Leaf] = {}
        self.each: _Thing | _Leaf | None = None
        self.from_columns = False

    def build(self, values: Values) -> Built:
        made = [part.build(values) for _, part in sorted(self.places.items())]
        if self.each is not None:
            column = next(iter(_lists_in(self.each)))
            made += [self.each.build({**values, column: item}) for item in values.get(column) or ()]
        kept = [value for value, _ in made if value is not None]
        return (kept, any(said for _, said in made)) if kept else _NOTHING


class _Leaf:
    """One value; it counts as said by the row when it came from a column."""

    __slots__ = ("from_columns", "get", "names")

    def __init__(self, get: Get, names: tuple[str, ...]) -> None:
        self.get = get
        self.names = names
        self.from_columns = bool(names)

    def build(self, values: Values) -> Built:
        value = self.get(values)
        return value, value is not None and self.from_columns


def _lists_in(part: _Thing | _Things | _Leaf) -> Iterator[str]:
    if isinstance(part, _Leaf):
        yield from part.names
    elif isinstance(part, _Thing):
        for inner in part.parts.values():
            yield from _lists_in(inner)


@dataclass(frozen=True, slots=True)
class Template:
    """One resource that a row says something about."""

    type: str
    root: _Thing
    name: tuple[Get, ...]
    stamp: str
    rank: str
    labels: tuple[str, ...]
    labels_by: tuple[tuple[str, Mapping[str, tuple[str, ...]]], ...]
    when: Callable[[Values], bool]
    columns: Mapping[str, str]
    key: tuple[str, ...]
    """The columns that name the resource for ever."""
    rounds: tuple[Mapping[str, str], ...] = field(default_factory=tuple)

    def build(self, values: Values) -> Iterator[Sent]:
        if not self.rounds:
            yield from self._once(values, self.columns)
        for number, names in enumerate(self.rounds, start=1):
            if values.get(next(iter(names.values()))) is None:
                continue
            round_values = {
                **values,
                **{f"@{alias}": values.get(name) for alias, name in names.items()},
                "@n": number,
            }
            columns = {at: names.get(name.removeprefix("@"), name) for at, name in self.columns.items()}
            yield from self._once(round_values, columns)

    def _once(self, values: Values, columns: Mapping[str, str]) -> Iterator[Sent]:
        if not self.when(values):
            return
        parts = [get(values) for get in self.name]
        if any(part is None for part in parts):
            return
        body = {
            "resourceType": self.type,
            "id": "|".join(map(str, parts)),
            **(self.root.build(values)[0] or {}),
        }
        yield Sent(body, "", stamp=self._stamp(values), labels=self._labels(values), columns=columns)

    def _stamp(self, values: Values) -> Any:
        found = interval(values.get(self.stamp)) if self.stamp else None
        if found is None:
            return None
        # Of two rows with one time, the one with the higher rank (a later episode of the same stay) wins.
        rank = values.get(self.rank) if self.rank else None
        return found.start.replace(microsecond=min(int(rank), 999_999)) if rank else found.start

    def _labels(self, values: Values) -> tuple[str, ...]:
        if not self.labels_by:
            return self.labels
        extra = {label for name, table in self.labels_by for label in table.get(str(values.get(name)), ())}
        return tuple(sorted({*self.labels, *extra}))


def template(spec: Mapping[str, Any], codes: Codes, defaults: Mapping[str, Any]) -> Template:
    """Read one `[[resources]]` table. Raises ValueError with what is wrong in it."""
    columns: dict[str, str] = {}
    root = _Thing()
    for path, source in spec["fields"].items():
        leaf = _leaf(source, codes)
        _place(root, path, leaf)
        if leaf.names:
            columns[path] = leaf.names[0]
    return Template(
        type=spec["type"],
        root=root,
        name=tuple(_text(part) if "{" in part else _column(part) for part in spec["id"]),
        stamp=spec.get("stamp", defaults.get("stamp", "")),
        rank=spec.get("rank", ""),
        labels=tuple(spec.get("labels", defaults.get("labels", ()))),
        labels_by=tuple(
            (each["column"], {code: tuple(found) for code, found in each["codes"].items()})
            for each in spec.get("labels_by", ())
        ),
        when=_condition(spec.get("when", {})),
        columns=columns,
        key=tuple(dict.fromkeys(name for part in spec["id"] for name in _names_in(part))),
        rounds=_rounds(spec.get("for_each", {})),
    )


def _names_in(part: str) -> list[str]:
    return [name.removeprefix("!") for name in _HOLE.findall(part)] or [part]


def _rounds(spec: Mapping[str, list[str]]) -> tuple[dict[str, str], ...]:
    return (
        tuple(dict(zip(spec, names, strict=True)) for names in zip(*spec.values(), strict=True))
        if spec
        else ()
    )


def _place(root: _Thing, path: str, leaf: _Leaf) -> None:
    steps: list[str | int] = []
    for name, indexes in (_split(step, path) for step in path.split(".")):
        steps += [
            name,
            *(-1 if index == "*" else int(index) for index in re.findall(r"\[(\d+|\*)\]", indexes)),
        ]
    part: _Thing | _Things = root
    _mark(part, leaf)
    for step, following in zip(steps, [*steps[1:], None], strict=True):
        new = leaf if following is None else _Things() if isinstance(following, int) else _Thing()
        inner = _inner(part, step, new)
        if following is None:
            if inner is not leaf:
                raise ValueError(f"{path} is given twice")
            return
        if isinstance(inner, _Leaf):
            raise ValueError(f"{path} goes below a value")
        part = inner
        _mark(part, leaf)


def _mark(part: _Thing | _Things, leaf: _Leaf) -> None:
    part.from_columns = part.from_columns or leaf.from_columns


def _split(step: str, path: str) -> tuple[str, str]:
    found = _STEP.fullmatch(step)
    if not found:
        raise ValueError(f"{path} is not a path")
    return found[1], found[2]


def _inner(part: _Thing | _Things, step: str | int, new: Any) -> Any:
    if isinstance(part, _Thing):
        return part.parts.setdefault(str(step), new)
    if step == -1:
        part.each = part.each or new
        return part.each
    return part.places.setdefault(int(step), new)


def _leaf(source: Any, codes: Codes) -> _Leaf:
    if isinstance(source, str):
        return _Leaf(_column(source), (source,))
    if isinstance(source, list):
        return _alternatives([_leaf(each, codes) for each in source])
    if "value" in source:
        constant = source["value"]
        return _Leaf(_when(lambda values: constant, source), ())
    if "text" in source:
        names = tuple(name.removeprefix("!") for name in _HOLE.findall(source["text"]))
        return _Leaf(_when(_text(source["text"]), source), names)
    names = (source["column"],) if "column" in source else tuple(source["columns"])
    get = _first(names)
    if "map" in source:
        get = _mapped(get, codes[source["map"]], source.get("part", ""))
    if "only" in source:
        get = _only(get, re.compile(source["only"]))
    if "change" in source:
        get = _changed(get, source["change"])
    if "otherwise" in source:
        get = _or_else(get, source["otherwise"])
    return _Leaf(_when(get, source), names)


def _alternatives(leaves: list[_Leaf]) -> _Leaf:
    """The first of several that has something to say."""
    gets = [each.get for each in leaves]

    def first(values: Values) -> Any:
        return next((found for get in gets if (found := get(values)) is not None), None)

    return _Leaf(first, tuple(name for each in leaves for name in each.names))


def _column(name: str) -> Get:
    return lambda values: values.get(name)


def _first(names: tuple[str, ...]) -> Get:
    if len(names) == 1:
        return _column(names[0])
    return lambda values: next((values[name] for name in names if values.get(name) is not None), None)


def _text(pattern: str) -> Get:
    """`{first} {last}`; spaces are tidied where some are empty, and nothing comes of all empty (or one needed: `{!x}`)."""
    pieces = _HOLE.split(pattern)
    fixed, names = pieces[::2], pieces[1::2]
    needed = "!" in "".join(name[:1] for name in names)
    plain = [name.removeprefix("!") for name in names]

    def get(values: Values) -> str | None:
        found = [values.get(name) for name in plain]
        if all(value is None for value in found) or (
            needed and any(v is None for v, n in zip(found, names, strict=True) if n[0] == "!")
        ):
            return None
        filled = "".join(
            piece + ("" if value is None else str(value))
            for piece, value in zip(fixed, [*found, None], strict=True)
        )
        return " ".join(filled.split())

    return get


def _mapped(get: Get, table: Mapping[str, Any], part: str) -> Get:
    def mapped(values: Values) -> Any:
        value = get(values)
        if value is None:
            return None
        found = table.get(str(value))
        return found.get(part) if part and isinstance(found, dict) else found

    return mapped


def _only(get: Get, pattern: re.Pattern[str]) -> Get:
    def only(values: Values) -> Any:
        value = get(values)
        return value if value is not None and pattern.fullmatch(str(value)) else None

    return only


def _icd10(code: str) -> str:
    """`I639` → `I63.9`; a padding X goes (`I10X` → `I10`)."""
    plain = code.replace(".", "").strip().upper()
    plain = plain[:3] if plain[3:] in ("X", "-") else plain
    return f"{plain[:3]}.{plain[3:]}" if len(plain) > 3 else plain


def _opcs4(code: str) -> str:
    plain = code.replace(".", "").strip().upper()
    return f"{plain[:3]}.{plain[3:]}" if len(plain) > 3 else plain


def _number(text: str) -> float | int | Decimal | None:
    """The number with the digits it was written with; nothing where it is not one."""
    try:
        exact = Decimal(text)
    except InvalidOperation:
        return None
    near = float(text)
    return near if repr(near) == text else exact if exact.is_finite() else None


CHANGES: dict[str, Callable[[Any], Any]] = {
    "number": _number,
    "icd10": _icd10,
    "opcs4": _opcs4,
    "upper": lambda value: str(value).upper(),
    "lower": lambda value: str(value).lower(),
    "words": lambda value: str(value).split(),
    "true": lambda value: True,
    "day": lambda value: str(value)[:10],
}


def _changed(get: Get, name: str) -> Get:
    change = CHANGES[name]

    def changed(values: Values) -> Any:
        value = get(values)
        return None if value is None else change(value)

    return changed


def _or_else(get: Get, otherwise: Any) -> Get:
    return lambda values: otherwise if (value := get(values)) is None else value


def _when(get: Get, source: Mapping[str, Any]) -> Get:
    if "when" not in source:
        return get
    holds = _condition(source["when"])
    return lambda values: get(values) if holds(values) else None


def _condition(spec: Mapping[str, Any]) -> Callable[[Values], bool]:
    """`{column, is = [...]}`, `{column, is_not = [...]}` or `{column, filled = true}`; nothing always holds."""
    if not spec:
        return lambda values: True
    name = spec["column"]
    if "is" in spec:
        wanted = frozenset(spec["is"])
        return lambda values: values.get(name) in wanted
    if "is_not" in spec:
        unwanted = frozenset(spec["is_not"])
        return lambda values: values.get(name) not in unwanted
    filled = bool(spec["filled"])
    return lambda values: (values.get(name) is not None) == filled
