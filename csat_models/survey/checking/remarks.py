"""What a user should know of responses that nothing is wrong with."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from csat_models.survey.checking.short_scales import describe_short_scale
from csat_models.survey.codebooks.codebook import Codebook
from csat_models.survey.codebooks.questions import Item, Text
from csat_models.survey.formats.table import name_some
from csat_models.survey.intake.responses import Responses

# A scale of which the answers leave this many steps at one end unused may be declared wrongly.
_UNUSED_STEPS = 3
_CHINESE = re.compile("[\u3400-\u9fff]")
_WORDS = re.compile(r"[A-Za-z]{3}")


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
        part; persons without any answer; an item that the codebook gives to
        another construct than the model; what :func:`codebook_remarks` tells.
    """
    items = list(dict.fromkeys(item for each in constructs.values() for item in each))
    yield from _remark_scales(responses, items)
    silent = int((responses.frame[items].notna().sum(axis=1) == 0).sum()) if items else 0
    if silent:
        yield (
            f"{silent} of {len(responses.frame)} persons gave no valid answer to any item of the "
            "model; see whether they are interviews that were broken off, and remove them if so"
        )
    for construct, members in constructs.items():
        for item in members:
            declared = responses.codebook.items[item].construct
            if declared not in (None, construct):
                yield (
                    f"item '{item}' measures '{construct}' in the model but '{declared}' in "
                    "the codebook; the model decides"
                )
    yield from codebook_remarks(responses.codebook)


def _remark_scales(responses: Responses, items: Sequence[str]) -> Iterator[str]:
    declared = responses.codebook.items
    highest = {name: np.nanmax(s) for name in items if (s := _scores(responses, name)).size}
    if not highest:
        return
    top, end = max(highest.values()), max(declared[name].scale[1] for name in items)
    if end - top >= _UNUSED_STEPS:
        yield (
            f"no answer is above {top:g}, but the scale ends at {end:g}; "
            "if the questionnaire's scale is shorter, correct 'scale' in the codebook"
        )
        return
    for name in items:
        doubt = describe_short_scale(_as_asked(_scores(responses, name), declared[name]),
                                     declared[name].scale)  # fmt: skip
        if doubt is not None:
            yield (
                f"{name}: {doubt} If so, correct 'scale' in the codebook, or 'scales' of the "
                "questionnaire's version"
            )


def _scores(responses: Responses, name: str) -> NDArray[np.float64]:
    scores: NDArray[np.float64] = responses.frame[name].to_numpy(dtype=np.float64)
    return scores[~np.isnan(scores)]


def _as_asked(scores: NDArray[np.float64], item: Item) -> NDArray[np.float64]:
    turned: NDArray[np.float64] = sum(item.scale) - scores
    return turned if item.reversed else scores


def codebook_remarks(codebook: Codebook) -> Iterator[str]:
    """Tell what a codebook leaves open although every file can be read with it.

    Parameters
    ----------
    codebook : Codebook

    Yields
    ------
    str
        One sentence each: identifiers that are kept in clear without having
        been declared so; wordings that stand in one language only.

    Examples
    --------
    >>> book = Codebook.model_validate(
    ...     {"scale": [1, 10], "items": {"S1": {"text": {"zh": "满意", "en": "满意"}}}}
    ... )
    >>> list(codebook_remarks(book))
    ['1 wording is still to be translated: S1']
    """
    name = codebook.respondent_id
    if name is not None and codebook.pseudonymise is None:
        yield (
            f"the identifiers of '{name}' are kept in clear unless they look like telephone or "
            "identity numbers; write 'pseudonymise: true' into the codebook to hash them, or "
            "'pseudonymise: false' if they lead to nobody"
        )
    open_ones = [name for name, text in _wordings(codebook) if _is_untranslated(text)]
    if open_ones:
        what = "wording is" if len(open_ones) == 1 else "wordings are"
        yield f"{len(open_ones)} {what} still to be translated: {name_some(open_ones)}"


def _wordings(codebook: Codebook) -> Iterator[tuple[str, Text]]:
    """Yield the wordings that a draft leaves to be translated and a reader sees."""
    yield from ((name, item.text) for name, item in codebook.items.items())
    for name, attribute in codebook.attributes.items():
        if attribute.kind != "identifier":
            yield name, attribute.label


def _is_untranslated(text: Text) -> bool:
    """Tell whether one wording, of some length or in Chinese, stands for both languages."""
    return text.zh == text.en and bool(_CHINESE.search(text.en) or _WORDS.search(text.zh))
