"""collect_reports in this process: the same as open_reports, nothing twice, nothing lost."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from bulk_sources import OTHER, files_of, invented, write_pages, write_warc
from pandas.testing import assert_frame_equal

import govreport as gr
from govreport import cli
from govreport.bulk import Dataset, collect, collect_reports, parts, pieces, work
from govreport.bulk.finish import opened
from govreport.errors import UsageError
from govreport.frames import Frames
from govreport.query import is_dataset, load_dataset
from govreport.query.layout import TABLES, snapshot
from govreport.sources import NOT_BY_ITS_WORDS


def same(found: Frames, expected: Frames) -> None:
    for name, frame in expected.items():
        assert_frame_equal(getattr(found, name), frame, obj=name)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of some thirty reports, the bytes of one twice, one of them with a blank more, and one other page."""
    pages = invented()
    folder = write_pages(tmp_path_factory.mktemp("bulk") / "pages", pages)
    first = next(content for name, content in pages if name.endswith(".html"))
    return write_pages(folder, [("z1.html", first), ("z2.html", first + b" \n"), ("zz.html", OTHER)])


@pytest.fixture(scope="module")
def dataset(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return collect_reports(source, tmp_path_factory.mktemp("made") / "panel", workers=1, progress=False)


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "FILES_LEAST", 5)
    monkeypatch.setattr(pieces, "BYTES_LEAST", 8000)


@pytest.fixture
def never_read(monkeypatch: pytest.MonkeyPatch) -> None:
    def read_piece(piece: Any, *_: Any, **__: Any) -> Iterator[Any]:
        raise AssertionError(f"{piece.label} was read again")

    monkeypatch.setattr(work, "read_piece", read_piece)


def test_loaded_it_equals_open_reports(source: Path, dataset: Dataset) -> None:
    expected = gr.open_reports(source)
    assert len(expected) == len(invented()) + 2
    same(dataset.with_copies().load(), expected)


def test_copies_are_hidden_and_findings_are_those_of_what_is_shown(source: Path, dataset: Dataset) -> None:
    frames = dataset.load()
    assert len(frames) == len(invented())
    assert set(dataset.copies.load()["source"]) == {"z1.html", "z2.html"}
    expected = frames.with_findings(gr.run_checks(frames))
    assert not set(expected.findings["rule"]) & {"same_content", "duplicate_report"}
    same(frames, expected)


def test_nothing_vanishes(source: Path, dataset: Dataset) -> None:
    count = dataset.summary()
    assert count.records == len(list(source.iterdir())) == count.reports + count.failures + sum(count.passed.values())
    assert (count.failures, count.passed, count.copies, count.set_apart) == (1, {}, 2, {})
    assert dataset.failures.load()[["source", "kind"]].to_numpy().tolist() == [["zz.html", "parse"]]


@pytest.mark.usefixtures("small_pieces")
def test_how_it_is_cut_changes_files_and_no_row(source: Path, dataset: Dataset, tmp_path: Path) -> None:
    cut = collect_reports(source, tmp_path / "cut", workers=0, progress=False)
    assert cut.summary().pieces > 5
    same(cut.with_copies().load(), dataset.with_copies().load())


def test_batches_and_row_groups_change_no_row(
    source: Path, dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "_BATCH", 7)
    monkeypatch.setattr(parts, "ROWS_HELD", 900)
    cut = collect_reports(source, tmp_path / "cut", workers=1, progress=False)
    same(cut.with_copies().load(), dataset.with_copies().load())


def test_parts_are_plain_parquet_by_year(dataset: Dataset) -> None:
    folder = Path(dataset.folder)
    assert {path.name for path in (folder / "reports").iterdir()} == {"year=2021", "year=2022", "year=2023"}
    assert (folder / "failures" / "year=unknown").is_dir()
    for table in TABLES:
        if not snapshot(folder).parts(table):
            assert table == "statistics"  # none of these reports is on a year before 2019
            continue
        read = pd.read_parquet(folder / table)
        assert "year" in read
        assert len(read) == sum(part.rows for part in snapshot(folder).parts(table))


