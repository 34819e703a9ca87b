"""Where a project's params, notebooks, data and outputs lie."""

from __future__ import annotations

import os
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Self

from csat_models.errors import ParamsError

VARIABLE = "CSAT_PROJECT"
_SUFFIXES = (".yml", ".yaml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A folder with ``params/`` and ``notebooks/``.

    Attributes
    ----------
    root : Path
        The folder, absolute and without symbolic links.
    """

    root: Path

    @classmethod
    def find(cls, start: Path | None = None) -> Self:
        """Find the project that a process works in.

        The environment variable ``CSAT_PROJECT`` decides; without it the
        first folder upwards from `start` that has ``params/`` and
        ``notebooks/``; else the checkout that csat_models was installed from.

        Parameters
        ----------
        start : Path, optional
            Where the search begins; the working directory if absent.

        Raises
        ------
        ParamsError
            There is no such folder.
        """
        if named := os.environ.get(VARIABLE):
            return cls.at(Path(named))
        here = (start or Path.cwd()).resolve()
        checkout = Path(__file__).resolve().parents[2]
        for folder in (here, *here.parents, checkout):
            if _is_project(folder):
                return cls(root=folder)
        raise ParamsError(
            f"neither {here} nor a folder above it is a project with params/ and notebooks/; "
            f"change into one or set {VARIABLE}",
            folder=here,
        )

    @classmethod
    def holding(cls, study: str | Path) -> Self:
        """Find the project that a study belongs to.

        Parameters
        ----------
        study : str or Path
            Its name, or its params file, around which the search begins if
            it exists.

        Raises
        ------
        ParamsError
            There is no such project.
        """
        file = Path(study)
        is_file = str(study).endswith(_SUFFIXES) and file.is_file()
        return cls.find(file.resolve().parent if is_file else None)

    @classmethod
    def at(cls, root: Path) -> Self:
        """Return the project in a given folder.

        Raises
        ------
        ParamsError
            The folder has no ``params/`` or no ``notebooks/``.
        """
        if not _is_project(root):
            raise ParamsError(
                f"{root} is no project: it needs the folders params/ and notebooks/", folder=root
            )
        return cls(root=root.resolve())

    @property
    def params(self) -> Path:
        """The folder of params files."""
        return self.root / "params"

    @property
    def notebooks(self) -> Path:
        """The folder of notebooks."""
        return self.root / "notebooks"

    def outputs(self, study: str) -> Path:
        """Return the folder that a study's results go to."""
        return self.root / "outputs" / study

    def processed(self, study: str) -> Path:
        """Return the folder of a study's intermediate results."""
        return self.root / "data" / "processed" / study

    def relative(self, path: Path) -> str:
        """Return a path as messages show it: from the project's root where it lies inside."""
        absolute = Path(os.path.abspath(path))
        if absolute.is_relative_to(self.root):
            return absolute.relative_to(self.root).as_posix()
        return str(absolute)

    def inside(self, text: str) -> Path | None:
        """Return the absolute path of a relative one, or None if it leaves the project.

        Parameters
        ----------
        text : str
            A relative path without ``..``, as params files have it. Links
            are followed, and must not lead out of the project either.
        """
        path = Path(text)
        if path.is_absolute() or ".." in path.parts or "\\" in text or "\0" in text:
            return None
        resolved = (self.root / path).resolve()
        return resolved if resolved.is_relative_to(self.root) else None

    def params_file(self, study: str | Path) -> Path:
        """Find the params file of a study.

        Parameters
        ----------
        study : str or Path
            The study's name (``"2024"``) or its params file, relative to the
            working directory, where that is inside the project, or to the
            project.

        Returns
        -------
        Path
            The file; its stem is the study's name.

        Raises
        ------
        ParamsError
            There is no such file.
        """
        text = str(study)
        here = Path(os.path.abspath(text))
        nearest = here if here.resolve().is_relative_to(self.root) else self.root / text
        by_path = [nearest, self.root / text] if text.endswith(_SUFFIXES) else []
        by_name = [self.params / f"{text}{suffix}" for suffix in _SUFFIXES]
        for candidate in (*by_path, *(by_name if Path(text).name == text else [])):
            if candidate.is_file():
                return candidate
        raise ParamsError(_no_such_study(text, self.studies()), study=text)

    def studies(self) -> tuple[str, ...]:
        """Return the names that ``params/`` offers, sorted."""
        found = (path for path in self.params.glob("*") if path.suffix in _SUFFIXES)
        return tuple(sorted(path.stem for path in found if not path.stem.startswith("codebook")))


def _is_project(folder: Path) -> bool:
    return (folder / "params").is_dir() and (folder / "notebooks").is_dir()


def _no_such_study(text: str, studies: tuple[str, ...]) -> str:
    close = get_close_matches(Path(text).stem, studies, n=1)
    hint = f"did you mean '{close[0]}'?" if close else f"params/ has: {', '.join(studies) or '-'}"
    return f"there is no study '{text}' ({hint}); write params/{Path(text).stem}.yml first"
