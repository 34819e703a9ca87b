"""The report: which chapters, figures and front matter the typesetter is handed."""

from __future__ import annotations

import datetime
import shutil
from pathlib import Path

import pytest

from csat_models.report.document import Document
from csat_models.workflow.params.loading import load_params
from csat_models.workflow.project import Project
from csat_models.workflow.running import publish
from csat_models.workflow.running.runs import Chapter, ReportJob

ROOT = Path(__file__).parents[3]
STUDY = "ecsi_mobile"

HEADING = {"kind": "heading", "text": "One", "level": 1}
METHOD = {"kind": "paragraph", "texts": {"zh": "法", "en": "how"}, "role": "method"}
FINDING = {"kind": "paragraph", "texts": {"zh": "果", "en": "what"}, "role": "finding"}
FIGURE = {"kind": "figure", "name": "levels", "caption": "Levels", "note": ""}
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"></svg>'


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    root = tmp_path / "project"
    (root / "notebooks").mkdir(parents=True)
    (root / "params").mkdir()
    for name in (f"{STUDY}.yml", "codebook_mobi.yml"):
        shutil.copy(ROOT / "params" / name, root / "params")
    monkeypatch.setenv("CSAT_PROJECT", str(root))
    return Project.at(root)


def edit(project: Project, old: str, new: str) -> None:
    path = project.params / f"{STUDY}.yml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def job(project: Project, *chapters: tuple[dict, ...], language: str = "en") -> ReportJob:
    results, folder = project.outputs(STUDY), project.root / "staging"
    for path in (results / "figures", folder):
        path.mkdir(parents=True, exist_ok=True)
    (results / "figures" / "levels.svg").write_bytes(SVG)
    (results / "figures" / "levels.png").write_bytes(b"\x89PNG")
    return ReportJob(
        project=project,
        params=load_params(STUDY, project),
        language=language,
        chapters=tuple(
            Chapter(name=f"{k:02}", path=results / f"{k:02}.ipynb", elements=elements)
            for k, elements in enumerate(chapters, start=1)
        ),
        results=results,
        folder=folder,
    )


class Typesetter:
    """Stands in for the typesetter and keeps what it was handed."""

    def __call__(self, chapters, figures, front, language, **_):
        self.chapters, self.figures, self.front = chapters, figures, front
        self.language = language
        return Document(pdf=b"%PDF-1.7 stub", log=("one thing",))


@pytest.fixture
def typesetter(monkeypatch: pytest.MonkeyPatch) -> Typesetter:
    made = Typesetter()
    monkeypatch.setattr(publish, "typeset_document", made)
    return made


def test_the_report_is_written_where_the_job_says_and_its_log_returned(project, typesetter):
    task = job(project, (HEADING, FINDING))
    assert publish.build_report(task) == ("one thing",)
    assert [path.name for path in task.folder.iterdir()] == ["report.pdf"]
    assert (task.folder / "report.pdf").read_bytes() == b"%PDF-1.7 stub"
    assert not (task.results / "report.pdf").exists()


def test_introduction_and_methods_come_before_the_notebooks(project, typesetter):
    publish.build_report(job(project, (HEADING, FINDING, FIGURE), (HEADING, FIGURE)))
    first, second, *rest = typesetter.chapters
    for chapter in (first, second):
        assert chapter[0]["kind"] == "heading" and chapter[0]["level"] == 1
        assert {each["kind"] for each in chapter} <= {"heading", "paragraph"}
    assert rest == [[HEADING, FINDING, FIGURE], [HEADING, FIGURE]]
    assert typesetter.figures == {"levels": SVG}


def test_methods_stand_once_in_a_chapter_of_their_own(project, typesetter):
    publish.build_report(job(project, (HEADING, METHOD, FINDING)))
    *_, chapter = typesetter.chapters
    assert chapter == [HEADING, FINDING]


def test_a_notebook_that_shows_nothing_is_no_chapter(project, typesetter):
    publish.build_report(job(project, (), (HEADING,), (METHOD,), (HEADING, FINDING)))
    assert typesetter.chapters[2:] == [[HEADING, FINDING]]