def test_open_reports_can_load_it(dataset: Dataset) -> None:
    assert is_dataset(dataset.folder)
    assert not is_dataset(Path(dataset.folder).parent)
    same(load_dataset(dataset.folder), dataset.load())


@pytest.mark.usefixtures("never_read")
def test_again_reads_nothing_and_writes_nothing(source: Path, dataset: Dataset) -> None:
    before = files_of(Path(dataset.folder))
    collect_reports(source, dataset.folder, workers=1, progress=False)
    assert files_of(Path(dataset.folder)) == before


@pytest.mark.usefixtures("small_pieces")
def test_only_new_files_of_a_folder_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pages = invented()
    folder = write_pages(tmp_path / "pages", pages[3:])
    collect_reports(folder, tmp_path / "panel", workers=1, progress=False)
    write_pages(folder, pages[:3])
    seen: list[str] = []
    real = work.read_piece

    def told(*given: Any, **options: Any) -> Iterator[Any]:
        for record in real(*given, **options):
            seen.append(record.name)
            yield record

    monkeypatch.setattr(work, "read_piece", told)
    more = collect_reports(folder, tmp_path / "panel", workers=1, progress=False)
    assert sorted(seen) == sorted(name for name, _ in pages[:3])
    assert len(more) == len(pages)


def test_a_folder_that_was_moved_is_not_parsed_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write_pages(tmp_path / "pages", invented()[:4])
    collect_reports(folder, tmp_path / "panel", workers=1, progress=False)
    folder.rename(tmp_path / "moved")
    monkeypatch.setattr(work, "parse_report", lambda _: pytest.fail("parsed again"))
    again = collect_reports(tmp_path / "moved", tmp_path / "panel", workers=1, progress=False)
    assert again.summary().passed == {work.ALREADY: 4}
    assert len(again) == 4


def test_a_file_that_changed_is_read_again(tmp_path: Path) -> None:
    (name, content), (_, other) = invented()[:2]
    folder = write_pages(tmp_path / "pages", [(name, content)])
    collect_reports(folder, tmp_path / "panel", workers=1, progress=False)
    write_pages(folder, [(name, other)])
    both = collect_reports(folder, tmp_path / "panel", workers=1, progress=False)
    assert both.reports.load()["source"].tolist() == [name, name]


def archive(path: Path, **options: Any) -> Path:
    pages = [(f"http://www.a.gov.cn/nb/{name}", content) for name, content in invented()]
    other = [(f"http://www.a.gov.cn/{n}.html", OTHER) for n in range(5)]
    return write_warc(path, [*pages[:10], *other, *pages[10:]], **options)


@pytest.mark.usefixtures("small_pieces")
def test_a_web_archive_passes_over_other_pages(tmp_path: Path) -> None:
    warc = archive(tmp_path / "crawl.warc.gz")
    made = collect_reports(warc, tmp_path / "panel", workers=1, progress=False)
    count = made.summary()
    assert count.pieces > 1
    assert (count.records, count.reports, count.passed) == (len(invented()) + 5, len(invented()), {NOT_BY_ITS_WORDS: 5})
    same(made.load(), gr.open_reports(warc))


def test_without_pre_filter_other_pages_are_failures(tmp_path: Path) -> None:
    warc = archive(tmp_path / "crawl.warc.gz")
    made = collect_reports(warc, tmp_path / "panel", workers=1, prefilter=False, progress=False)
    assert (made.summary().failures, made.summary().passed) == (5, {})


def test_the_pre_filter_can_be_had_for_folders(source: Path, tmp_path: Path) -> None:
    made = collect_reports(source, tmp_path / "panel", workers=1, prefilter=True, progress=False)
    assert (made.summary().failures, made.summary().passed) == (0, {NOT_BY_ITS_WORDS: 1})


def test_a_grown_or_renamed_archive_adds_what_is_new(tmp_path: Path) -> None:
    pages = [(f"http://www.a.gov.cn/nb/{name}", content) for name, content in invented()]
    warc = write_warc(tmp_path / "crawl.warc.gz", pages[:8])
    collect_reports(warc, tmp_path / "panel", workers=1, progress=False)
    warc.unlink()
    grown = write_warc(tmp_path / "all.warc.gz", pages)
    made = collect_reports(grown, tmp_path / "panel", workers=1, progress=False)
    assert made.summary().passed == {work.ALREADY: 8}
    assert len(made.with_copies()) == len(pages)


