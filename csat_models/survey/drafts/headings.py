"""Names for the columns of a file whose headings are whole questions."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from csat_models.model.syntax import is_name

_LONGEST = 20
_NUMBER = re.compile(
    r"(?P<letters>[A-Za-z]{0,3})(?P<digits>\d{1,3}(?:[._-]\d{1,2})?)\s*(?:[.、:：)）．\s]|$)"
)


def name_headings(headings: Iterable[str], reserved: Collection[str] = ()) -> dict[str, str]:
    """Give every heading a name that models and params can hold.

    Parameters
    ----------
    headings : iterable of str
        Of a file, each once.
    reserved : collection of str
        Names that stand for something else, such as constructs.

    Returns
    -------
    dict of str to str
        Heading to name, in order. One that is a name keeps it; else it gets
        the question's number, a short heading its words, and a long one its
        place in the file.

    Examples
    --------
    >>> name_headings(["SAT1", "3. Are you satisfied?", "Age group", "How likely will you return?"])
    ... # doctest: +NORMALIZE_WHITESPACE
    {'SAT1': 'SAT1', '3. Are you satisfied?': 'Q3', 'Age group': 'Age_group',
     'How likely will you return?': 'Q4'}
    """
    listed = list(headings)
    kept = {heading for heading in listed if is_name(heading)} - set(reserved)
    taken = {*reserved, *kept}
    names = {}
    for place, heading in enumerate(listed, start=1):
        names[heading] = heading if heading in kept else _free(_name(heading, place), taken)
        taken.add(names[heading])
    return names


def _name(heading: str, place: int) -> str:
    numbered = _NUMBER.match(heading)
    if numbered is not None:
        return (numbered["letters"] or "Q") + re.sub("[.-]", "_", numbered["digits"])
    words = re.sub(r"\W+", "_", heading).strip("_")
    short = words != heading and len(words) <= _LONGEST and is_name(words)
    return words if short else f"Q{place}"


def _free(name: str, taken: Collection[str]) -> str:
    count = 2
    free = name
    while free in taken:
        free, count = f"{name}_{count}", count + 1
    return free
