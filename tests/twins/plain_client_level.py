"""The official tables of Client Level Data in plain Python, person by person: the oracle of the expressions."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from typing import Any

from careweave.warehouse.client_level.definition import Rules, folded
from careweave.warehouse.client_level.events import CODED, STATED, TYPES, Period

Row = dict[str, Any]
LATE, EARLY = date(9999, 12, 31), date(1, 1, 1)


def cleaned(rows: Iterable[Row]) -> list[Row]:
    return [
        {**row, **{name: folded(row[name] or "") for name in (*CODED, *STATED)}, "sent": _sent(row)}
        for row in rows
    ]


def _sent(row: Row) -> str:
    """What an event is known by beside council, person and first day: its codes in one text, as they came."""
    is_request = folded(row["type"] or "") == "request"
    names = ("client", "route") if is_request else ("client", "service", "component", "delivery")
    return "".join(row[name] or "" for name in names).rstrip().lower()


def identified(rows: list[Row]) -> list[Row]:
    taken = {row["local"] for row in rows if row["nhs"] and row["local"]}
    found = []
    for row in rows:
        id = row["nhs"] or (None if row["local"] in taken else row["local"])
        if id:
            found.append({**row, "id": id})
    return found


def latest(rows: list[Row], types: tuple[str, ...], until: date) -> list[Row]:
    kept = [row for row in rows if row["type"] not in types]
    editions: dict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        if row["type"] in types and row["received"] <= until:
            editions[row["type"], row["la"], row["id"], row["start"], row["sent"]].append(row)
    for same in editions.values():
        kept += [row for row in same if row["received"] == max(each["received"] for each in same)]
    return kept


def age_on(row: Row, day: date) -> int:
    return int((day - row["birth_month"]).days / 365.25 // 1)


def islands(rows: list[Row], gap: int) -> Iterator[tuple[tuple[str, str], int, list[Row]]]:
    """Whose, its number and the events, joined while the next begins within `gap` days of the end of the one before it.

    Each council's are numbered from 1; two councils' events of one person with the same days have each other's number too.
    """
    numbers: dict[Any, set[int]] = defaultdict(set)
    for (_, id), events in by_person(rows).items():
        number, previous = 0, None
        for start, end in sorted({(row["start"], row["end"]) for row in events}):
            number += previous is None or (start - previous).days > gap
            previous = end
            numbers[id, start, end].add(number)
    found: dict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        for number in numbers[row["id"], row["start"], row["end"]]:
            found[(row["la"], row["id"]), number].append(row)
    for (who, number), events in found.items():
        yield who, number, events


def by_person(rows: Iterable[Row]) -> dict[tuple[str, str], list[Row]]:
    found: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        found[row["la"], row["id"]].append(row)
    return found


def ended_with(rows: list[Row], rules: Rules) -> list[Row]:
    """Of the events of a cluster, those whose outcome outranks the others."""
    order = {code: place for place, code in enumerate(rules.lists["outcomes"])}
    best = min((order.get(row["outcome"], 99) for row in rows), default=99)
    return [row for row in rows if order.get(row["outcome"], 99) == best]


def last_day(rows: list[Row]) -> list[Row]:
    return [row for row in rows if row["end"] == max(each["end"] for each in rows)]


def has_long_term(begun: date, events: list[Row], rules: Rules) -> bool:
    return any(
        row["service"] in rules.lists["long_term"] and row["start"] <= begun <= (row["end"] or LATE)
        for row in events
    )


def chain_after(
    begun: date, ended: date, events: list[Row], is_itself: Callable[[Row], bool], first: int, gap: int
) -> tuple[list[Row], list[Row]]:
    """(all later events, those in an unbroken chain from the end); another of its own kind breaks the chain."""
    later = [row for row in events if row["start"] >= ended]
    opening = min((row["start"] for row in later), default=LATE)
    later = [row for row in later if not (is_itself(row) and (row["start"] == begun or row["end"] == ended))]
    later.sort(key=lambda row: (row["start"], row["end"] or LATE))
    if not later:
        return [], []
    previous, gap_on, stops = None, LATE, [LATE]
    for row in later:
        if previous and (row["start"] - previous).days > gap:
            gap_on = min(gap_on, row["start"])
        previous = row["end"]
    for row in later:
        beyond = row["start"] >= gap_on
        if row["start"] == opening:
            out = row["end"] is not None and (beyond or (row["start"] - ended).days > first)
        else:
            out = beyond
        if out or is_itself(row):
            stops.append(row["start"])
    return later, [row for row in later if row["start"] < min(stops)]


def end_of(chain: list[Row], is_end: Callable[[Row], bool], strict: bool) -> list[str] | None:
    """The outcomes of the events that ended last of those that say how it ended; None where none says."""
    ends = [row["end"] or EARLY for row in chain if is_end(row)]
    if not ends:
        return None
    last = {
        (row["type"], row["start"], row["end"], row["outcome"])
        for row in chain
        if (row["end"] or EARLY) == max(ends) and (is_end(row) or not strict)
    }
    return [outcome for *_, outcome in last]


def best_service(chain: list[Row], order: Iterable[str]) -> str | None:
    return next((code for code in order if any(row["service"] == code for row in chain)), None)


Ways = list[tuple[int, str | None, Any]]  # kind, sequel, and what makes two that are alike one


def _requests(rows: list[Row], rules: Rules, period: Period) -> Iterator[Any]:
    """(la, id), the days, the ends, all later events and the chain, of each request of a new client."""
    known = [
        row
        for row in cleaned(rows)
        if row["client"] == "service user"
        and row["type"] in TYPES
        and row["start"] <= period.end
        and row["birth_month"]
        and (row["died"] is None or row["died"] >= period.start)
    ]
    every = latest(identified(known), ("service", "request"), period.until)
    people = by_person(every)
    asked = [{**row, "end": row["end"] or period.today} for row in every if row["type"] == "request"]
    for who, number, cluster in islands(asked, rules.days["request_gap"]):
        within = [row for row in cluster if period.start <= row["end"] <= period.end]
        if not within:
            continue
        begun, ended = min(row["start"] for row in cluster), max(row["end"] for row in within)
        last = last_day(within)
        if has_long_term(begun, people[who], rules):
            last = [row for row in last if not (row["outcome"] and row["route"])]
        ends = {
            (age_on(row, period.end), row["route"], row["outcome"])
            for row in ended_with(last, rules)
            if row["route"]
        }
        later, chain = chain_after(
            begun,
            ended,
            people[who],
            lambda row: row["type"] == "request",
            rules.days["request_first"],
            rules.days["sequel_gap"],
        )
        if ends:
            yield who, (number, begun, ended), sorted(ends), later, chain


def requests(rows: list[Row], rules: Rules, period: Period) -> Counter[Any]:
    found: Counter[Any] = Counter()
    once: set[Any] = set()
    for who, (number, *days), ends, later, chain in _requests(rows, rules, period):
        for age, route, outcome in ends:
            for kind, sequel, key in _after_request(outcome, len(ends), later, chain, rules):
                about = (*who, age, route, kind, sequel)
                if kind == 1:
                    found[about] += sum(each[1] == route for each in ends)
                else:
                    places = {3: (), 5: tuple(days)}
                    once.add((about, key, *places.get(kind, (number,))))
    return found + Counter(about for about, *_ in once)


def _after_request(outcome: str, ends: int, later: list[Row], chain: list[Row], rules: Rules) -> Ways:
    words = rules.request_ends
    unclassified = dict.fromkeys(rules.lists["unclassified"], "Unable_To_Classify")
    last = {**words, **unclassified}.get(outcome)
    first = (1, "No_Chronology_" + words.get(outcome, "Unable_To_Classify"), outcome)
    outside = (5, "No_Chronology_" + last if last else None, outcome)
    if not later:
        return [first]
    if not chain:
        return [outside] if outcome else [first, outside]
    service = best_service(chain, rules.after_request)
    told = end_of(chain, lambda row: row["outcome"] in words, strict=False)
    if service:
        found = (2, rules.words[service], outcome)
    elif told is not None:
        one = told[0] if len(told) * ends == 1 else rules.codes["other_end"]
        found = (3, words[one], one)
    else:
        found = (4, "No Service Found" + ("_" + words[outcome] if outcome in words else ""), outcome)
    return [found] if outcome else [first, found, outside]


def into_reablement(rows: list[Row], rules: Rules, period: Period) -> set[Any]:
    code = rules.codes["reablement"]
    return {
        (*who, row["start"])
        for who, _, _, _, chain in _requests(rows, rules, period)
        for row in chain
        if row["service"] == code
    }


def _reablement(rows: list[Row], rules: Rules, period: Period) -> tuple[list[Row], list[Row]]:
    """Every event, and the spells of reablement, which end today where they have no end."""
    known = [
        row
        for row in cleaned(rows)
        if row["client"] == "service user" and row["type"] in TYPES and row["start"] <= period.end
    ]
    every = latest(identified(known), ("service",), period.until)
    return every, [
        {**row, "end": row["end"] or period.today}
        for row in every
        if row["type"] == "service"
        and row["service"] == rules.codes["reablement"]
        and (row["died"] is None or row["died"] >= period.start)
    ]


def reablements(rows: list[Row], rules: Rules, period: Period) -> Counter[Any]:
    begun = into_reablement(rows, rules, period)
    every, spells = _reablement(rows, rules, period)
    people, code, once = by_person(every), rules.codes["reablement"], set[Any]()
    mine = [row for row in spells if (row["la"], row["id"], row["start"]) in begun]
    for who, number, cluster in islands(mine, rules.days["reablement_gap"]):
        ended = max(row["end"] for row in cluster)
        if not period.start <= ended <= period.end:
            continue
        ends = {row["outcome"] for row in ended_with(last_day(cluster), rules)}
        later, chain = chain_after(
            min(row["start"] for row in cluster),
            ended,
            people[who],
            lambda row: row["service"] == code,
            rules.days["reablement_first"],
            rules.days["sequel_gap"],
        )
        for outcome in ends:
            for kind, sequel, key in _after_reablement(outcome, len(ends), later, chain, rules):
                once.add(((*who, kind, sequel), key, 0 if kind == 3 else number))
    return Counter(about for about, *_ in once)


def _after_reablement(outcome: str, ends: int, later: list[Row], chain: list[Row], rules: Rules) -> Ways:
    listed = {**rules.reablement_ends, **rules.reablement_services, "no service found": "No Service Found"}
    is_planned = outcome == rules.codes["ended_as_planned"]
    by_itself = (
        rules.planned_end if is_planned else "No_Chronology_" + listed.get(outcome, "Unable_To_Classify")
    )
    first, outside = (1, by_itself, outcome), (5, by_itself, outcome)
    if not later:
        return [first]
    if not chain:
        return [outside] if outcome else [first, outside]
    service = best_service(chain, rules.after_reablement)
    told = end_of(chain, lambda row: row["outcome"].startswith("nfa"), strict=True)
    found: tuple[int, str | None, Any]
    if service:
        found = (2, rules.reablement_services[service], outcome)
    elif told is not None:
        one = told[0] if len(told) * ends == 1 else rules.codes["other_end"]
        found = (3, rules.reablement_ends.get(one), one)
    elif outcome.startswith("nfa"):
        found = (4, listed.get(outcome), outcome)
    else:
        found = (4, rules.planned_end_after_events if is_planned else "No Service Found", outcome)
    return [found] if outcome else [first, found, outside]


def new_in_care_homes(rows: list[Row], rules: Rules, period: Period) -> set[Any]:
    day = period.end + timedelta(days=1)
    known = [
        row
        for row in cleaned(rows)
        if row["type"] == "service"
        and row["client"] == "service user"
        and row["service"] in rules.lists["care_homes"]
        and row["birth_month"]
    ]
    mine, held = identified(known), []
    editions: dict[Any, list[Row]] = defaultdict(list)
    for row in mine:
        if row["received"] <= period.until:
            editions[row["la"], row["id"], row["start"], row["sent"]].append(row)
    for row in mine:
        same = editions[row["la"], row["id"], row["start"], row["sent"]]
        last = [each for each in same if each["received"] == max(one["received"] for one in same)]
        is_closed = bool(last) and all(each["end"] and each["end"] < day for each in last)
        if (row["end"] is None or row["end"] >= day) and not is_closed:
            held.append(row)
    before = {row["id"] for row in held if row["start"] < period.start}
    return {
        (row["la"], row["id"], age_on(row, day))
        for row in held
        if period.start <= row["start"] < day and row["id"] not in before
    }


def _last_files(rows: list[Row], period: Period) -> list[Row]:
    sent = [row for row in rows if period.end <= row["received"] <= period.until]
    newest: dict[str, date] = {}
    for row in sent:
        newest[row["la"]] = max(row["received"], newest.get(row["la"], EARLY))
    return [row for row in sent if row["received"] == newest[row["la"]]]


def _supported(rows: list[Row], settings: Iterable[str], first: date, period: Period) -> list[Row]:
    return [
        row
        for row in cleaned(_last_files(rows, period))
        if row["client"] == "service user"
        and row["service"] in settings
        and row["start"] <= period.end
        and (row["end"] is None or row["end"] >= first)
        and (row["died"] is None or row["died"] >= first)
    ]


def living(rows: list[Row], rules: Rules, period: Period) -> set[Any]:
    mine = identified(_supported(rows, rules.lists["settled_among"], period.start, period))
    found = set()
    for who, events in by_person(mine).items():
        found |= _status(who, events, "accommodation", rules)
    return found


def _status(who: tuple[str, str], events: list[Row], column: str, rules: Rules) -> set[Any]:
    last = [row for row in events if row["start"] == max(each["start"] for each in events)]
    known = [row for row in last if row[column] not in ("", rules.codes["unknown"])]
    by_gender: dict[str, set[str]] = defaultdict(set)
    for row in known or last:
        by_gender[row["gender"]].add(row[column])
    return {
        (*who, gender, status if len(told) == 1 or not gender else rules.codes["unknown"])
        for gender, told in by_gender.items()
        for status in told
    }


def learning_disability(rows: list[Row], rules: Rules, period: Period, column: str) -> set[Any]:
    lists = {"employment": rules.lists["employment"]}
    lists["accommodation"] = (*rules.lists["settled"], *rules.lists["unsettled"])
    held = [
        row
        for row in _supported(rows, rules.lists["long_term"], period.start, period)
        if row["type"] == "service"
        and row["reason"] == rules.codes["learning_disability"]
        and row["birth_month"]
        and 18 <= age_on(row, period.end) <= 64
    ]
    valid = [row for row in identified(held) if row[column] in lists[column]]
    found = set()
    newest: dict[str, date] = {}
    for row in valid:
        newest[row["id"]] = max(row["start"], newest.get(row["id"], EARLY))
    for who, events in by_person(row for row in valid if row["start"] == newest[row["id"]]).items():
        found |= _status(who, events, column, rules)
    return found


def of_existing_clients(rows: list[Row], rules: Rules, period: Period) -> Counter[Any]:
    every, spells = _reablement(rows, rules, period)
    people, found = by_person(every), Counter[Any]()
    for who, _, cluster in islands(spells, rules.days["reablement_gap"]):
        last = last_day(cluster)
        if (
            period.start <= last[0]["end"] <= period.end
            and any(row["outcome"] for row in last)
            and has_long_term(min(row["start"] for row in cluster), people[who], rules)
        ):
            found[who] += 1
    return found


def carers(rows: list[Row], rules: Rules, period: Period) -> set[Any]:
    return {
        (*who, support)
        for who, support, _ in _supports(rows, rules, period, lambda row: _provided(row, rules))
    }


def carers_3d(rows: list[Row], rules: Rules, period: Period) -> set[Any]:
    paid: dict[str, dict[str, str]] = defaultdict(dict)
    for (la, id), support, ages in _supports(rows, rules, period, lambda row: _by_component(row, rules)):
        if support in rules.carers.paid and any(age is None or age > 17 for age in ages):
            paid[la][id] = support
    return {
        (
            la,
            sum(support in rules.carers.paid[:2] for support in mine.values()),
            sum(support == rules.carers.paid[0] for support in mine.values()),
            len(mine),
        )
        for la, mine in paid.items()
    }


def _supports(
    rows: list[Row], rules: Rules, period: Period, provided: Callable[[Row], str | None]
) -> Iterator[tuple[tuple[str, str], str, list[int | None]]]:
    known = [
        row
        for row in cleaned(_last_files(rows, period))
        if row["client"] in ("carer", "carer known by association")
        and row["type"] in ("request", "assessment", "service", "review")
        and row["start"] <= period.end
        and (row["end"] is None or row["end"] >= period.start)
        and (row["died"] is None or row["died"] >= period.start)
        and (
            "carer support" in row["service"]
            or (
                not row["service"] and ("advice" in row["outcome"] or row["type"] in ("assessment", "review"))
            )
        )
    ]
    for who, events in by_person(identified(known)).items():
        told = [(rules.carers.order.index(text), row) for row in events if (text := provided(row))]
        if told:
            best = min(place for place, _ in told)
            of_best = [row for place, row in told if place == best]
            ages = [age_on(row, period.end) if row["birth_month"] else None for row in of_best]
            yield who, rules.carers.order[best], ages


def _provided(row: Row, rules: Rules) -> str | None:
    words = dict(zip(rules.carers.deliveries, rules.carers.paid, strict=True))
    if "direct to carer" in row["service"]:
        return words.get(row["delivery"], rules.carers.unknown)
    if row["service"]:
        return rules.carers.none
    if row["type"] in ("assessment", "review"):
        return rules.carers.advice if "advice" in row["outcome"] else rules.carers.none
    return rules.carers.advice if row["type"] == "request" else None


def _by_component(row: Row, rules: Rules) -> str | None:
    if "direct to carer" in row["service"] and row["delivery"] != "direct payment":
        if row["component"] == "direct payment":
            return rules.carers.paid[0]
        if not row["component"]:
            without = {**row, "service": ""}
            return _provided(without, rules)
    return _provided(row, rules)


def supported_for_long(rows: list[Row], rules: Rules, period: Period) -> set[Any]:
    held = [
        row
        for row in cleaned(_last_files(rows, period))
        if row["client"] == "service user"
        and row["service"] in rules.lists["long_term"]
        and row["start"] <= period.end
        and (row["died"] is None or row["died"] >= period.end)
        and row["birth_month"]
    ]
    ended = [{**row, "end": row["end"] or period.today} for row in identified(held)]
    lasting: dict[Any, list[Row]] = defaultdict(list)
    for who, _, chain in islands(ended, rules.days["support_gap"]):
        if min(row["start"] for row in chain) < period.end.replace(year=period.end.year - 1):
            lasting[who] += [row for row in chain if row["end"] >= period.end]
    return {_placed(who, events, rules, True) for who, events in lasting.items() if events}


def clients_3d(rows: list[Row], rules: Rules, period: Period) -> set[Any]:
    held = [
        row for row in _supported(rows, rules.lists["long_term"], period.end, period) if row["birth_month"]
    ]
    home, found = rules.codes["community"], identified(held)
    least: dict[str, set[int]] = defaultdict(set)
    for (_, id), events in by_person(found).items():
        for row in events:
            if (row["service"], row["delivery"]) not in rules.settings:
                row["delivery"] = ""
            direct = row["component"] == "direct payment" and row["service"] == home
            row["place"] = rules.settings.index(
                (row["service"], "direct payment" if direct else row["delivery"])
            )
        least[id].add(min(row["place"] for row in events))
    counts: dict[str, list[int]] = {}
    for (la, id), events in by_person(found).items():
        best = [row for row in events if row["service"] == home and row["place"] in least[id]]
        if not best:
            continue
        directly = any("direct payment" in (row["component"], row["delivery"]) for row in best)
        managed = any(row["delivery"] == "cassr managed personal budget" for row in best)
        mine = counts.setdefault(la, [0, 0, 0])
        for number, is_so in enumerate((directly or managed, directly, True)):
            mine[number] += is_so
    return {(la, *mine) for la, mine in counts.items()}


def headcount(rows: list[Row], rules: Rules, period: Period, first: date) -> set[Any]:
    held = [row for row in _supported(rows, rules.lists["long_term"], first, period) if row["birth_month"]]
    return {_placed(who, events, rules) for who, events in by_person(identified(held)).items()}


def _placed(
    who: tuple[str, str], events: list[Row], rules: Rules, is_as_written: bool = False
) -> tuple[Any, ...]:
    for row in events:
        if (row["service"], row["delivery"]) not in rules.settings:
            row["delivery"] = ""
    place = min(rules.settings.index((row["service"], row["delivery"])) for row in events)
    best = [row for row in events if (row["service"], row["delivery"]) == rules.settings[place]]
    best = [row for row in best if row["reason"] not in ("", "unknown")] or best
    last = [row for row in best if row["start"] == max(each["start"] for each in best)]
    told = {
        row["reason"] if is_as_written or row["reason"] in rules.lists["reasons"] else "Invalid/NULL"
        for row in last
    }
    return (*who, *rules.settings[place], told.pop() if len(told) == 1 else "unknown")