def test_a_section_without_input_is_left_out_with_its_heading(project, typesetter):
    absent = {"kind": "absent", "reason": "no unit"}
    section = {"kind": "heading", "text": "Units", "level": 2}
    publish.build_report(
        job(project, (HEADING, FINDING, section, absent), (HEADING, section, absent))
    )
    assert typesetter.chapters[2:] == [[HEADING, FINDING]]
    publish.build_report(job(project, (HEADING, section, absent, section, FINDING)))
    assert typesetter.chapters[2:] == [[HEADING, section, FINDING]]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_language_of_the_job_goes_before_that_of_the_params(language, project, typesetter):
    publish.build_report(job(project, (HEADING,), language=language))
    assert typesetter.language == language
    author = {"zh": "示例作者", "en": "A. N. Author"}[language]
    institution = {"zh": "示例研究所", "en": "Institute of Example Studies"}[language]
    assert (typesetter.front.author, typesetter.front.institution) == (author, institution)
    opening = typesetter.chapters[0][0]["text"]
    assert opening.isascii() == (language == "en")


def test_front_matter_is_that_of_the_params(project, typesetter):
    publish.build_report(job(project, (HEADING,)))
    front = typesetter.front
    assert front.title["en"] == "The ECSI model of mobile-phone satisfaction, reproduced"
    assert front.title["zh"] == "ECSI移动电话满意度模型的复现"
    assert front.abstract_intro.keys() == {"zh", "en"}
    assert front.keywords["en"] == (
        "customer satisfaction",
        "European Customer Satisfaction Index",
        "partial least squares",
    )
    assert front.keywords["zh"] == ("顾客满意度", "欧洲顾客满意度指数", "偏最小二乘")


def test_what_the_params_leave_out_is_empty_or_usual(project, typesetter):
    edit(project, "author: {zh: 示例作者, en: A. N. Author}\n", "")
    text = (project.params / f"{STUDY}.yml").read_text(encoding="utf-8")
    (project.params / f"{STUDY}.yml").write_text(text[: text.index("  keywords:")], "utf-8")
    publish.build_report(job(project, (HEADING,)))
    assert typesetter.front.author == ""
    for language in ("zh", "en"):
        assert len(typesetter.front.keywords[language]) >= 3


@pytest.mark.parametrize(
    ("given", "printed"),
    [
        (None, datetime.date(2005, 12, 1)),
        ("2006-03", datetime.date(2006, 3, 1)),
        ("2006-03-15", datetime.date(2006, 3, 15)),
    ],
)
def test_the_date_is_that_of_the_params_or_the_end_of_the_wave(given, printed, project, typesetter):
    if given is not None:
        edit(project, "report:\n", f"report:\n  date: '{given}'\n")
    publish.build_report(job(project, (HEADING,)))
    assert typesetter.front.date == printed


def test_the_same_job_gives_the_same_bytes(project):
    """The real typesetter, twice."""
    pages = []
    for _ in range(2):
        task = job(project, (HEADING, FINDING, FIGURE))
        publish.build_report(task)
        pages.append((task.folder / "report.pdf").read_bytes())
    assert pages[0].startswith(b"%PDF") and pages[0] == pages[1]


RUN = """\
from csat_models.workflow.running.runs import run_study

def build(job):
    (job.folder / "report.pdf").write_text(f"{job.language} {job.params.bootstrap.n_boot}")

run_study("2024", n_boot=20, language="zh", build_report=build)
"""


def test_the_builder_is_told_what_the_run_was_told(tiny):
    """A report must not say 50 draws where the notebooks took 20."""
    tiny.edit("params/2024.yml", "report: {build: false}", "report: {build: true}")
    tiny.add_notebook("01_a", parameters="study = ''\nn_boot = None\nlanguage = None")
    tiny.python(RUN)
    assert (tiny.outputs() / "report.pdf").read_text(encoding="utf-8") == "zh 20"
