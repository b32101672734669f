"""The ways in which clerks and systems get a person's details wrong, one small function each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from careweave.demonstration import days

NEAR = {
    "a": "es", "b": "vn", "c": "ksx", "d": "sf", "e": "ai", "f": "gd", "g": "fh", "h": "gj", "i": "ey", "j": "kh",
    "k": "cl", "l": "k", "m": "n", "n": "m", "o": "pu", "p": "ob", "q": "w", "r": "te", "s": "zc", "t": "ry", "u": "oi",
    "v": "bw", "w": "vq", "x": "zs", "y": "i", "z": "sx",
}  # fmt: skip


def misspelt(rng: np.random.Generator, name: str, also_written: Mapping[str, Sequence[str]]) -> str:
    """Another spelling where one is usual, else one slip of the hand; the first letter mostly stays."""
    usual = also_written.get(name)
    if usual and rng.random() < 0.6:
        return str(usual[int(rng.integers(len(usual)))])
    if len(name) < 3:
        return name + name[-1:].lower()
    place = int(rng.integers(1, len(name)))
    slip = int(rng.integers(4))
    if slip == 0:
        changed = name[:place] + name[place + 1 :]
    elif slip == 1:
        changed = name[:place] + name[place] + name[place:]
    elif slip == 2 and place > 1:
        changed = name[: place - 1] + name[place] + name[place - 1] + name[place + 1 :]
    else:
        options = NEAR.get(name[place].lower(), "e")
        changed = name[:place] + options[int(rng.integers(len(options)))] + name[place + 1 :]
    return changed if changed != name else name[:place] + name[place + 1 :]


def day_and_month_swapped(day: int) -> int:
    """The same day where the swap makes no date or no difference."""
    date = days.as_date(day)
    if date.day > 12 or date.day == date.month:
        return day
    return days.number(date.replace(month=date.day, day=date.month))


def wrong_year(rng: np.random.Generator, day: int, latest: int) -> int:
    date = days.as_date(day)
    step = int(rng.choice([-10, -1, 1, 10]))
    if date.month == 2 and date.day == 29:
        date = date.replace(day=28)
    moved = days.number(date.replace(year=date.year + step))
    return moved if moved <= latest else days.number(date.replace(year=date.year - abs(step)))


def wrong_day(rng: np.random.Generator, day: int, latest: int) -> int:
    """A digit of the day of the month is wrong."""
    date = days.as_date(day)
    step = int(rng.choice([-10, -3, -1, 1, 3, 10]))
    moved = min(max(date.day + step, 1), 28)
    if moved == date.day:
        moved = date.day % 28 + 1
    answer = days.number(date.replace(day=moved))
    return answer if answer <= latest else day - 1


def misspelt_postcode(rng: np.random.Generator, postcode: str) -> str:
    if len(postcode) < 5:
        return postcode
    place = int(rng.integers(len(postcode) - 2, len(postcode)))
    letters = "ABDEFGHJLNPQRSTUWXYZ"
    other = letters[int(rng.integers(len(letters)))]
    return postcode[:place] + (other if other != postcode[place] else "X") + postcode[place + 1 :]


def baby_name(female: bool, twin: int) -> str:
    """What a ward writes before a name is chosen."""
    word = "Baby Girl" if female else "Baby Boy"
    return f"{word} {twin}" if twin else word
