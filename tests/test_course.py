"""The course: checks that tell what is wrong, lessons that give nothing away, solutions that hold."""

import csv
import json
import re
import subprocess
import sys
from importlib.resources import files

import numpy as np
import pandas as pd
import pytest
from test_notebooks import LESSONS, SOLUTIONS, outputs, read, run

from govreport.course import agencies_of_one_rate, check, intervals, score
from govreport.course.exercises import KINDS, digest, exercises, find_exercise, value
from govreport.errors import FormError, UsageError

NUMBERS = [e for e in exercises().values() if e.kind in ("count", "share", "number")]
CHOICES = [e for e in exercises().values() if e.kind in ("choice", "choices")]


class TestAnswers:
    def test_true_values(self):
        truth = {"1.1": 3525, "1.2": 3646, "1.3": 79, "1.5": 272, "2.1": 1816 / 3050, "2.2": 73 / 3050,
                 "2.3": 64 / 314, "2.4": 0.2, "2.6": 13, "3.1": 9028.5 / 165, "3.3": 897 / 3521 - 1047 / 3486,
                 "3.5": 26}  # fmt: skip
        assert {e.exercise: value(e.answer) for e in NUMBERS} == pytest.approx(truth)
        letters = {"1.4": "c", "2.5": "b", "3.2": "abd", "3.4": "c", "3.6": "c"}
        for exercise, answer in letters.items():
            assert check(exercise, answer)
        assert set(truth) | set(letters) | {"1.6"} == set(exercises())

    @pytest.mark.parametrize("exercise", NUMBERS, ids=lambda e: e.exercise)
    def test_usual_mistakes_get_their_hint(self, exercise):
        for expression, (english, chinese) in exercise.mistakes:
            found = check(exercise.exercise, value(expression))
            assert found.state == "wrong", expression
            assert found.message == english, expression
            assert found.message_zh == chinese

    @pytest.mark.parametrize("exercise", CHOICES, ids=lambda e: e.exercise)
    def test_every_single_wrong_letter_gets_a_hint_of_its_own(self, exercise):
        due = set(exercise.answer.split())
        hinted = {known for known, _ in exercise.mistakes}
        wrong = {digest(exercise.exercise, letter) for letter in exercise.options} - due
        assert wrong == hinted
        assert len(due) == 1 or exercise.kind == "choices"

    def test_a_wrong_answer_never_hears_the_right_one(self):
        for exercise in NUMBERS:
            due = value(exercise.answer)
            told = {f"{due:g}", f"{due:.3f}", f"{due:.1%}", f"{due:,.0f}"} - {"0", "1"}
            for words in (exercise.hint, *(hint for _, hint in exercise.mistakes)):
                for number in told:
                    assert not re.search(rf"(?<![\d.]){re.escape(number)}(?![\d.])", " ".join(words)), words

    @pytest.mark.parametrize("answer", [..., None, "", " ... ", "…"])
    def test_unanswered_says_so(self, answer):
        for exercise in exercises():
            found = check(exercise, answer)
            assert found.state == "open"
            assert not found
            assert "not answered yet" in str(found)


class TestUnits:
    @pytest.mark.parametrize("answer", [0.5954, 0.595, 59.5, 59.54, "59.5%", "0.595", "５９.５％", "59.5 percent",
                                        np.float64(0.5954), pd.Series([0.5954]).iloc[0]])  # fmt: skip
    def test_share_or_percent(self, answer):
        assert check("2.1", answer)

    def test_percent_without_its_sign_is_right_with_a_note(self):
        assert "You gave percent" in check("2.1", 59.5).message
        assert "You gave percent" not in check("2.1", "59.5%").message
        assert "You gave percent" not in check("2.1", 0.595).message

    def test_a_percent_sign_too_many(self):
        assert "percent sign" in check("2.1", "0.595%").message

    def test_rounded_too_much(self):
        assert "rounded" in check("2.1", 0.6).message
        assert "rounded" in check("2.1", 59).message

    def test_sign(self):
        assert check("3.3", "-4.6 points")
        assert check("3.3", "−4.6 个百分点")
        assert "sign" in check("3.3", 4.6).message

    @pytest.mark.parametrize("answer", ["3,525", "3525 件", "３５２５", 3525.0, np.int64(3525), "+3525"])
    def test_counts_as_people_write_them(self, answer):
        assert check("1.1", answer)

    @pytest.mark.parametrize(("answer", "told"), [
        ("35%", "not a share"), (3525.5, "whole number"), ("about 3525", "a number"), (True, "a number"),
        ([3525], "a number"), (float("nan"), "a number"), (pd.NA, "a number"), (1e400, "a number"),
    ])  # fmt: skip
    def test_what_is_no_count_is_told_and_never_raised(self, answer, told):
        found = check("1.1", answer)
        assert found.state == "wrong"
        assert told in found.message


