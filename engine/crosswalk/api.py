"""The Python interface, and the only place where the stages meet: load, validate, plan, run, and look at what happened.

    from crosswalk import api

    project = api.load("maps")
    result = api.plan(project)                     # what a run would do; writes nothing
    result = api.run(project, select=("orders",))  # what it did, leg by leg
    for reject in api.rejects(project):
        print(reject.key, reject.code, reject.place)

Every function raises exceptions of `crosswalk.errors`; a `MapError` holds all problems of all files.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from crosswalk import advice
from crosswalk.backends.duckdb import DuckDBBackend, engine_version
from crosswalk.beginning import Beginning, begin_with
from crosswalk.config.plain_files import read_plain
from crosswalk.config.schemas import KINDS, published
from crosswalk.connecting import connect, exposed_secrets
from crosswalk.contracts import Cell
from crosswalk.diagnosis import Diagnosis, Examined, Symptom, examine
from crosswalk.diagnosis.repairing import Repaired
from crosswalk.diagnosis.repairing import repair as mend
from crosswalk.dualwrite.answers import read_answers
from crosswalk.dualwrite.catalogue import Systems as RecordSystems
from crosswalk.dualwrite.exporting import GivenBack, give_back
from crosswalk.dualwrite.importing import Imported, MapReport, Wish, bring
from crosswalk.dualwrite.laying import Laid, lay
from crosswalk.dualwrite.questions import Question
from crosswalk.dualwrite.reading import read_records
from crosswalk.errors import CrosswalkError, Problem, UsageError
from crosswalk.ledger import reading as ledger
from crosswalk.live import FileChange, Pulled, PullRequest, compare, embedded_in, keep, pulled
from crosswalk.loading import Loaded, load, load_entities, select
from crosswalk.opening import copied, make_ready, writing
from crosswalk.plan import Mode, Plan
from crosswalk.promises import KeptPlan
from crosswalk.publishing import published_after, reading
from crosswalk.reconciling import Discrepancy, Reconciled, restored
from crosswalk.reconciling import reconcile as compare_sides
from crosswalk.results import LegResult, Reject, RunResult
from crosswalk.rights import SystemRights, rights
from crosswalk.runner.invocation import Asked, Leg, Legs, run_legs, run_outside, signature
from crosswalk.runner.judging import agree, known_guards
from crosswalk.runner.leg import detail, label
from crosswalk.runner.story import Story
from crosswalk.secrets import hide
from crosswalk.telling import told
from crosswalk.testing.coverage import Coverage
from crosswalk.testing.junit import junit
from crosswalk.testing.outcome import Difference, TestOutcome
from crosswalk.testing.suite import TestReport, suite_of
from crosswalk.upkeep.carrying import Carried, export_state, export_to, import_state
from crosswalk.upkeep.dismissing import dismiss, reopen
from crosswalk.upkeep.pruning import Pruned, prune, tidy

__all__ = [
    "Beginning",
    "Carried",
    "Coverage",
    "Diagnosis",
    "Difference",
    "Discrepancy",
    "Examined",
    "FileChange",
    "GivenBack",
    "Imported",
    "KeptPlan",
    "Laid",
    "Loaded",
    "MapReport",
    "Pruned",
    "PullRequest",
    "Pulled",
    "Question",
    "Reconciled",
    "RecordSystems",
    "Repaired",
    "Story",
    "Symptom",
    "SystemRights",
    "TestOutcome",
    "TestReport",
    "advise",
    "begin_with",
    "carry_out",
    "compare",
    "detail",
    "dismiss",
    "embedded_in",
    "examine",
    "export_records",
    "export_state",
    "export_to",
    "import_records",
    "import_state",
    "junit",
    "keep",
    "label",
    "lay",
    "load",
    "make_tables",
    "mend",
    "plan",
    "plans",
    "prune",
    "pull",
    "query",
    "reconcile",
    "record_systems",
    "rejects",
    "reopen",
    "repair",
    "retry",
    "rights",
    "run",
    "runs",
    "schemas",
    "select",
    "unit_tests",
    "why",
    "writing",
]

Progress = Callable[[str, str], None]


def advise(loaded: Loaded) -> tuple[Problem, ...]:
    """Give warnings and notes on a project that has no mistake, sorted by place."""
    return (*exposed_secrets(loaded), *advice.advise(loaded.project, loaded.legs))


def pull(folder: str | Path, profile: str | None, request: PullRequest) -> Pulled:
    """Say how the entity files of a project would follow the tables of its systems; `keep` writes them."""
    return pulled(*load_entities(folder, profile), request)


def schemas() -> Mapping[str, Mapping[str, object]]:
    """Give the JSON Schemas of all kinds of files, as editors use them."""
    return {kind: published(kind) for kind in KINDS}


def plans(loaded: Loaded, wanted: Sequence[str] = (), mode: Mode = "initial") -> tuple[Plan, ...]:
    """Give the plans of the chosen legs: steps with their SQL, as a run would take them."""
    return tuple(leg.plan(mode) for leg in select(loaded, wanted))


def plan(
    loaded: Loaded,
    wanted: Sequence[str] = (),
    *,
    full: bool = False,
    key: str | None = None,
    allow: Sequence[str] = (),
    sealed: bool = False,
    progress: Progress | None = None,
) -> RunResult:
    """Say what a run would do. It works on a private copy of the database, so the file itself is never
    opened to write. A `sealed` plan can be kept (`KeptPlan`), and carried out exactly.
    """
    asked = Asked(full=full, key=key, allowed=known_guards(allow), sealed=sealed)
    with TemporaryDirectory(prefix="crosswalk-plan-") as folder, copied(loaded, Path(folder)) as backend:
        return _run(loaded, select(loaded, wanted), asked, backend, progress, committed=False)


def run(
    loaded: Loaded,
    wanted: Sequence[str] = (),
    *,
    full: bool = False,
    key: str | None = None,
    allow: Sequence[str] = (),
    progress: Progress | None = None,
) -> RunResult:
    """Run the chosen legs in order, each in one transaction. `key` runs one record or document only; `allow` names the
    guards that this run may pass (`results.GUARDS`).
    """
    asked = Asked(full=full, key=key, allowed=known_guards(allow))
    legs = select(loaded, wanted)
    return published_after(loaded, lambda backend: _run(loaded, legs, asked, backend, progress, committed=True))


def carry_out(loaded: Loaded, kept: KeptPlan, progress: Progress | None = None) -> RunResult:
    """Do exactly what a kept plan says; `StoppedError` with PLAN_STALE, or a result that says so, where maps or data
    changed since it was made.
    """
    legs = select(loaded, kept.wanted)
    agree({leg.name: leg.plan("initial").digest for leg in legs}, kept.legs)
    asked = Asked(kept.full, kept.key, allowed=known_guards(kept.allow), sealed=True, promised=kept.legs)
    return published_after(loaded, lambda backend: _run(loaded, legs, asked, backend, progress, committed=True))


def retry(
    loaded: Loaded,
    wanted: Sequence[str] = (),
    *,
    code: str | None = None,
    key: str | None = None,
    progress: Progress | None = None,
) -> RunResult:
    """Try the open rows again, by the same steps as any run."""
    legs, asked = select(loaded, wanted), Asked(open_only=True, code=code, key=key)
    return published_after(loaded, lambda backend: _run(loaded, legs, asked, backend, progress, committed=True))


def reconcile(
    loaded: Loaded, wanted: Sequence[str] = (), waiting: timedelta | None = None, *, progress: Progress | None = None
) -> Reconciled:
    """Compare both sides of the chosen legs on a private copy, and add the rows open for longer than `waiting`."""
    return compare_sides(loaded, select(loaded, wanted), waiting, progress or _silent)


def repair(loaded: Loaded, wanted: Sequence[str], *, committed: bool, progress: Progress | None = None) -> RunResult:
    """Run the chosen legs over all rows, and make delivered rows again where they are missing; or say what would be."""
    legs = tuple(restored(leg) for leg in select(loaded, wanted))
    if committed:
        asked = Asked(full=True)
        return published_after(loaded, lambda backend: _run(loaded, legs, asked, backend, progress, committed=True))
    with TemporaryDirectory(prefix="crosswalk-plan-") as folder, copied(loaded, Path(folder)) as backend:
        return _run(loaded, legs, Asked(full=True), backend, progress, committed=False)


def unit_tests(loaded: Loaded, wanted: Sequence[str] = (), pattern: str = "") -> TestReport:
    """Run the unit tests of the chosen maps in memory, and count what they reach; `pattern` is a part of their name."""
    began = perf_counter()
    maps = tuple(dict.fromkeys(leg.map_name for leg in select(loaded, wanted)))
    suite = suite_of(loaded.project, maps)
    outcomes = suite.run(suite.tests(maps, pattern))
    return TestReport(outcomes, suite.coverage(outcomes), perf_counter() - began)


def make_tables(loaded: Loaded) -> Path:
    """Make the ledger and the missing tables of embedded systems; give the path of the database."""
    with writing(loaded) as backend:
        make_ready(loaded, backend)
    return loaded.database


def rejects(
    loaded: Loaded, wanted: str | None = None, code: str | None = None, *, closed: bool = False
) -> tuple[Reject, ...]:
    """List the open rows: rejected ones and held ones, with their full source rows; `closed` adds those that were
    resolved or dismissed.
    """
    with reading(loaded) as backend:
        return ledger.rejects(backend, wanted, code, closed=closed)


def runs(loaded: Loaded, limit: int = 20) -> tuple[Mapping[str, Cell], ...]:
    """List the newest runs."""
    with reading(loaded) as backend:
        return ledger.runs(backend, limit)


def why(loaded: Loaded, wanted: str, key: str, *, target: bool = False) -> tuple[Story, ...]:
    """Tell the story of one row in each leg of a map, by its source key or by that of its target; or of one that could
    not be read, where `wanted` is ``read <table>``. Writes nothing.
    """
    return told(loaded, wanted, key, target=target)


def query(loaded: Loaded, sql: str) -> tuple[tuple[str, ...], list[tuple[Cell, ...]]]:
    """Ask the database a question in SQL, read-only; gives the column names and the rows. While a run holds the
    database, what was published before answers.
    """
    with reading(loaded) as backend:
        return backend.table(sql)


def import_records(
    files: Sequence[Path],
    *,
    answers: Path | None = None,
    systems: RecordSystems | None = None,
    version: str = "",
) -> Imported:
    """Turn records of table maps into the files of a project, with a report and questions; `lay` writes the files."""
    given = read_answers(read_plain(str(answers), _content(answers))) if answers else read_answers({})
    records = [record for file in files for record in read_records(file.name, _content(file))]
    return bring(records, Wish(given, systems or RecordSystems(), version))


def export_records(
    loaded: Loaded, wanted: Sequence[str] = (), *, systems: RecordSystems | None = None
) -> tuple[GivenBack, ...]:
    """Turn maps into records; what a record cannot say is told with each."""
    names = dict.fromkeys(leg.map_name for leg in select(loaded, wanted))
    project = loaded.project
    return tuple(give_back(project.maps[name], project, systems or RecordSystems()) for name in names)


def record_systems(left: str = "", right: str = "") -> RecordSystems:
    """Name the two systems of records; blank takes the usual name."""
    usual = RecordSystems()
    return RecordSystems(left or usual.left, right or usual.right)


def _content(file: Path) -> bytes:
    try:
        if file.exists() and not file.is_file():
            raise OSError("it is no plain file")
        return file.read_bytes()
    except OSError as error:
        message = f"{file} cannot be read: {error.strerror or error}"
        raise UsageError(message, code="FILE_MISSING", remedy="name a file that is there") from None


def _run(
    loaded: Loaded,
    legs: Sequence[Leg],
    asked: Asked,
    backend: DuckDBBackend,
    progress: Progress | None,
    *,
    committed: bool,
) -> RunResult:
    asked = replace(asked, told=make_ready(loaded, backend, asked.allowed))
    if committed:
        tidy(loaded, backend)
    invocation = signature(_version(), engine_version())
    outsides = connect(loaded, backend)
    if outsides is None:
        done, stopped = run_legs(legs, asked, invocation, backend, progress or _silent)
        return _result(invocation.invocation, done, stopped, committed=committed)
    outsides.full, outsides.sends = asked.full, committed
    try:
        done, stopped = run_outside(Legs(legs, loaded.legs), asked, invocation, outsides, progress or _silent)
    finally:
        outsides.close()
    return replace(_result(invocation.invocation, done, stopped, committed=committed), landed=tuple(outsides.landed))


def _result(
    invocation: str, done: tuple[LegResult, ...], stopped: CrosswalkError | None, *, committed: bool
) -> RunResult:
    if stopped is not None:
        message = hide(f"{stopped.code}: {stopped}")
        return RunResult(invocation, done, committed, stopped.exit_code, message, hide(stopped.remedy))
    waiting = any(leg.fates["rejected"] or leg.fates["held"] for leg in done)
    above = any(finding.code == "REJECTS_ABOVE_LIMIT" for leg in done for finding in leg.findings)
    return RunResult(invocation, done, committed, 3 if above else 0, "", "crosswalk rejects" if waiting else "")


def _version() -> str:
    try:
        return version("crosswalk")
    except PackageNotFoundError:
        return "unreleased"


def _silent(leg: str, step: str) -> None:
    """Say nothing while a run goes on."""
