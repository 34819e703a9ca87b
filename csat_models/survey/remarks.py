"""What a user should know of responses that nothing is wrong with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from csat_models.survey.responses import Responses

# A scale of which the answers leave this many steps at one end unused may be declared wrongly.
_UNUSED_STEPS = 3


def with_known_cells(responses: Responses, by: Sequence[str]) -> Responses:
    """Leave out respondents whose cell is not known, and say so in the log.

    Parameters
    ----------
    responses : Responses
        n rows.
    by : sequence of str
        Columns whose combinations are the cells.

    Returns
    -------
    Responses
        The rows with a value in every column of `by`; the same object where
        that is all of them.
    """
    known = responses.frame[list(by)].notna().all(axis=1).to_numpy()
    if known.all():
        return responses
    lacking = int((~known).sum())
    sentence = f"{lacking} rows without {' or '.join(by)} left out"
    return responses.keep_rows(known, sentence)


def remarks(responses: Responses, constructs: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Tell what looks odd but may be meant.

    Parameters
    ----------
    responses : Responses
    constructs : mapping of str to sequence of str
        The model's constructs and their items.

    Yields
    ------
    str
        One sentence each: an answer scale that the answers fill only in
        part; an item that the codebook gives to another construct than the
        model.
    """
    items = [item for each in constructs.values() for item in each]
    highest = max(float(np.nanmax(responses.frame[item])) for item in items)
    ends = [responses.codebook.items[item].scale[1] for item in items]
    if max(ends) - highest >= _UNUSED_STEPS:
        yield (
            f"no answer is above {highest:g}, but the scale ends at {max(ends):g}; "
            "if the questionnaire's scale is shorter, correct 'scale' in the codebook"
        )
    for construct, members in constructs.items():
        for item in members:
            declared = responses.codebook.items[item].construct
            if declared not in (None, construct):
                yield (
                    f"item '{item}' measures '{construct}' in the model but '{declared}' in "
                    "the codebook; the model decides"
                )