class TestLetters:
    @pytest.mark.parametrize("answer", ["abd", "ABD", "a, b, d", ["a", "d", "b"], {"a", "b", "d"}, "a、b、d"])
    def test_as_people_write_them(self, answer):
        assert check("3.2", answer)

    def test_missing_and_extra(self):
        assert "missing" in check("3.2", "ab").message
        assert "c does not belong" in check("3.2", "abcd").message
        assert "no such option" in check("3.2", "x").message
        assert "no such option" in check("1.4", 7).message
        assert "one letter" in check("1.4", "bc").message

    def test_cell(self):
        assert check("1.6", "applications.duplicate.enterprise")
        assert check("1.6", " 'Applications.duplicate.enterprise' ")
        assert "two points" in check("1.6", "duplicate").message
        assert "row is right" in check("1.6", "applications.duplicate.total").message
        assert "column is right" in check("1.6", "applications.processed.enterprise").message
        assert check("1.6", "applications.granted.total").message == find_exercise("1.6").hint[0]


class TestShown:
    def test_shows_itself_in_two_languages_and_escaped(self):
        shown = check("1.1", 3646)._repr_html_()
        assert "✗ 1.1 not yet." in shown
        assert "还不对" in shown
        assert "<script" not in check("1.4", "<script>")._repr_html_()

    def test_state_is_not_told_by_colour_alone(self):
        assert [check("1.1", a)._repr_html_().count(mark) for a, mark in ((3525, "✓"), (1, "✗"), (..., "…"))] == [
            1,
            1,
            1,
        ]

    def test_score(self):
        found = score({"1.1": 3525, "1.2": 1, "1.3": ...})
        assert str(found) == "1 of 3 right; to look at again: 1.2; not answered yet: 1.3."
        assert "答对 1 / 3" in found._repr_html_()

    def test_unknown_exercise(self):
        with pytest.raises(UsageError, match=r"1\.1, 1\.2.*found '9\.9'"):
            check("9.9", 1)


class TestFiles:
    def test_nothing_is_missing(self):
        for exercise in exercises().values():
            assert exercise.kind in KINDS
            assert all(exercise.right)
            assert all(exercise.hint)
            assert all(all(words) for _, words in exercise.mistakes)
            assert re.search("[一-鿿]", exercise.right[1] + exercise.hint[1])
            assert bool(exercise.options) == (exercise.kind in ("choice", "choices"))

    def test_choices_and_cells_stand_there_as_digests(self):
        for exercise in exercises().values():
            if exercise.kind in ("choice", "choices", "cell"):
                parts = [*exercise.answer.split(), *(known for known, _ in exercise.mistakes)]
                assert all(re.fullmatch(r"[0-9a-f]{12}", part) for part in parts)

    def test_expressions_hold_sums_only(self):
        for bad in (
            "__import__('os')",
            "suqian_2024.applications.received.nobody",
            "[1]",
            "1 +",
            "open('x')",
            "2 ** 9",
        ):
            with pytest.raises(FormError, match="cannot be worked out"):
                value(bad)

    def test_a_blank_has_no_number(self):
        with pytest.raises(FormError):
            value("shanghai_office_2019.applications.granted.total")

    def test_the_digest_of_a_teachers_own_exercise(self):
        run_it = [sys.executable, "-m", "govreport.course", "1.4", "c"]
        made = subprocess.run(run_it, capture_output=True, text=True, check=True)
        assert made.stdout.strip() == exercises()["1.4"].answer
        assert subprocess.run(run_it[:3], capture_output=True).returncode == 2

    def test_csv_files_have_their_columns(self):
        for name, columns in (("exercises", 8), ("mistakes", 4)):
            text = files("govreport.course").joinpath(f"{name}.csv").read_text(encoding="utf-8")
            assert {len(row) for row in csv.reader(text.splitlines())} == {columns}