def test_a_doubtful_record_carries_the_same_finding_as_in_open_reports(tmp_path: Path) -> None:
    name = f"http://www.a.gov.cn/nb/{invented()[1][0]}"
    warc = archive(tmp_path / "crawl.warc.gz", cut=[name])
    made = collect_reports(warc, tmp_path / "panel", workers=1, progress=False).load()
    assert (made.findings["rule"] == "damaged_copy").sum() == 1
    same(made, gr.open_reports(warc))


def test_a_fault_on_one_page_costs_only_this_page(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = work.parse_report, []

    def faulty(document: Any) -> Any:
        calls.append(document)
        if len(calls) == 3:
            raise KeyError("no such label")
        return real(document)

    monkeypatch.setattr(work, "parse_report", faulty)
    made = collect_reports(source, tmp_path / "panel", workers=1, progress=False)
    failures = made.failures.load()
    assert failures["kind"].tolist() == ["error", "parse"]
    assert "KeyError: 'no such label'; please report it" in failures["message"][0]
    assert made.summary().reports == len(invented()) + 1


@pytest.mark.usefixtures("small_pieces")
def test_a_piece_that_fails_twice_is_set_apart_and_tried_again_by_the_next_run(
    source: Path, dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, tries = work.work, []

    def failing(task: Any) -> Any:
        tries.append(task.key)
        if task.key == tries[0]:
            raise OSError("the network share is gone")
        return real(task)

    with monkeypatch.context() as patch:
        patch.setattr(work, "work", failing)
        made = collect_reports(source, tmp_path / "panel", workers=1, progress=False)
    assert tries.count(tries[0]) == 2
    assert list(made.summary().set_apart.values()) == ["OSError: the network share is gone"]
    assert made.failures.load()["message"][0] == "the whole piece was set apart: OSError: the network share is gone"
    assert made.summary().records == made.summary().reports + made.summary().failures
    made = collect_reports(source, tmp_path / "panel", workers=1, progress=False)
    assert made.summary().set_apart == {}
    whole = collect_reports(source, tmp_path / "whole", workers=1, progress=False)
    assert files_of(tmp_path / "panel") == files_of(tmp_path / "whole")
    same(whole.with_copies().load(), dataset.with_copies().load())


def test_a_piece_that_fails_once_is_worked(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, tries = work.work, []

    def failing(task: Any) -> Any:
        tries.append(task)
        if len(tries) == 1:
            raise MemoryError
        return real(task)

    monkeypatch.setattr(work, "work", failing)
    assert collect_reports(source, tmp_path / "panel", workers=1, progress=False).summary().set_apart == {}


def test_a_full_disk_stops_the_run(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Any) -> Any:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(parts.PartWriter, "commit", full)
    with pytest.raises(UsageError, match=r"cannot write a part in .*: No space left on device; free the disk"):
        collect_reports(source, tmp_path / "panel", workers=1, progress=False)


@pytest.mark.usefixtures("small_pieces")
def test_broken_off_it_is_a_valid_dataset_and_goes_on(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, done = collect._keep, []

    def interrupted(task: Any, found: Any) -> None:
        real(task, found)
        done.append(found.reports)
        if len(done) == 3:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(collect, "_keep", interrupted)
        with pytest.raises(KeyboardInterrupt):
            collect_reports(source, tmp_path / "panel", workers=1, progress=False)
    half = Dataset(tmp_path / "panel")
    assert not half.settled
    assert half.summary().copies is None
    assert "broken off" in repr(half)
    assert len(half.load()) == len(half) == sum(done) > 0
    made = collect_reports(source, tmp_path / "panel", workers=1, progress=False)
    assert made.settled
    collect_reports(source, tmp_path / "whole", workers=1, progress=False)
    assert files_of(tmp_path / "panel") == files_of(tmp_path / "whole")


@pytest.mark.usefixtures("small_pieces")
def test_copies_are_found_in_a_dataset_that_was_broken_off(source: Path, tmp_path: Path) -> None:
    made = collect_reports(source, tmp_path / "panel", workers=1, progress=False)
    keys, listed = made.load().reports["report_id"].tolist(), made.copies.load()
    (tmp_path / "panel" / "index.json").unlink()
    half = Dataset(tmp_path / "panel")
    assert half.load().reports["report_id"].tolist() == keys
    assert sorted(half.sql("select report_id from reports")["report_id"]) == sorted(keys)
    assert_frame_equal(half.copies.load(), listed)
    assert len(half.with_copies().load()) == len(keys) + 2


@pytest.mark.usefixtures("small_pieces")
def test_leftovers_are_cleaned_and_lost_parts_made_again(source: Path, tmp_path: Path) -> None:
    folder = tmp_path / "panel"
    collect_reports(source, folder, workers=1, progress=False)
    whole = files_of(folder)
    next((folder / "reports" / "year=2022").iterdir()).unlink()
    (folder / "reports" / "year=2021" / "left-over.parquet").write_bytes(b"x")
    (folder / ".work" / "torn").mkdir(parents=True)
    (folder / ".work" / "torn" / "half.parquet").write_bytes(b"PAR1")
    collect_reports(source, folder, workers=1, progress=False)
    assert files_of(folder) == whole


def test_what_cannot_be_done_is_said_first(source: Path, tmp_path: Path) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter1.docx").write_bytes(b"x")
    with pytest.raises(UsageError, match=r"thesis holds other things \(chapter1.docx\); give a new or an empty folder"):
        collect_reports(source, tmp_path / "thesis")
    with pytest.raises(UsageError, match="would stand inside the source"):
        collect_reports(source, source / "panel")
    with pytest.raises(UsageError, match="no file or folder"):
        collect_reports(tmp_path / "nowhere", tmp_path / "panel")
    with pytest.raises(UsageError, match="found bytes"):
        collect_reports(b"<html>", tmp_path / "panel")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="found int"):
        collect_reports([3], tmp_path / "panel")  # type: ignore[list-item]
    with pytest.raises(UsageError, match="0 or more; found -1"):
        collect_reports(source, tmp_path / "panel", workers=-1)


def test_two_runs_at_once_are_refused(source: Path, tmp_path: Path) -> None:
    with opened(tmp_path / "panel"), pytest.raises(UsageError, match="another run is writing in"):
        collect_reports(source, tmp_path / "panel", workers=1)


def test_nothing_but_other_pages_makes_an_empty_dataset(tmp_path: Path) -> None:
    made = collect_reports(write_pages(tmp_path / "p", [("a.html", OTHER)]), tmp_path / "panel", workers=1)
    assert len(made) == len(made.load()) == 0
    assert made.load().failures["source"].tolist() == ["a.html"]
    assert made.sql("select count(*) as n from applications")["n"].tolist() == [0]


def test_the_commands(source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(tmp_path / "panel")
    assert cli.main(["collect", str(source), "-o", folder, "--workers", "1", "--json"]) == 1
    told = capsys.readouterr().out
    assert f'"reports": {len(invented()) + 2}, "failures": 1' in told
    assert cli.main(["collect", str(source), "-o", folder, "--workers", "1"]) == 1
    assert "2 of them copies" in capsys.readouterr().err
    assert cli.main(["sql", folder, "select count(*) as n from reports", "--csv"]) == 0
    assert capsys.readouterr().out == f"n\n{len(invented())}\n"
    assert cli.main(["sql", folder, "select same, source from copies order by source", "--json"]) == 0
    assert capsys.readouterr().out.splitlines()[0] == '{"same":"bytes","source":"z1.html"}'
    assert cli.main(["sql", folder, "select nothing from reports"]) == 2
    assert "there are these tables" in capsys.readouterr().err
    assert cli.main(["sql", str(tmp_path), "select 1"]) == 2


def test_removing_the_sources_changes_nothing(source: Path, tmp_path: Path) -> None:
    folder = tmp_path / "pages"
    shutil.copytree(source, folder)
    made = collect_reports(folder, tmp_path / "panel", workers=1, progress=False)
    shutil.rmtree(folder)
    assert len(Dataset(made.folder).load()) == len(invented())
