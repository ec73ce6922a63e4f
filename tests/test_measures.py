"""Measures: worked values of real reports, and what a blank, a zero and a contradiction make of them."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from make_reports import consistent_numbers, make_report

import govreport as gr
from govreport.analysis import (
    MEASURE_STATUSES,
    Measure,
    cells_of_frames,
    cells_of_headlines,
    evaluate,
    find_measure,
    load_breaks,
    load_measures,
    measure_values,
    outcome_order,
)
from govreport.errors import UsageError
from govreport.forms import editions, read_csv
from govreport.frames import Frames, to_frames
from govreport.model import Statement, Value
from govreport.schema import categories, outcome_groups

SUQIAN_2024, SUQIAN_2023, HUAIAN, SHANGHAI, CHUNXIAO = (
    "9733b98c650894ca",
    "71b41747c44c4260",
    "1339a34ecb1f3dd0",
    "743280d4c5f3eb60",
    "1f1cd4547b731c50",
)
KNOWN = MEASURE_STATUSES[:5]


@pytest.fixture(scope="module")
def values() -> pd.DataFrame:
    return measure_values(gr.sample())


def told(frames: Frames, measure: str) -> tuple[float | None, int | None, str]:
    """Value, denominator and status of a measure in the only report."""
    row = measure_values(frames, [measure])[measure].iloc[0]
    value, n = (None if pd.isna(row[part]) else row[part] for part in ("value", "n"))
    return value, n, row["status"]


def changed(numbers: dict[str, int | float], cells: dict[str, Value], edition: str = "2021") -> Frames:
    return to_frames([make_report(numbers, cells=cells, edition=edition, year=2020 if edition == "2019" else 2023)])


@pytest.mark.parametrize(
    ("report", "measure", "numerator", "n"),
    [
        (SUQIAN_2024, "not_held_share", 897, 3521),
        (SUQIAN_2024, "substantive_share", 1431 + 471, 3521),
        (SUQIAN_2024, "exempt_share", 2 + 1 + 4 + 17 + 21 + 11 + 23, 3521),
        (SUQIAN_2024, "refused_share", 2 + 1 + 4 + 17 + 21 + 11 + 23 + 13, 3521),
        (SUQIAN_2024, "refused_or_unable_share", 92 + 897 + 36 + 8, 3521),
        (SUQIAN_2024, "not_granted_share", 3521 - 1431 - 471, 3521),
        (SUQIAN_2024, "not_held_of_not_granted", 897, 3521 - 1431 - 471),
        (SUQIAN_2024, "process_of_refused", 11, 92),
        (SUQIAN_2024, "other_handling_share", 77 + 38 + 354, 3521),
        (SUQIAN_2024, "backlog_rate", 125, 3525 + 121),
        (SUQIAN_2024, "review_correction_rate", 18, 170),
        (SUQIAN_2024, "review_correction_rate_decided", 18, 170 - 36),
        (SUQIAN_2024, "lawsuit_correction_rate_decided", 0, 25 - 7 + 52 - 13),
        (SUQIAN_2024, "dispute_rate", 170 + 25 + 52, 3525),
        (SUQIAN_2024, "coercive_per_penalty", 29351, 2676474),
        (SUQIAN_2024, "normative_documents_repealed_per_in_force", 227, 420),
        (HUAIAN, "review_correction_rate", 64, 351),
        (HUAIAN, "review_correction_rate_decided", 64, 351 - 37),
        (HUAIAN, "lawsuit_correction_rate", 4 + 1, 26 + 20),
        (SUQIAN_2023, "not_held_share", 1047, 3486),
        (SHANGHAI, "not_held_share", 265, 805),
    ],
)
def test_worked_rates(values: pd.DataFrame, report: str, measure: str, numerator: int, n: int) -> None:
    found = values[measure].loc[report]
    assert found["value"] == pytest.approx(float(Fraction(numerator, n)), abs=1e-12)
    assert found["n"] == n
    assert found["status"] in KNOWN


@pytest.mark.parametrize(
    ("report", "measure", "value"),
    [
        (SUQIAN_2024, "carried_in", 121),
        (SUQIAN_2023, "carried_out", 121),
        (SUQIAN_2024, "workload", 3646),
        (SUQIAN_2024, "lawsuits", 77),
        (SUQIAN_2024, "fees", 72701.2578),
        (HUAIAN, "penalties", 3985758),
        (SHANGHAI, "rules_issued", 13),
        (SHANGHAI, "normative_documents_made_public", 368),
        ("4e3b3ae68f28a6ae", "disclosed", 226),
    ],
)
def test_worked_counts(values: pd.DataFrame, report: str, measure: str, value: float) -> None:
    found = values[measure].loc[report]
    assert found["value"] == value
    assert pd.isna(found["n"])


def test_stock_of_documents_follows_from_the_year_before(values: pd.DataFrame) -> None:
    now, before = values.loc[SUQIAN_2024], values.loc[SUQIAN_2023]
    issued, repealed = (now[f"normative_documents_{c}", "value"] for c in ("issued", "repealed"))
    assert before["normative_documents_in_force", "value"] + issued - repealed == 420
    assert now["normative_documents_in_force", "value"] == 420


def test_nothing_is_divided_by_zero(values: pd.DataFrame) -> None:
    assert not np.isinf(values.xs("value", axis=1, level="part").to_numpy(dtype=float, na_value=np.nan)).any()
    found = values["not_held_share"].loc["51d2cabbf49c680b"]
    assert pd.isna(found["value"])
    assert (found["n"], found["status"]) == (0, "zero_denominator")


def test_value_and_status_agree_everywhere(values: pd.DataFrame) -> None:
    for measure in load_measures():
        known = values[measure.id]["status"].isin(KNOWN)
        assert (values[measure.id]["value"].notna() == known).all(), measure.id
        if measure.proportion:
            assert values[measure.id]["value"].dropna().between(0, 1).all(), measure.id


def test_blank_row_totals_are_added_up_where_they_make_the_printed_total(values: pd.DataFrame) -> None:
    shown = values.loc[SHANGHAI]
    assert shown["processed", "status"] == "given"
    assert (shown["granted", "value"], shown["granted", "status"]) == (272, "summed")
    assert (shown["fee_overdue", "status"], shown["other_handling", "value"]) == ("not_in_form", 0)
    assert (shown["reviews_corrected", "value"], shown["reviews_corrected", "status"]) == (0, "proved")
    # suits after review: every cell of the block is blank, so that nothing proves anything
    assert shown["suits_after_review", "status"] == "blank"
    assert pd.isna(shown["lawsuits", "value"])


def test_a_blank_is_unknown_unless_a_printed_total_proves_it() -> None:
    numbers = consistent_numbers(granted=3, not_held=2)
    blank = {"applications.not_held.total": Value("blank"), "applications.not_held.natural_person": Value("blank")}
    assert told(changed(numbers, blank), "not_held_share") == (None, 5, "blank")
    dash = blank | {
        "applications.processed.total": Value("given", 3),
        "applications.needs_creation.total": Value("dash"),
    }
    # the other kinds of applicant print zeros, and with nothing for the blank the table makes its total
    assert told(changed(numbers, dash), "not_held_share") == (0.0, 3, "summed")
    bare = dash | {f"applications.not_held.{c}": Value("blank") for c in categories("applications", "applicant")}
    assert told(changed(numbers, bare), "not_held_share") == (0.0, 3, "proved")
    assert told(changed(numbers, bare), "needs_creation") == (0.0, None, "summed")
    lost = dash | {"applications.duplicate.total": Value("lost")}
    assert told(changed(numbers, lost), "not_held_share") == (None, 3, "blank")
    no_total = (
        blank
        | {"applications.processed.total": Value("blank")}
        | {f"applications.processed.{c}": Value("blank") for c in ("natural_person", "enterprise")}
    )
    assert told(changed(numbers, no_total), "not_held_share") == (None, None, "blank")
    assert told(changed(numbers, no_total), "granted_share") == (None, None, "no_denominator")


def test_columns_of_applicants_left_blank() -> None:
    numbers = consistent_numbers(granted=3)
    blank = {f"applications.received.{c}": Value("blank") for c in ("enterprise", "legal_service_org")}
    assert told(changed(numbers, blank), "enterprise_share") == (0.0, 3, "proved")
    larger = blank | {"applications.received.total": Value("given", 4)}
    assert told(changed(numbers, larger), "enterprise_share") == (None, 4, "blank")
    assert told(changed(numbers, larger), "natural_person_share") == (0.75, 4, "given")
    empty = {"applications.received.total": Value("blank")}
    assert told(changed(numbers, empty), "received") == (3.0, None, "summed")


def test_results_of_reviews_left_blank() -> None:
    numbers = consistent_numbers(granted=1)
    numbers |= {"litigation.reconsideration.upheld": 4, "litigation.reconsideration.total": 4}
    blank = {"litigation.reconsideration.corrected": Value("dash")}
    assert told(changed(numbers, blank), "review_correction_rate") == (0.0, 4, "proved")
    numbers["litigation.reconsideration.total"] = 5
    assert told(changed(numbers, blank), "review_correction_rate") == (None, 5, "dash")
    assert told(changed(numbers, blank), "reviews_upheld") == (4.0, None, "given")


def test_figures_that_contradict_each_other_give_no_rate() -> None:
    numbers = consistent_numbers(granted=3)
    more = {"applications.processed.total": Value("given", 2)}
    assert told(changed(numbers, more), "granted_share") == (None, 2, "contradictory")
    pending = {
        "litigation.reconsideration.pending": Value("given", 2),
        "litigation.reconsideration.total": Value("given", 1),
    }
    assert told(changed(numbers, pending), "review_correction_rate_decided") == (None, -1, "contradictory")
    negative = {"applications.received.total": Value("given", -3)}
    assert told(changed(numbers, negative), "received") == (None, None, "contradictory")


def test_a_quotient_of_counts_may_be_above_one() -> None:
    numbers = consistent_numbers(granted=1)
    numbers |= {"disclosure.penalties.decisions": 2, "disclosure.coercive_measures.decisions": 3}
    assert told(changed(numbers, {}), "coercive_per_penalty") == (1.5, 2, "given")
    numbers["disclosure.penalties.decisions"] = 0
    assert told(changed(numbers, {}), "coercive_per_penalty") == (None, 0, "zero_denominator")


def test_editions_that_count_in_another_way() -> None:
    numbers = consistent_numbers("2019", granted=3, other=1)
    frames = changed(numbers, {}, "2019")
    assert told(frames, "other_handling_share") == (0.25, 4, "given")
    for measure in ("other", "correction_overdue", "fees", "rules_in_force", "other_share"):
        assert told(frames, measure)[::2] == (None, "not_in_form")
    absent = {"applications.fee_overdue.total": Value("absent")}
    assert told(changed(consistent_numbers(granted=1), absent), "fee_overdue") == (None, None, "absent")


def test_figures_of_prose() -> None:
    def with_prose(*figures: tuple[float, bool]) -> Frames:
        said = tuple(Statement("disclosed_total", value, about, "主动公开", "line 1") for value, about in figures)
        return to_frames([make_report(statements=said)])

    assert told(with_prose((226, False)), "disclosed") == (226.0, None, "prose")
    assert told(with_prose((200, True)), "disclosed") == (200.0, None, "approximate")
    assert told(with_prose((226, False), (226, False)), "disclosed")[0] == 226
    assert told(with_prose((226, False), (300, False)), "disclosed") == (None, None, "contradictory")
    assert told(with_prose(), "disclosed") == (None, None, "unseen")


def test_order_and_shape() -> None:
    frames = gr.sample()
    found = measure_values(frames, ["lawsuits", "received"])
    assert list(found.index) == list(frames.reports["report_id"])
    assert list(found.columns) == [(m, p) for m in ("lawsuits", "received") for p in ("value", "n", "status")]
    shuffled = Frames(*(f.sample(frac=1, random_state=1) for _, f in frames.items()))
    again = measure_values(shuffled, ["lawsuits", "received"]).loc[found.index]
    pd.testing.assert_frame_equal(found, again)
    empty = measure_values(to_frames([]))
    assert empty.shape == (0, 3 * len(load_measures()))
    assert str(empty["received", "value"].dtype) == "Float64"


def test_a_report_without_a_form_has_no_measures() -> None:
    found = measure_values(to_frames([make_report(edition=None)]))
    assert found.xs("value", axis=1, level="part").isna().all(axis=None)


def test_wrong_use_is_told() -> None:
    frames = gr.sample()
    with pytest.raises(UsageError, match=r"no measure is called 'not_hold_share'; there are received, "):
        measure_values(frames, ["not_hold_share"])
    with pytest.raises(UsageError, match=r"write \['received'\]"):
        measure_values(frames, "received")
    with pytest.raises(UsageError, match=r"Frames\.concat"):
        measure_values(Frames(pd.concat([frames.reports] * 2), *(f for _, f in list(frames.items())[1:])), ["received"])


def test_a_measure_of_ones_own() -> None:
    own = Measure(
        "suits_per_review", "litigation", "rate", "ratio", ((1, "litigation.direct_suit.total"),),
        ((1, "litigation.reconsideration.total"),), ("2019", "2021"), (), "起诉", "Suits", "少", "Few", "own",
    )  # fmt: skip
    found = measure_values(gr.sample(), [own])["suits_per_review"].loc[SUQIAN_2024]
    assert found["value"] == pytest.approx(25 / 170)


def test_the_file_of_measures() -> None:
    measures = {m.id: m for m in load_measures()}
    assert {m.topic for m in measures.values()} == {
        "volumes", "outcomes", "rates", "litigation", "enforcement", "documents",
    }  # fmt: skip
    for names in ([m.name("zh") for m in measures.values()], [m.name("en") for m in measures.values()]):
        assert len(set(names)) == len(names)
    for outcome in outcome_order():
        assert measures[outcome].numerator == ((1, f"applications.{outcome}.total"),)
        assert measures[f"{outcome}_share"].denominator == ((1, "applications.processed.total"),)
    for group in ("refused", "unable", "declined", "other_handling"):
        cells = {f"applications.{row}.total" for row, of in outcome_groups().items() if of == group}
        assert {cell for _, cell in measures[group].numerator} == cells
    assert all(set(m.editions) <= set(editions()) for m in measures.values())
    assert measures["other"].editions == ("2021",)
    assert 2024 in measures["reviews"].breaks
    assert [b.year for b in load_breaks()] == [2019, 2021, 2024]
    assert find_measure("received").trap("en") != find_measure("received").trap("zh")


def test_texts_of_the_explorer_stand_in_both_languages() -> None:
    texts = {row["note"]: row for row in read_csv("notes")}
    assert {f"status.{s}" for s in MEASURE_STATUSES} <= texts.keys()
    assert {f"unit.{m.unit}" for m in load_measures()} | {f"topic.{m.topic}" for m in load_measures()} <= texts.keys()
    for row in texts.values():
        assert row["zh"]
        assert row["en"]
        assert sorted(p.split("}")[0] for p in row["zh"].split("{")[1:]) == sorted(
            p.split("}")[0] for p in row["en"].split("{")[1:]
        )


def test_headline_figures_are_counted_and_not_divided() -> None:
    headlines = gr.sample("headlines")
    cells = cells_of_headlines(headlines)

    def seen(measure: str) -> int:
        return int((~np.isnan(evaluate(cells, find_measure(measure)).value)).sum())

    assert {m: seen(m) for m in ("received", "disclosed", "licences", "penalties", "coercive_measures")} == {
        "received": 696, "disclosed": 854, "licences": 182, "penalties": 160, "coercive_measures": 129,
    }  # fmt: skip
    assert (seen("reviews"), seen("lawsuits"), seen("direct_suits"), seen("refused")) == (217, 208, 0, 13)
    assert not any(seen(m.id) for m in load_measures() if m.kind == "rate")
    status = evaluate(cells, find_measure("not_held_share")).status
    assert {MEASURE_STATUSES[code] for code in status} == {"no_share"}
    received = evaluate(cells, find_measure("received")).value
    rows = headlines.rows("received", unseen=True).set_index("report_id").loc[headlines.reports["report_id"], "value"]
    assert np.array_equal(received, rows.to_numpy(dtype=float, na_value=np.nan), equal_nan=True)


def test_only_the_cells_asked_for_are_looked_up() -> None:
    table = cells_of_frames(gr.sample(), ["litigation.direct_suit.total"])
    assert all(name.startswith("litigation.") for name in table.names)
    assert len(table) == 9
