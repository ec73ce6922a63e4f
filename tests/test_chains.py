"""Figures carried from year to year, outcomes that moved, and governments beside the bodies below them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import govreport as gr
from govreport.analysis.agencies import AgencyLinks, link_agencies
from govreport.analysis.chains import CHAIN_STATUSES, IDENTITIES, carry_chains
from govreport.analysis.changes import structure_changes
from govreport.analysis.outcomes import outcome_order
from govreport.analysis.parents import parent_sums
from govreport.errors import UsageError
from govreport.forms import load_form, read_csv
from govreport.frames import Frames, to_frames
from govreport.model import Region, Report, Value
from govreport.parse.names import kind_of
from govreport.synthetic import Panel, panel

APPLICANTS = [column.column for column in load_form("2021").columns["applications", "received"]]
TOTAL = "applications.{}.total"


def report(agency: str, adcode: str, year: int, values: Mapping[str, float | str], edition: str = "2021") -> Report:
    """A report whose cells are zero but for some; a text is a status without a number."""
    cells: dict[str, Value] = {}
    for cell in load_form(edition).cells:
        value = values.get(cell, 0)
        cells[cell] = Value(value) if isinstance(value, str) else Value("given", value)  # type: ignore[arg-type]
    digest = hashlib.sha256(f"{agency}{adcode}{year}".encode()).hexdigest()
    place = Region(adcode=adcode)
    return Report(agency, digest, None, agency, kind_of(agency), place, year, edition, None, None, None, "text",
                  "utf-8", cells)  # fmt: skip


def frames_of(*reports: Report) -> Frames:
    return to_frames(reports)


def one(chains: pd.DataFrame, identity: str, part: str) -> pd.DataFrame:
    return chains[(chains["identity"] == identity) & (chains["part"] == part)]


# --- worked examples of real reports ----------------------------------------------------------------------------------


def test_suqian_carried_over_and_stock_by_hand() -> None:
    chains = carry_chains(gr.sample())
    assert set(chains["report_id"]) == {"9733b98c650894ca"}
    total = one(chains, "I5", "total").iloc[0]
    assert (total["expected"], total["found"], total["difference"], total["status"]) == (121, 121, 0, "holds")
    assert (total["year"], total["previous_year"], total["run"]) == (2024, 2023, 1)
    stock = one(chains, "I6", "normative_documents").iloc[0]
    assert stock["expected"] == 597 + 50 - 227 == 420 == stock["found"]
    rules = one(chains, "I6", "rules").iloc[0]
    assert (rules["expected"], rules["status"]) == (12, "holds")
    assert one(chains, "I5", "natural_person")["found"].tolist() == [118]
    assert len(chains) == 7 + 2


def test_the_bundled_figures_say_the_same() -> None:
    whole = json.loads((Path(gr.__file__).parent.parent / "data" / "full_reports.json").read_text(encoding="utf-8"))
    values = {entry["id"]: entry["values"] for entry in whole}
    then, now = values["suqian-2023"], values["suqian-2024"]
    assert then["applications.carried_out.total"] == now["applications.carried_in.total"] == 121
    row = "disclosure.normative_documents."
    assert then[f"{row}in_force"] + now[f"{row}issued"] - now[f"{row}repealed"] == now[f"{row}in_force"] == 420


# --- chains -----------------------------------------------------------------------------------------------------------

CARRIED = [(0, 5), (5, 3), (4, 2), (2, 0), (0, 1)]


def chain(years: list[int], carried: list[tuple[float | str, float | str]], agency: str = "博野县水利局") -> Frames:
    return frames_of(
        *(
            report(agency, "130637", year, {TOTAL.format("carried_in"): into, TOTAL.format("carried_out"): out,
                                            "applications.carried_in.natural_person": into,
                                            "applications.carried_out.natural_person": out})
            for year, (into, out) in zip(years, carried, strict=True)
        )
    )  # fmt: skip


def test_runs_and_the_first_break() -> None:
    made = one(carry_chains(chain([2019, 2020, 2021, 2022, 2023], CARRIED)), "I5", "total")
    assert made["status"].tolist() == ["holds", "broken", "holds", "holds"]
    assert made["run"].tolist() == [1, 0, 1, 2]
    assert made["first_break"].tolist() == [2021] * 4
    assert made["difference"].tolist() == [0, 1, 0, 0]
    natural = one(carry_chains(chain([2019, 2020], CARRIED[:2])), "I5", "enterprise")
    assert natural["first_break"].isna().all()


def test_a_missing_year_breaks_nothing_and_is_a_gap() -> None:
    made = one(carry_chains(chain([2019, 2020, 2022, 2023], [(0, 5), (5, 3), (9, 2), (2, 0)])), "I5", "total")
    assert made["status"].tolist() == ["holds", "gap", "holds"]
    assert made["previous_year"].tolist() == [2019, 2020, 2022]
    assert made["expected"].isna().tolist() == [False, True, False]
    assert made["run"].tolist() == [1, 1, 2]
    assert made["first_break"].isna().all()


def test_a_blank_says_nothing_and_its_status_says_why() -> None:
    made = one(carry_chains(chain([2019, 2020, 2021], [(0, "blank"), ("dash", 3), (3, 0)])), "I5", "total")
    assert made["status"].tolist() == ["unknown", "holds"]
    assert made["why"].astype("string").tolist() == ["dash", pd.NA]
    assert made["run"].tolist() == [0, 1]


def test_a_blank_that_the_page_proves_is_a_number() -> None:
    values = {f"applications.carried_out.{a}": "blank" for a in APPLICANTS[1:-1]}
    values |= {"applications.carried_out.natural_person": 4, "applications.carried_out.total": 4}
    then = report("博野县水利局", "130637", 2021, values)
    now = report("博野县水利局", "130637", 2022, {"applications.carried_in.enterprise": 0})
    made = carry_chains(frames_of(then, now))
    assert one(made, "I5", "enterprise")["status"].tolist() == ["holds"]
    assert one(made, "I5", "natural_person")["status"].tolist() == ["broken"]


def test_items_of_the_form_of_2019_with_a_negative_change() -> None:
    items = "disclosure.{}.items_{}"
    then = report("博野县水利局", "130637", 2019,
                  {items.format("licences", "before"): 20, items.format("licences", "change"): -3,
                   items.format("penalties", "before"): 8, items.format("penalties", "change"): 2}, "2019")  # fmt: skip
    now = report("博野县水利局", "130637", 2020,
                 {items.format("licences", "before"): 17, items.format("penalties", "before"): 11}, "2019")  # fmt: skip
    later = report("博野县水利局", "130637", 2021, {})
    made = carry_chains(frames_of(then, now, later))
    items_made = made[made["identity"] == "I7"]
    assert items_made["part"].tolist() == ["licences", "other_services", "penalties", "coercive_measures", "fees"]
    assert items_made["status"].tolist() == ["holds", "holds", "broken", "holds", "holds"]
    assert items_made["expected"].tolist() == [17, 0, 10, 0, 0]
    assert items_made["cell"].iloc[0] == "disclosure.licences.items_before"
    # the stock is counted otherwise in the form of 2019, so it is never compared across the forms
    assert not (made["identity"] == "I6").any()
    assert made[made["identity"] == "I5"]["year"].tolist() == [2020] * 7 + [2021] * 7


def test_chains_follow_a_renamed_body_and_know_of_mergers() -> None:
    carried = {TOTAL.format("carried_out"): 4, "applications.carried_out.natural_person": 4}
    rural = report("博野县乡村振兴局", "130637", 2022, carried)
    farms = report("博野县农业农村局", "130637", 2022, {TOTAL.format("carried_out"): 6})
    both = report("博野县农业农村局", "130637", 2023, {TOTAL.format("carried_in"): 10,
                                                    "applications.carried_in.natural_person": 3})  # fmt: skip
    frames = frames_of(rural, farms, both)
    made = carry_chains(frames)
    assert one(made, "I5", "total")["status"].tolist() == ["joined"]
    assert one(made, "I5", "natural_person")["status"].tolist() == ["broken"]
    then = report("博野县扶贫办", "130637", 2020, {TOTAL.format("carried_out"): 2}, "2019")
    now = report("博野县乡村振兴局", "130637", 2021, {TOTAL.format("carried_in"): 2})
    renamed = one(carry_chains(frames_of(then, now)), "I5", "total")
    assert renamed[["status", "link"]].to_numpy().tolist() == [["holds", "renamed"]]


def test_of_doubles_the_first_counts_and_is_marked() -> None:
    first, again = (report("博野县水利局", "130637", 2021, {TOTAL.format("carried_out"): n}) for n in (1, 7))
    now = report("博野县水利局", "130637", 2022, {TOTAL.format("carried_in"): 1})
    made = one(carry_chains(frames_of(first, again, now)), "I5", "total")
    assert made[["status", "doubled"]].to_numpy().tolist() == [["holds", True]]


@cache
def made_panel() -> Panel:
    return panel(700, (2019, 2023), seed=7, outliers=0.02, errors=0.05)


@cache
def links() -> AgencyLinks:
    return link_agencies(made_panel().frames)


@cache
def chains() -> pd.DataFrame:
    return carry_chains(made_panel().frames, links())


def test_a_panel_gives_declared_columns_in_order() -> None:
    made = chains()
    types = {name: str(dtype) for name, dtype in made.dtypes.items()}
    assert list(types)[:5] == ["report_id", "previous_id", "body_id", "agency", "year"]
    assert types["expected"] == types["found"] == types["difference"] == "Float64"
    assert types["year"] == types["run"] == types["first_break"] == "Int16"
    assert types["report_id"] == "string"
    assert types["doubled"] == "boolean"
    assert made["status"].cat.categories.tolist() == list(CHAIN_STATUSES)
    assert made["identity"].cat.categories.tolist() == list(IDENTITIES)
    line = pd.Index(made_panel().frames.reports["report_id"]).get_indexer(pd.Index(made["report_id"]))
    assert (np.diff(line) >= 0).all()
    assert not made.duplicated(["report_id", "identity", "part"]).any()


def test_planted_breaks_are_found_and_checks_agree() -> None:
    truth, made = made_panel().truth, chains()
    for rule in ("I5", "I6"):
        planted = truth[truth["rule"] == rule]
        broken = made[(made["identity"] == rule) & (made["status"] == "broken")]
        assert len(planted) >= 20
        assert planted["report_id"].isin(broken["report_id"]).all()
        findings = gr.run_checks(made_panel().frames)
        assert set(findings[findings["rule"] == rule]["report_id"]) <= set(broken["report_id"])


def test_links_may_be_a_plain_table_and_must_fit() -> None:
    table = links().links[["report_id", "body_id"]]
    again = carry_chains(made_panel().frames, table)
    assert again["status"].tolist() == chains()["status"].tolist()
    assert again["link"].isna().all()
    with pytest.raises(UsageError, match="other frames"):
        carry_chains(made_panel().frames, table.iloc[1:])
    with pytest.raises(UsageError, match="missing the column body_id"):
        carry_chains(made_panel().frames, table[["report_id"]])


def test_no_reports_and_one_year_give_empty_tables_with_their_types() -> None:
    frames = made_panel().frames
    for empty in (carry_chains(to_frames([])), carry_chains(frames.select(year=2021))):
        assert len(empty) == 0
        assert empty.dtypes.to_dict() == chains().dtypes.to_dict()
    assert len(structure_changes(frames.select(year=2021))) == 0
    assert len(structure_changes(to_frames([]))) == len(parent_sums(to_frames([]))) == 0


# --- structure --------------------------------------------------------------------------------------------------------


def test_suqian_shares_and_too_few_pairs_to_tell_noise() -> None:
    made = structure_changes(gr.sample())
    not_held = made[made["outcome"] == "not_held"].iloc[0]
    assert not_held["share"] == pytest.approx(897 / 3521)
    assert not_held["n"] == 3521
    assert not_held["low"] < not_held["change"] < not_held["high"]
    assert made["rho_from"].tolist() == ["none"] * len(made)
    assert made["moved"].isna().all()
    assert set(made["break_year"]) == {2024}
    exclusive = [o for o in outcome_order() if outcome_order()[o] != "other_handling"] + ["other_handling"]
    changes = made.set_index("outcome").loc[exclusive, "change"].abs().sum() / 2
    assert made["distance"].iloc[0] == pytest.approx(changes)
    assert made[~made["outcome"].isin(["correction_overdue", "fee_overdue", "other"])]["share"].sum() == pytest.approx(
        1
    )


def test_rows_that_come_and_go_with_the_form_are_no_change() -> None:
    made = structure_changes(made_panel().frames, links())
    crossing = made[made["year"] == 2021]
    form = crossing[crossing["kind"] == "form"]
    assert set(form["outcome"]) == {"correction_overdue", "fee_overdue", "other"}
    assert form[["change", "p", "moved"]].isna().all().all()
    assert (crossing[crossing["outcome"] == "other_handling"]["kind"] != "form").all()
    before = made[made["year"] == 2020]
    assert set(before["outcome"]) == {o for o in outcome_order() if o not in ("correction_overdue", "fee_overdue")} | {
        "other_handling"
    }
    assert set(crossing["break_year"]) == {2021}
    assert made[made["year"] == 2022]["break_year"].isna().all()
    assert (made["n"] >= 30).all()
    assert (made["n_before"] >= 30).all()


def test_noise_is_not_called_change_and_planted_moves_are() -> None:
    quiet = structure_changes(panel(1200, (2021, 2023), seed=3, outliers=0, errors=0).frames)
    compared = quiet[quiet["kind"] == "compared"]
    assert len(compared) > 3000
    assert (compared["p"] < 0.05).mean() <= 0.05
    assert (compared["p"] < 0.01).mean() <= 0.012
    assert compared["moved"].mean() <= 0.001
    assert (compared["rho"] >= 0).all()
    loud = panel(1200, (2021, 2023), seed=3, outliers=0.06, errors=0)
    made = structure_changes(loud.frames)
    planted = loud.truth[loud.truth["kind"] == "odd_outcomes"]
    seen = made[made["report_id"].isin(planted["report_id"])]
    moved = seen[seen["moved"].fillna(False).astype(bool)]
    assert seen["report_id"].nunique() >= 20
    assert moved["report_id"].nunique() / seen["report_id"].nunique() >= 0.4


@pytest.mark.parametrize("wrong", [{"min_n": 0}, {"level": 0.0}, {"level": 1.0}])
def test_settings_of_structure_changes(wrong: dict[str, float]) -> None:
    with pytest.raises(UsageError, match="between 0 and 1"):
        structure_changes(made_panel().frames, links(), **wrong)  # type: ignore[arg-type]


# --- governments and the bodies below them ----------------------------------------------------------------------------


def received(agency: str, adcode: str, count: float | None) -> Report:
    row = {f"applications.received.{a}": "blank" for a in APPLICANTS}
    return report(agency, adcode, 2023, row if count is None else {TOTAL.format("received"): count})


def test_both_readings_stand_beside_the_sums() -> None:
    frames = frames_of(
        received("博野县人民政府", "130637", 30),
        received("博野县水利局", "130637", 7),
        received("博野县教育局", "130637", None),
        received("博野县小店镇人民政府", "130637", 5),
        received("保定市人民政府", "130600", 20),
        received("保定市水利局", "130600", 4),
        received("保定市高新区某街道办事处", "130600", 9),
    )
    made = parent_sums(frames, measures=["received"]).set_index("agency")
    county, city = made.loc["博野县人民政府"], made.loc["保定市人民政府"]
    assert county[["departments", "towns", "total", "parts", "unknown", "rest"]].tolist() == [7, 5, 12, 2, 1, 18]
    assert county["governments"] is pd.NA
    assert county["ratio"] == pytest.approx(0.4)
    assert bool(county["area_possible"])
    assert "余18" in county["as_area_zh"]
    assert "need not equal the 12" in county["as_own_en"]
    assert city[["departments", "governments", "total", "rest"]].tolist() == [4, 30, 34, -14]
    assert not bool(city["area_possible"])
    assert "more than its own figure" in city["as_area_en"]
    assert "error" not in " ".join(map(str, city))
    assert pd.isna(city["towns"])  # the county of that street is not known


def test_sums_of_a_panel_have_their_types_and_add_up() -> None:
    made = parent_sums(made_panel().frames, links(), ["received", "fees"])
    assert len(made) > 50
    parts = made[["departments", "towns", "governments"]].fillna(0).sum(axis=1)
    assert np.allclose(parts.astype(float), made["total"].astype(float))
    assert str(made.dtypes["parts"]) == "Int32"
    assert set(made["measure"].cat.categories) == {"received", "fees"}
    assert (made["measure"][made["year"] < 2021] == "received").all()


def test_wrong_measures_of_parents() -> None:
    with pytest.raises(UsageError, match="do not add up; found not_held_share"):
        parent_sums(made_panel().frames, links(), ["not_held_share"])
    with pytest.raises(UsageError, match="no measure is called"):
        parent_sums(made_panel().frames, links(), ["nothing"])
    with pytest.raises(UsageError, match="one measure at least"):
        parent_sums(made_panel().frames, links(), [])


def test_the_rules_of_links_are_described() -> None:
    rules = {row["rule"]: row["severity"] for row in read_csv("rules")}
    assert rules["agency_ambiguous"] == "warning"
    assert rules["correction_target"] == "info"