class TestInvented:
    def test_all_have_one_rate_and_the_same_again(self):
        made = agencies_of_one_rate()
        assert len(made) == 60
        assert made["not_held"].sum() / made["n"].sum() == pytest.approx(0.3, abs=0.01)
        pd.testing.assert_frame_equal(made, agencies_of_one_rate())
        assert made["agency"].str.endswith("（合成）").all()

    def test_limits_hold_about_95_of_100_and_not_with_heavy_requesters(self):
        assert agencies_of_one_rate()["outside"].sum() == 2
        assert agencies_of_one_rate(heavy=True)["outside"].sum() == 26
        assert (agencies_of_one_rate()["n"] == agencies_of_one_rate(heavy=True)["n"]).all()

    def test_wilson(self):
        row = intervals({"a": (4, 5)}).loc["a"]
        assert (row["low"], row["high"]) == pytest.approx((0.3755, 0.9638), abs=5e-4)
        assert intervals({"a": (0, 3)}).loc["a", "low"] == pytest.approx(0)
        with pytest.raises(UsageError, match="6 of 5"):
            intervals({"a": (6, 5)})


def texts_of(path) -> str:
    return "\n".join(c.source for c in read(path).cells)


@pytest.mark.parametrize("path", LESSONS, ids=lambda p: p.stem)
class TestLessons:
    def test_the_exercises_are_those_of_the_files(self, path):
        asked = re.findall(r'^check\("([\d.]+)", answer_([\d_]+)\)$', texts_of(path), re.M)
        lesson = path.name[0]
        assert [e for e, _ in asked] == [e for e in exercises() if e.startswith(f"{lesson}.")]
        assert [name.replace("_", ".") for _, name in asked] == [e for e, _ in asked]
        assert texts_of(path).count(" = ...\n") == len(asked)

    def test_options_are_those_of_the_files(self, path):
        for exercise in CHOICES:
            if exercise.exercise.startswith(path.name[0]):
                part = texts_of(path).split(f"### Exercise {exercise.exercise}")[1].split("answer_")[0]
                assert re.findall(r"^- \*\*(\w)\*\*", part, re.M) == list(exercise.options)

    def test_no_answer_can_be_read(self, path):
        text = re.sub(r'Exercise \d\.\d|"\d\.\d"', "", texts_of(path))  # numbers of exercises are no answers
        for exercise in NUMBERS:
            due = value(exercise.answer)
            forms = {f"{due:,.0f}", f"{due:.0f}"} if exercise.kind == "count" else set()
            forms |= {f"{due:.{d}f}" for d in (2, 3, 4)} | {f"{due * 100:.{d}f}" for d in (1, 2)} | {f"{due:.1%}"}
            for written in forms if exercise.exercise.startswith(path.name[0]) else ():
                assert not re.search(rf"(?<![\d.,]){re.escape(written)}(?![\d%]|\.\d)", text), (
                    exercise.exercise,
                    written,
                )
        assert not re.search(r'answer_\d_\d = "', text)
        assert "duplicate" not in text
        assert not any(part in text for e in exercises().values() for part in e.answer.split() if len(part) == 12)

    @pytest.mark.slow
    def test_runs_as_it_is_handed_out(self, path):
        shown = outputs(run(path))
        assert not [o for o in shown if o.output_type == "error"]
        said = [str(o.data.get("text/plain", "")) for o in shown if "data" in o]
        assert sum("not answered yet: put your answer" in text for text in said) == 6
        assert said[-1].startswith("0 of 6 right; not answered yet")
        assert [o for o in shown if "image/png" in o.get("data", {})]


@pytest.mark.slow
@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda p: p.stem)
def test_solutions_are_right(path):
    lesson = path.name[0]
    assert set(re.findall(r'check\("([\d.]+)"', texts_of(path))) == {e for e in exercises() if e.startswith(lesson)}
    said = [str(o.data.get("text/plain", "")) for o in outputs(run(path)) if "data" in o]
    assert sum(", right: " in text for text in said) == 6
    assert said[-1] == "6 of 6 right."


def test_the_teachers_page_names_every_lesson_with_its_minutes():
    page = (LESSONS[0].parent / "README.md").read_text(encoding="utf-8")
    for path in LESSONS:
        minutes = re.search(r"\*\*Time:\*\* (\d+)", texts_of(path))[1]
        line = next(line for line in page.splitlines() if path.name in line)
        assert f"| {minutes} |" in line
    for word in ("no network", "solutions", "Handing out", "aims"):
        assert word in page


def test_answers_do_not_stand_in_the_metadata_of_lessons():
    for path in LESSONS:
        raw = json.loads(path.read_text(encoding="utf-8"))
        assert all(not cell["metadata"] for cell in raw["cells"])
