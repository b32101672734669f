"""Conditions that read the body by JSON path, for what is not kept beside it. Every value travels as a variable."""

from __future__ import annotations

import json
from collections.abc import Sequence

from ..indexing.parameters import Parameter
from ..indexing.query import Amount, InBody, Value
from ..indexing.values import Coded
from .scope import Row, Values

_COMPARED = {
    "eq": "@.value >= $low && @.value < $high",
    "ne": "@.value < $low || @.value >= $high",
    "gt": "@.value > $value",
    "sa": "@.value > $value",
    "lt": "@.value < $value",
    "eb": "@.value < $value",
    "ge": "@.value >= $value",
    "le": "@.value <= $value",
    "ap": "@.value >= $low && @.value <= $high",
}
_CODINGS = {"CodeableConcept": (("coding",), "code"), "Coding": ((), "code"), "Identifier": ((), "value")}


def json_path(path: Sequence[str]) -> str:
    return ".".join(("$", *(f'"{step}"' for step in path)))


def in_body(clause: InBody, row: Row, values: Values) -> str:
    tests = [_test(clause, value, row, values) for value in clause.any_of]
    return f"{'NOT ' if clause.negated else ''}({' OR '.join(tests)})"


def _test(clause: InBody, value: Value, row: Row, values: Values) -> str:
    if clause.how == "words" and isinstance(value, str):
        return _words(clause.parameter, value, row, values)
    paths, variables = _paths(clause, value)
    said = values.add(_variables(variables))
    tests = (
        f"jsonb_path_exists({row.name}.body, {values.add(path)}::jsonpath, {said}::jsonb)" for path in paths
    )
    return f"({' OR '.join(tests)})"


def _paths(clause: InBody, value: Value) -> tuple[list[str], dict[str, object]]:
    parameter = clause.parameter
    ends = [json_path(path) for path, _ in parameter.paths]
    match clause.how, value:
        case "amount", Amount():
            test = _amount(value, "@.value" if parameter.kind == "quantity" else "@")
            return [f"{end} ? ({test})" for end in ends], _said(value)
        case "uri", str():
            return [f"{end} ? (@ == $code)" for end in ends], {"code": value}
        case "type", (str(system), str(code), str(number)):
            typed = 'exists(@."type"."coding" ? (@."system" == $system && @."code" == $code))'
            variables: dict[str, object] = {"system": system, "code": code, "value": number}
            return [f'{end} ? (@."value" == $value && {typed})' for end in ends], variables
        case "identifier", (system, str(code)):
            coded = (system, code)
            return [f'{end}."identifier" ? ({_coded(coded, "value")})' for end in ends], _pair(coded)
        case "coded", (system, str(code)):
            coded = (system, code)
            return [
                _coding(end, kind, coded) for end, (_, kind) in zip(ends, parameter.paths, strict=True)
            ], _pair(coded)
        case "pair", ((system, str(code)), second):
            return _composite(parameter, (system, code), second)
    raise ValueError(f"no way to read {clause.how} from a body")


def _coding(end: str, kind: str, coded: Coded) -> str:
    inner, name = _CODINGS[kind]
    return f"{end}{''.join(f'.{json_path((step,))[2:]}' for step in inner)} ? ({_coded(coded, name)})"


def _coded(coded: Coded, name: str, variable: str = "") -> str:
    """A system of None is any; an empty one is none."""
    test = f'@."{name}" == ${variable}code'
    if coded[0] is None:
        return test
    system = f'@."system" == ${variable}system' if coded[0] else '!exists(@."system")'
    return f"{test} && {system}"


def _pair(coded: Coded, variable: str = "") -> dict[str, object]:
    named: dict[str, object] = {f"{variable}code": coded[1]}
    return named | ({f"{variable}system": coded[0]} if coded[0] else {})


def _amount(amount: Amount, value: str) -> str:
    test = f"({_COMPARED[amount.prefix].replace('@.value', value)})"
    if amount.unit and amount.system:
        return f'{test} && @."system" == $unitsystem && @."code" == $unit'
    if amount.unit:
        return f'{test} && (@."code" == $unit || @."unit" == $unit)'
    return test


def _said(amount: Amount) -> dict[str, object]:
    return {
        "value": amount.value,
        "low": amount.low,
        "high": amount.high,
        "unit": amount.unit,
        "unitsystem": amount.system,
    }


def _composite(
    parameter: Parameter, first: Coded, second: Coded | Amount
) -> tuple[list[str], dict[str, object]]:
    variables = _pair(first) | (_said(second) if isinstance(second, Amount) else _pair(second, "second"))
    paths = []
    for at, code, held in parameter.pairs:
        for value in held:
            if isinstance(second, Amount):
                fits = f'exists(@."{value}" ? ({_amount(second, "@.value")}))'
            else:
                fits = f'exists(@."{value}"."coding" ? ({_coded(second, "code", "second")}))'
            coded = f'exists(@."{code}"."coding" ? ({_coded(first, "code")}))'
            paths.append(f"{json_path(at)} ? ({coded} && {fits})")
    return paths, variables


def _variables(said: dict[str, object]) -> str:
    """As JSON whose numbers are exactly what was written."""
    parts = (
        f"{json.dumps(name)}: {json.dumps(value) if isinstance(value, str) else format(value, 'f')}"
        for name, value in said.items()
    )
    return f"{{{', '.join(parts)}}}"


def _words(parameter: Parameter, wanted: str, row: Row, values: Values) -> str:
    """How the code is called, from its start: its text, or what a coding displays."""
    ends = {"CodeableConcept": (("text",), ("coding", "display")), "Coding": (("display",),)}
    ends["Identifier"] = (("type", "text"),)
    paths = [(*path, *end) for path, kind in parameter.paths for end in ends.get(kind, ())]
    if not paths:
        return "false"
    pattern = values.add(wanted.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%")
    tests = (
        f"EXISTS (SELECT 1 FROM jsonb_path_query({row.name}.body, {values.add(json_path(path))}::jsonpath) AS w"
        f" WHERE lower(w #>> '{{}}') LIKE {pattern})"
        for path in paths
    )
    return f"({' OR '.join(tests)})"
