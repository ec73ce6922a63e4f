"""Near-copies: exact similarity, nothing planted is missed, crowds stay small, passages side by side, same tables."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from functools import cache
from math import isnan, log

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import govreport as gr
from govreport.analysis.boilerplate import FEW_BODIES, shingle_weights, statutory_codes
from govreport.analysis.borrowed import borrowed_words
from govreport.analysis.candidates import HASHES, bands_for, candidate_pairs, signatures
from govreport.analysis.identical import IDENTICAL_COLUMNS, identical_tables
from govreport.analysis.passages import LEAST, common_runs, shared_passages
from govreport.analysis.shingles import (
    jaccard,
    normal_spans,
    normal_text,
    shared_codes,
    shingle_set,
    shingle_sets,
    text_similarity,
)
from govreport.analysis.similar import COLUMNS, RELATIONS, TextOptions, find_similar
from govreport.analysis.similar_groups import GROUP_COLUMNS, connected, similar_groups
from govreport.analysis.similar_notes import say
from govreport.errors import UsageError
from govreport.forms import read_csv
from govreport.frames import Frames
from govreport.schema import as_declared, schema
from govreport.synthetic import panel
from govreport.synthetic.panel_texts import InventedTexts, invented_texts

SHORT = TextOptions(min_shingles=2)
SIGNS = "".join(chr(0x4E00 + n) for n in range(600))


def frames_of(*rows: dict, findings: list[tuple[str, str, str]] = ()) -> Frames:
    """Reports made by hand: id, agency, year, places, and the texts of their sections as ``s1``, ``s5``, ``s6``."""
    made = {column: [row.get(column) for row in rows] for column in schema("reports")}
    made["sha256"] = [row.get("sha256", row["report_id"] * 8) for row in rows]
    made["source"] = [f"{row['report_id']}.txt" for row in rows]
    sections = [(row["report_id"], int(key[1]), "一、总体情况", text)
                for row in rows for key, text in row.items() if key[0] == "s" and key[1:].isdigit()]  # fmt: skip
    found = [(key, rule, "warning", "", "", words, "") for key, rule, words in findings]
    empty = {name: as_declared(name, {c: [] for c in schema(name)}) for name in Frames.names()}
    parts = {
        "reports": as_declared("reports", pd.DataFrame(made, index=range(len(rows)))),
        "sections": as_declared("sections", pd.DataFrame(sections, columns=list(schema("sections")))),
        "findings": as_declared("findings", pd.DataFrame(found, columns=list(schema("findings")))),
    }
    return Frames(**(empty | parts))


def report(key: str, agency: str, year: int | None, **more: object) -> dict:
    return {"report_id": key, "agency": agency, "year": year, "province": "甲省", **more}


def runs(text: str) -> set[str]:
    """Shingles the simple way."""
    normal = normal_text(text)
    return {normal[at : at + 5] for at in range(len(normal) - 4)}


def prose(seed: int, length: int = 200) -> str:
    rng = np.random.default_rng(seed)
    return "".join(SIGNS[n] for n in rng.integers(0, len(SIGNS), length))


def unordered(pairs: pd.DataFrame) -> set[tuple[frozenset[str], int]]:
    return {(frozenset((a, b)), s) for a, b, s in pairs[["report_id", "other_id", "section"]].to_numpy()}


# ---- normal form and shingles


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("2023年，共收到  申请１２件。", "0年共收到申请0件"),
        ("3,119件", "0件"),
        ("①Ｗｅｂ㎡", "0webm0"),
        ("一是（二）", "一是二"),
        ("\u3000\n—…！？《》", ""),
        ("二〇二三", "二〇二三"),
        ("坏\ud800字", "坏字"),
    ],
)
def test_the_normal_form_keeps_letters_and_one_sign_for_a_figure(text, normal):
    assert normal_text(text) == normal
    assert normal_spans(text)[0] == normal


def test_names_fold_to_one_sign_longest_first():
    assert normal_text("甲省乙市水利局在甲省", ["甲省乙市水利局", "甲省"]) == "\ue000在\ue000"


def test_a_figure_spans_all_its_digits():
    signs, starts, ends = normal_spans("收3,119件")
    assert (signs, starts, ends) == ("收0件", [0, 1, 6], [1, 6, 7])


def test_jaccard_worked_out_by_hand():
    # nine signs make five shingles; the eighth sign is in the last two of them: 3 shared of 7
    assert text_similarity("全年共举办培训三期。", "全年共举办培训四期！") == pytest.approx(3 / 7)
    assert text_similarity("全年共举办培训3期", "全年共举办培训12期") == 1
    assert text_similarity("甲乙丙丁戊己庚", "子丑寅卯辰巳午") == 0
    assert isnan(text_similarity("甲乙", "甲乙"))


TEXTS = st.text(alphabet=st.sampled_from("甲乙丙丁12 ，a\u3000Ａ①"), max_size=60)


@given(TEXTS, TEXTS)
def test_jaccard_is_symmetric_bounded_and_that_of_plain_sets(left, right):
    found, back = text_similarity(left, right), text_similarity(right, left)
    mine, theirs = runs(left), runs(right)
    if not mine | theirs:
        assert isnan(found)
        assert isnan(back)
        return
    assert found == back == len(mine & theirs) / len(mine | theirs)
    assert 0 <= found <= 1
    assert (found == 1) == (mine == theirs)


@given(st.lists(TEXTS, max_size=12))
def test_sets_made_together_are_those_made_alone(texts):
    sets = shingle_sets(normal_text(text) for text in texts)
    assert len(sets) == len(texts)
    assert sets.sizes.tolist() == [len(runs(text)) for text in texts]
    for at, text in enumerate(texts):
        assert (sets[at] == shingle_set(text)).all()
        assert sets.characters[at] == len(normal_text(text))
    if texts:
        assert (sets.take(np.array([len(texts) - 1]))[0] == sets[len(texts) - 1]).all()


def test_sets_of_many_texts_grow_in_place():
    texts = [prose(seed, 900) for seed in range(250)]
    sets = shingle_sets(texts)
    assert sets.sizes.tolist() == [len(runs(text)) for text in texts]
    assert all((sets[at] == shingle_set(texts[at])).all() for at in (0, 99, 100, 249))


# ---- boilerplate


def weights_of(texts: list[str], bodies: list[int], most: float = 0.5):
    return shingle_weights(shingle_sets(texts), np.array(bodies), most)


def test_weights_fall_with_the_share_of_bodies_that_print_a_shingle():
    everywhere, half, own = prose(1, 5), prose(2, 5), [prose(n + 10, 5) for n in range(40)]
    texts = [everywhere + (half if n < 30 else "") + own[n] for n in range(40)]
    weights = weights_of(texts, list(range(40)))
    assert (weights.bodies, weights.beyond) == (40, 20)
    assert weights.of(shingle_set(everywhere)).tolist() == [0]
    assert weights.of(shingle_set(half)).tolist() == pytest.approx([log(40 / 30) / log(40 / 20)])
    assert weights.of(shingle_set(own[0])).tolist() == [1]


def test_a_body_counts_once_however_many_texts_it_has():
    common = prose(1, 5)
    texts = [common + prose(n + 10, 5) for n in range(60)] + [prose(n + 100, 9) for n in range(40)]
    one_body = [0] * 60 + list(range(1, 41))
    assert weights_of(texts, one_body).of(shingle_set(common)).tolist() == [1]
    assert weights_of(texts, list(range(100))).of(shingle_set(common)).tolist() == pytest.approx(
        [log(100 / 60) / log(2)]
    )


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_frequent_shingles_are_counted_exactly(seed):
    rng = np.random.default_rng(seed)
    phrases = [prose(n, 8) for n in range(6)]
    bodies = rng.integers(0, 60, 120)
    texts = ["".join(p for p in phrases if rng.random() < 0.6) + prose(1000 + n, 6) for n in range(120)]
    weights = shingle_weights(shingle_sets(texts), bodies, 0.4)
    total = len(set(bodies.tolist()))
    beyond = max(0.4 * total, FEW_BODIES - 1)
    for phrase in phrases:
        for shingle in runs(phrase):
            count = len({b for b, text in zip(bodies.tolist(), texts, strict=True) if shingle in runs(text)})
            wanted = 1 if count <= beyond else log(total / count) / log(total / beyond)
            assert weights.of(shingle_set(shingle)).tolist() == pytest.approx([wanted])


def test_statutory_wording_weighs_nothing_even_in_two_reports():
    phrase = "中华人民共和国政府信息公开条例"
    assert set(shingle_set(phrase).tolist()) <= set(statutory_codes().tolist())
    weights = weights_of([phrase + prose(1, 50), phrase + prose(2, 50)], [0, 1])
    assert weights.beyond is None
    assert weights.of(shingle_set(phrase)).sum() == 0
    assert isnan(weights.jaccard(shingle_set(phrase), shingle_set(phrase)))
    assert weights.jaccard(shingle_set(phrase + prose(1, 50)), shingle_set(phrase + prose(1, 50))) == 1


def test_the_list_of_statutory_wording_is_sound():
    rows = read_csv("boilerplate")
    phrases = [row for row in rows if row["kind"] == "phrase"]
    assert {row["kind"] for row in rows} == {"phrase", "place_end"}
    assert len({row["text"] for row in rows}) == len(rows)
    assert all(row["source"] and len(row["text"]) >= 8 for row in phrases)
    assert max(len(row["text"]) for row in phrases) < 50


# ---- candidates


def test_signatures_are_those_of_datasketch():
    from datasketch import MinHash

    sets = shingle_sets([prose(1, 300), prose(2, 40), "甲"])
    made = signatures(sets)
    for text in range(2):
        theirs = MinHash(num_perm=HASHES, seed=1, scheme="affine32", hashfunc=int)
        theirs.update_batch((sets[text] >> np.uint64(32)).tolist())
        assert (made[text] == theirs.hashvalues).all()
    assert (made[2] == np.iinfo(np.uint32).max).all()


@pytest.mark.parametrize("threshold", [0.5, 0.6, 0.7, 0.8, 0.9, 0.95])
def test_bands_find_what_they_must(threshold):
    bands, width = bands_for(threshold)
    assert bands * width <= HASHES
    assert 1 - (1 - threshold**width) ** bands >= 0.999


def test_estimates_by_signature_are_unbiased():
    base = prose(1, 1000)
    other = base[:800] + prose(2, 200)
    exact = text_similarity(base, other)
    errors = []
    for shift in range(30):
        # another renaming of the signs gives another, independent signature of the same similarity
        moved = [text.translate({ord(s): ord(s) + 700 * (shift + 1) for s in SIGNS}) for text in (base, other)]
        hashes = signatures(shingle_sets(moved))
        errors.append((hashes[0] == hashes[1]).mean() - exact)
    assert abs(np.mean(errors)) < 3 * 0.044 / 30**0.5


# ---- pairs


def copies() -> Frames:
    base = prose(1, 300)
    return frames_of(
        report("a1", "甲局", 2021, s1=base, s5=prose(5), published="2022-01-10"),
        report("a2", "甲局", 2022, s1=base[:270] + prose(9, 30), s5=prose(6)),
        report("b1", "乙局", 2021, s1=base + "2021", s5="无。", published="2022-01-20"),
        report("c1", "丙局", 2021, s1=prose(3, 300), s5=prose(7)),
    )


def test_pairs_of_one_body_and_of_several_with_their_exact_similarity():
    pairs = find_similar(copies())
    told = pairs[["report_id", "other_id", "section", "relation"]].to_numpy().tolist()
    assert told == [["a2", "a1", 1, "own_last_year"], ["b1", "a1", 1, "other_body"], ["a2", "b1", 1, "other_body"]]
    # 300 signs make 296 shingles; the last 30 are others: 266 shared, 30 and 30 not
    assert pairs["similarity"].tolist() == pytest.approx([266 / 326, 296 / 297, 266 / 327])
    assert pairs["discounted"].tolist() == pytest.approx(pairs["similarity"].tolist())
    assert pairs["shared_characters"].tolist() == [270, 300, 270]
    assert pairs["characters"].tolist() == [300, 301, 300]
    assert pairs["group"].tolist() == [1, 1, 1]
    assert pairs.attrs["compared"] == {1: 4, 5: 3, 6: 0}
    assert pairs.attrs["too_short"] == {1: 0, 5: 1, 6: 0}
    assert pairs.attrs["notice"] == ""


def test_columns_have_their_declared_types_with_and_without_pairs():
    for pairs in (find_similar(copies()), find_similar(gr.to_frames([])), find_similar(copies(), sections=[6])):
        assert {c: str(t) for c, t in pairs.dtypes.items()} == COLUMNS
        assert tuple(pairs["relation"].cat.categories) == RELATIONS


def test_only_own_past_or_only_others():
    own, others = find_similar(copies(), against="own_past"), find_similar(copies(), against="others")
    assert own["relation"].tolist() == ["own_last_year"]
    assert others["relation"].tolist() == ["other_body", "other_body"]
    everything = find_similar(copies(), against="own_past", threshold=0)
    assert everything[["section", "similarity"]].to_numpy().tolist() == [[1, pytest.approx(266 / 326)], [5, 0.0]]


def test_the_result_does_not_depend_on_the_order_of_reports():
    made = invented_texts(300, seed=4, copies=0.1).frames
    wanted = find_similar(made)
    order = np.random.default_rng(0).permutation(len(made.reports))
    shuffled = replace(
        made,
        reports=made.reports.assign(published=made.reports["report_id"]).iloc[order].reset_index(drop=True),
        sections=made.sections.iloc[::-1].reset_index(drop=True),
    )
    dated = replace(made, reports=made.reports.assign(published=made.reports["report_id"]))
    pd.testing.assert_frame_equal(find_similar(shuffled), find_similar(dated))
    assert unordered(find_similar(shuffled)) == unordered(wanted)
    pd.testing.assert_frame_equal(find_similar(made), wanted)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_all_pairs_of_a_small_collection_are_found(seed):
    rng = np.random.default_rng(seed)
    bases = [prose(n, 120) for n in range(3)]
    rows = []
    for n in range(14):
        base = bases[rng.integers(3)]
        cut = int(rng.integers(60, 121))
        rows.append(report(f"r{n}", f"{'甲乙丙丁戊己庚'[n % 7]}局", 2021 + n // 7, s1=base[:cut] + prose(100 + n, 8)))
    frames = frames_of(*rows)
    pairs = find_similar(frames, sections=[1], threshold=0.7)
    wanted = {}
    for at, one in enumerate(rows):
        for two in rows[:at]:
            alike = len(runs(one["s1"]) & runs(two["s1"])) / len(runs(one["s1"]) | runs(two["s1"]))
            if alike >= 0.7:
                wanted[frozenset((one["report_id"], two["report_id"]))] = alike
    found = {frozenset((a, b)): s for a, b, s in pairs[["report_id", "other_id", "similarity"]].to_numpy()}
    assert found.keys() <= wanted.keys()
    assert len(found) >= len(wanted) - 1  # each is found with a probability of 0.999
    assert all(found[pair] == pytest.approx(wanted[pair]) for pair in found)


def test_names_can_be_folded():
    text = "{a}一年来逐项核对目录，{a}及时更新栏目，由{p}各乡镇报送，{a}按季汇总并公布结果，{p}群众可来电询问。"
    rows = [
        report(k, a, 2021, province="江苏省", county=p, s5=text.format(a=a, p=p[:2]))
        for k, a, p in (("x", "泗洪县水利局", "泗洪县"), ("y", "沭阳县教育体育局", "沭阳县"))
    ]
    assert len(find_similar(frames_of(*rows), sections=[5])) == 0
    folded = find_similar(frames_of(*rows), sections=[5], options=TextOptions(fold_names=True))
    assert folded["similarity"].tolist() == [1.0]


def test_links_join_a_renamed_body_to_its_past():
    rows = [report("o", "甲局", 2021, s1=prose(1)), report("n", "甲委员会", 2022, s1=prose(1))]
    assert find_similar(frames_of(*rows))["relation"].tolist() == ["other_body"]
    links = pd.DataFrame({"report_id": ["o", "n"], "body_id": ["k", "k"]})
    assert find_similar(frames_of(*rows), links=links)["relation"].tolist() == ["own_last_year"]
    unsure = links.assign(body_id=[None, "k"])
    assert find_similar(frames_of(*rows), links=unsure)["relation"].tolist() == ["other_body"]


def test_boilerplate_is_discounted_beside_the_plain_similarity():
    common = prose(1, 100)
    rows = [report(f"r{n:02}", f"第{SIGNS[n]}局", 2021, s1=common + prose(n + 10, 15)) for n in range(60)]
    rows.append(report("copy", "末局", 2021, s1=common + prose(10, 15)))
    pairs = find_similar(frames_of(*rows), threshold=0.7, options=TextOptions(min_shingles=10))
    own = pairs[pairs["other_id"].eq("r00") & pairs["report_id"].eq("copy")].iloc[0]
    assert (own["similarity"], own["discounted"]) == (1, 1)
    rest = pairs.drop(own.name)
    assert len(rest) > 1000
    assert rest["similarity"].min() > 0.7
    assert rest["discounted"].max() < 0.05


# ---- planted copies


@cache
def planted(reports: int) -> InventedTexts:
    return invented_texts(reports, seed=8, copies=0.05, similarity=0.8)


def recall(made: InventedTexts, pairs: pd.DataFrame) -> float:
    found = unordered(pairs)
    return float(np.mean([pair in found for pair in unordered(made.truth)]))


def test_planted_copies_are_found_with_the_similarity_they_were_given():
    made = planted(1200)
    pairs = find_similar(made.frames)
    assert len(made.truth) > 120
    assert made.truth["similarity"].min() >= 0.8
    assert made.truth["similarity"].median() < 0.85
    assert recall(made, pairs) >= 0.99
    found = {
        (frozenset((a, b)), s): j for a, b, s, j in pairs[["report_id", "other_id", "section", "similarity"]].to_numpy()
    }
    for a, b, section, _, similarity in made.truth.to_numpy():
        if (frozenset((a, b)), section) in found:
            assert found[frozenset((a, b)), section] == pytest.approx(similarity)
    # hardly anything else is alike
    assert len(pairs) <= 1.1 * len(made.truth)


@pytest.mark.slow
def test_planted_copies_are_found_among_ten_thousand_reports():
    made = invented_texts(10_000, seed=2, copies=0.02, template=0.02)
    pairs = find_similar(made.frames)
    assert len(made.truth) > 450
    assert recall(made, pairs) >= 0.98


def test_invented_texts_are_the_same_again_and_say_that_they_are_invented():
    one, two = (invented_texts(60, seed=3) for _ in range(2))
    pd.testing.assert_frame_equal(one.frames.sections, two.frames.sections)
    pd.testing.assert_frame_equal(one.truth, two.truth)
    assert one.frames.reports["agency"].str.endswith("（合成）").all()
    assert one.frames.reports["source"].str.startswith("synthetic:").all()
    assert "from seed 3" in repr(one)
    assert not invented_texts(60, seed=4).frames.sections["text"].equals(one.frames.sections["text"])


@pytest.mark.parametrize(
    "wrong", [{"reports": 2}, {"seed": -1}, {"copies": 0.5}, {"crowd": 1.5}, {"years": (2024, 2021)}, {"similarity": 2}]
)
def test_invented_texts_refuse_what_cannot_be(wrong):
    with pytest.raises(UsageError):
        invented_texts(**wrong)


# ---- crowds


def test_a_paragraph_that_everybody_prints_makes_no_crowd_of_pairs():
    common = prose(1, 400)
    rows = [report(f"r{n:03}", f"第{SIGNS[n]}局", 2021, s1=common + prose(n + 10, 90)) for n in range(300)]
    for n in range(10):  # copies: half of what is their own is another's
        rows.append(
            report(f"copy{n}", f"抄{SIGNS[n]}局", 2021, s1=common + prose(n + 10, 90)[:60] + prose(n + 900, 30))
        )
    frames = frames_of(*rows)
    pairs = find_similar(frames, sections=[1], threshold=0.85, options=TextOptions(crowd=20))
    assert pairs.attrs["crowded"] > 100
    assert pairs.attrs["largest_crowd"] > 20
    found = unordered(pairs)
    assert sum((frozenset((f"copy{n}", f"r{n:03}")), 1) in found for n in range(10)) >= 9
    assert len(pairs) < 15
    assert pairs["discounted"].max() < 0.6


def test_many_equal_texts_are_listed_with_the_earliest_only():
    text = prose(1, 120)
    rows = [report(f"r{n:04}", f"第{n}局", 2021 + n % 3, s6=text) for n in range(1500)]
    pairs = find_similar(frames_of(*rows), sections=[6])
    assert len(pairs) == 1499
    assert set(pairs["other_id"]) == {"r0000"}
    assert pairs["similarity"].eq(1).all()
    assert pairs.attrs["unlisted"] == 1500 * 1499 // 2 - 1499
    assert pairs.attrs["largest_crowd"] == 1500
    assert pairs["group"].eq(1).all()


def test_two_families_of_equal_texts_that_resemble_each_other():
    text, other = prose(1, 200), prose(1, 195) + prose(2, 5)
    rows = [report(f"a{n}", f"第{n}局", 2021, s6=text) for n in range(4)]
    rows += [report(f"b{n}", f"另{n}局", 2022, s6=other) for n in range(3)]
    assert len(find_similar(frames_of(*rows), sections=[6])) == 7 * 6 // 2
    few = find_similar(frames_of(*rows), sections=[6], options=TextOptions(crowd=3))
    between = [(a, b) for a, b in few[["report_id", "other_id"]].to_numpy() if a[0] != b[0]]
    assert sorted(between) == [("b0", f"a{n}") for n in range(4)] + [("b1", "a0"), ("b2", "a0")]
    assert few.attrs["unlisted"] == 6 - 3 + 12 - 6


def test_a_crowd_with_nothing_of_its_own_is_counted():
    base = prose(1, 300)
    rows = []
    for n in range(80):
        at = 20 + 3 * n
        rows.append(report(f"r{n:02}", f"第{SIGNS[n]}局", 2021, s1=base[:at] + SIGNS[n + 300] + base[at + 1 :]))
    pairs = find_similar(frames_of(*rows), sections=[1], options=TextOptions(crowd=10))
    assert pairs.attrs["crowded"] == 80
    assert pairs.attrs["unpaired"] == 80
    assert 79 <= len(pairs) < 80 * 79 // 4
    assert pairs["group"].nunique() == 1
    assert candidate_pairs.__doc__


# ---- wrong use and empty results


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"sections": [9]}, "0 to 6"),
        ({"sections": 5}, r"\[1, 5, 6\]"),
        ({"sections": []}, "list of numbers"),
        ({"threshold": 0.2}, "own_past"),
        ({"threshold": 1.2}, "between 0.5 and 1"),
        ({"threshold": -1, "against": "own_past"}, "between 0 and 1"),
        ({"against": "neighbours"}, "both, own_past, others"),
        ({"links": pd.DataFrame({"report_id": []})}, "body_id"),
    ],
)
def test_wrong_use_is_told(wrong, message):
    with pytest.raises(UsageError, match=message):
        find_similar(copies(), **wrong)


def test_wrong_options_and_wrong_data_are_told():
    for wrong in ({"boilerplate": 0}, {"boilerplate": 2}, {"min_shingles": 1}, {"crowd": 0}):
        with pytest.raises(UsageError):
            TextOptions(**wrong)
    with pytest.raises(UsageError, match="expects Frames, as open_reports gives them; found DataFrame"):
        find_similar(copies().reports)
    doubled = frames_of(report("a", "甲局", 2021, s1=prose(1)), report("a", "乙局", 2021))
    with pytest.raises(UsageError, match="report_id of its own"):
        find_similar(doubled)


@pytest.mark.parametrize(
    ("rows", "options", "notice"),
    [
        ([], {}, "There are no reports"),
        ([report("a", "甲局", 2021)], {}, "no text in section 1, 5, 6"),
        ([report("a", "甲局", 2021, s1="无")], {}, "All 1 texts of section 1, 5, 6 have fewer than 30 shingles"),
        ([report("a", "甲局", 2021, s1=prose(1))], {"against": "own_past"}, "on two years in a row"),
        ([report("a", "甲局", 2021, s1=prose(1))], {"against": "others"}, "texts of one body only"),
        ([report(k, k, 2021, s1=prose(n)) for n, k in enumerate("甲乙")], {}, "2 texts were compared; no pair"),
    ],
)
def test_an_empty_result_says_why(rows, options, notice):
    pairs = find_similar(frames_of(*rows), **options)
    assert len(pairs) == 0
    assert notice in pairs.attrs["notice"]
    assert pairs.attrs["notice_zh"] > "\u4e00"


def test_without_datasketch_a_body_can_still_be_compared_with_its_past(monkeypatch):
    from govreport.analysis import candidates

    monkeypatch.setitem(sys.modules, "datasketch", None)
    candidates._permutations.cache_clear()
    assert len(find_similar(copies(), against="own_past")) == 1
    with pytest.raises(UsageError, match=r"pip install 'govreport\[statistics\]'"):
        find_similar(copies())


def test_importing_loads_neither_datasketch_nor_scipy():
    code = "import sys, govreport.analysis.similar, govreport.analysis.passages; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"datasketch", "scipy"} & set(loaded)


# ---- groups and borrowed words


def test_groups_tell_how_far_a_template_went():
    text, other = prose(1), prose(2)
    rows = [
        report("a", "甲市水利局", 2022, province="甲省", city="甲市", agency_kind="department", s5=text),
        report("b", "甲市教育局", 2021, province="甲省", city="甲市", agency_kind="department", s5=text),
        report("c", "甲市东街道", 2023, province="甲省", city="甲市", agency_kind="street", s5=text),
        report("d", "乙县人民政府", 2021, province="甲省", city="乙市", agency_kind="government", s5=other),
        report("e", "丙县人民政府", 2021, province="丙省", agency_kind="government", s5=other),
        report("f", "丁局", 2021, s5=prose(3)),
        report("g", "丁局", 2022, s5=prose(3)),
    ]
    frames = frames_of(*rows)
    pairs = find_similar(frames)
    groups = similar_groups(frames, pairs)
    assert {c: str(t) for c, t in groups.dtypes.items()} == GROUP_COLUMNS
    first, second = groups.to_dict("records")
    assert (first["report_id"], first["agency"], first["bodies"], first["reports"]) == ("b", "甲市教育局", 3, 3)
    assert (first["city"], first["cities"], first["first_year"], first["last_year"]) == ("甲市", 1, 2021, 2023)
    assert (first["kinds"], first["similarity"]) == ("department street", 1.0)
    assert (second["provinces"], second["province"], second["bodies"]) == (2, pd.NA, 2) or pd.isna(second["province"])
    assert len(similar_groups(frames, pairs, bodies=1)) == 3
    assert "no pairs" in similar_groups(frames, pairs.head(0)).attrs["notice"]


def test_groups_refuse_pairs_of_other_frames():
    with pytest.raises(UsageError, match="missing group, similarity"):
        similar_groups(copies(), pd.DataFrame(columns=["report_id", "other_id", "section"]))
    with pytest.raises(UsageError, match="other frames"):
        similar_groups(frames_of(report("z", "甲局", 2021)), find_similar(copies()))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=1, max_size=25))
def test_connected_groups_are_those_of_a_plain_search(edges):
    pairs = pd.DataFrame(edges, columns=["report_id", "other_id"]).assign(section=1)
    groups = connected(pairs).tolist()
    near: dict[int, set[int]] = {}
    for a, b in edges:
        near.setdefault(a, set()).add(b)
        near.setdefault(b, set()).add(a)

    def reach(start: int) -> frozenset[int]:
        seen, todo = {start}, [start]
        while todo:
            todo += [n for n in near[todo.pop()] if n not in seen and not seen.add(n)]
        return frozenset(seen)

    parts = [reach(a) for a, _ in edges]
    numbers = {part: at for at, part in enumerate(dict.fromkeys(parts), start=1)}
    assert groups == [numbers[part] for part in parts]


def test_a_copy_that_kept_the_name_of_its_source_is_told():
    text = "我镇持续梳理目录，及时更新栏目，东墟在线公众号按月发布办事指南，2021年我镇全面核对清单，逐项答复群众来电。"
    frames = frames_of(
        report("src", "博野县东墟镇政府", 2021, county="博野县", s1=text),
        report("cpy", "博野县小店镇政府", 2022, county="博野县", s1=text),
        report("oth", "博野县教育局", 2022, county="博野县", s1=text),
        findings=[
            ("cpy", "foreign_name", "东墟在线 别处"),
            ("cpy", "year_conflict", "2021"),
            ("oth", "foreign_name", "我镇"),
        ],
    )
    pairs = find_similar(frames, sections=[1]).set_index(["report_id", "other_id"])
    copy = pairs.loc["cpy", "src"]
    assert (copy["foreign_name"], copy["names_other"], copy["stale_year"]) == ("东墟在线", True, 2021)
    assert pd.isna(copy["other_foreign_name"])
    third = pairs.loc["oth", "src"]
    assert (third["foreign_name"], third["names_other"]) == ("我镇", False)
    assert pd.isna(third["stale_year"])
    with pytest.raises(UsageError, match="missing section"):
        borrowed_words(frames, pd.DataFrame(columns=["report_id", "other_id"]))


def test_what_the_parser_finds_reaches_the_pairs():
    page = (
        "博野县小店镇政府2023年政府信息公开工作年度报告\n一、总体情况\n"
        "2023年，我局持续梳理目录，及时更新栏目，按月发布办事指南，逐项核对清单，耐心答复群众来电，年末集中公布结果，"
        "窗口人员分批整理档案，由专人登记备查，并请居民对栏目提出意见。\n"
        "五、存在的主要问题及改进情况\n栏目偏少。\n六、其他需要报告的事项\n无。\n"
    )
    reports = [gr.parse_report(gr.read_document(page.replace("小店", name).encode())) for name in ("小店", "程委")]
    frames = gr.to_frames(reports)
    pairs = find_similar(frames, sections=[1])
    assert pairs["foreign_name"].tolist() == ["我局"]
    assert pairs["other_foreign_name"].tolist() == ["我局"]
    assert pairs["names_other"].tolist() == [False]


# ---- passages


@given(st.text("甲乙丙丁", max_size=40), st.text("甲乙丙丁", max_size=40), st.integers(2, 5))
def test_common_runs_are_common_do_not_overlap_and_begin_with_the_longest(left, right, least):
    found = common_runs(left, right, least)
    used, other_used = set(), set()
    for at, other_at, length in found:
        assert length >= least
        assert left[at : at + length] == right[other_at : other_at + length]
        places, others = set(range(at, at + length)), set(range(other_at, other_at + length))
        assert not places & used
        assert not others & other_used
        used |= places
        other_used |= others
    longest = max(
        (n for n in range(len(left) + 1) for a in range(len(left) - n + 1) if left[a : a + n] in right), default=0
    )
    assert max((length for *_, length in found), default=0) == (longest if longest >= least else 0)
    assert found == sorted(found)


def test_texts_that_repeat_themselves_take_no_time():
    assert common_runs("甲" * 20_000, "甲" * 15_000, LEAST) == [(0, 0, 15_000)]
    assert common_runs("", "甲乙丙", 2) == []


def passage_frames() -> Frames:
    return frames_of(
        report(
            "x",
            "甲<b>局",
            2022,
            s1="开头的话各不相同。<script>alert(1)</script>全年共收到群众来电123件，逐项登记并答复；末尾。",
        ),
        report("y", "乙局", 2021, s1="这里另起炉灶写开头，全年共收到群众来电9件，逐项登记并答复；别的*话*|还有"),
        report("z", None, None, s1="毫无关系", s5="本机关按照中华人民共和国政府信息公开条例办理。"),
        report("w", "丁局", 2021, s5="我们依据中华人民共和国政府信息公开条例答复。"),
    )


def test_shared_passages_with_their_places_and_shares():
    shared = shared_passages(passage_frames(), "x", "y", 1)
    (passage,) = shared.passages
    assert shared.left.text[passage.start : passage.end] == "全年共收到群众来电123件，逐项登记并答复"
    assert shared.right.text[passage.other_start : passage.other_end] == "全年共收到群众来电9件，逐项登记并答复"
    assert passage.characters == 18
    assert passage.figures_differ
    assert not passage.statutory
    assert shared.left.shared == shared.right.shared == 18
    assert shared.left.characters == len(normal_text(shared.left.text))
    assert shared.left.share == pytest.approx(18 / shared.left.characters)
    assert shared.similarity == text_similarity(shared.left.text, shared.right.text)
    row = shared.table().iloc[0]
    assert (row["report_id"], row["text"], row["figures_differ"]) == (
        "x",
        "全年共收到群众来电123件，逐项登记并答复",
        True,
    )
    back = shared_passages(passage_frames(), "y", "x", 1)
    assert back.left.shared == 18


def test_statutory_wording_is_marked_as_such():
    shared = shared_passages(passage_frames(), "z", "w", 5)
    (passage,) = shared.passages
    assert passage.statutory
    assert "gs-statutory" in shared.to_html()
    assert say("statutory", "en") in shared.to_markdown("en")
    assert shared.left.name("en") == "(unknown agency) (unknown year)"


def test_html_is_escaped_and_runs_without_scripts():
    html = shared_passages(passage_frames(), "x", "y", 1)._repr_html_()
    assert "<script" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "甲&lt;b&gt;局" in html
    assert "<u>123</u>" in html
    assert "<u>9</u>" in html
    assert html.count("<mark") == html.count("</mark>") == 2
    assert "auto-fit" in html  # columns stand below each other on a narrow screen
    assert "<sup>1</sup>" in html


def test_markdown_takes_signs_of_the_page_for_text():
    frames = frames_of(
        report("x", "甲局", 2021, s1="**重要**|`code`<img src=x>[链接](http://a)写在这里的话"),
        report("y", "乙局", 2021, s1="**重要**|`code`<img src=x>[链接](http://a)写在这里的话"),
    )
    text = shared_passages(frames, "x", "y", 1).to_markdown()
    row = text.strip().splitlines()[-1]
    assert "<img" not in text
    assert r"重要\*\*\|\`code\`" in row
    assert r"\[链接\]\(http" in row
    assert row.replace(r"\|", "").count("|") == 5


@pytest.mark.parametrize("width", [20, 59, 60, 100])
def test_text_for_a_terminal_keeps_to_its_width(width):
    import unicodedata

    frames = passage_frames()
    text = shared_passages(frames, "x", "y", 1).to_text(width)
    for line in text.splitlines():
        assert sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line) <= width
    flat = text.replace("\n", "")
    assert "⟦1" in flat
    assert ("│" in text) == (width >= 60)


def test_signs_that_steer_a_terminal_are_left_out():
    frames = frames_of(
        report("x", "甲局", 2021, s1="\x1b[31m红色的字写在这里\x07"), report("y", "乙局", 2021, s1="红色的字写在这里")
    )
    text = shared_passages(frames, "x", "y", 1).to_text(80)
    assert "\x1b" not in text
    assert "\x07" not in text


def test_nothing_shared_is_said():
    frames = frames_of(report("x", "甲局", 2021, s1=prose(1)), report("y", "乙局", 2021, s1=prose(2)))
    shared = shared_passages(frames, "x", "y", 1)
    assert shared.passages == ()
    assert "No passage of 8 characters" in shared.to_text(80, "en")
    assert "No passage of 8 characters" in shared.table().attrs["notice"]
    assert "0 in section 1" in repr(shared)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (("x", "x", 1), "twice"), (("x", "q", 1), "no report has the key 'q'"), (("x", "y", 5), "no text in section 5"),
        (("x", "y", 8), "0 to 6"),
    ],
)  # fmt: skip
def test_passages_refuse_wrong_use(call, message):
    with pytest.raises(UsageError, match=message):
        shared_passages(passage_frames(), *call)
    with pytest.raises(UsageError, match="2 characters"):
        shared_passages(passage_frames(), "x", "y", 1, least=1)
    with pytest.raises(UsageError, match="width of 20"):
        shared_passages(passage_frames(), "x", "y", 1).to_text(5)


def test_long_texts_are_cut_in_the_view_and_it_says_so():
    text = prose(1, 30_000)
    frames = frames_of(report("x", "甲局", 2021, s1=text), report("y", "乙局", 2021, s1=text[5000:]))
    shared = shared_passages(frames, "x", "y", 1)
    assert shared.left.characters == 20_000
    assert say("cut", "zh", n=10_000) in shared.to_html()
    flat = shared.to_text(100).replace("\n", "").replace("│", "").replace(" ", "")
    assert "⟦1" in flat


# ---- identical tables


@cache
def tables() -> gr.Frames:
    return panel(600, (2021, 2022), seed=5, errors=0.05).frames


def test_planted_copies_of_tables_are_found_and_no_others():
    made = panel(600, (2021, 2022), seed=5, errors=0.05)
    planted_copies = made.truth[made.truth["kind"] == "copied_tables"]
    found = identical_tables(made.frames)
    group = dict(zip(found["report_id"], found["group"], strict=True))
    assert len(planted_copies) >= 5
    for copy, twin in zip(planted_copies["report_id"], planted_copies["twin"], strict=True):
        assert group[copy] == group[twin]
    assert len(found) == 2 * len(planted_copies)
    assert {c: str(t) for c, t in found.dtypes.items()} == IDENTICAL_COLUMNS
    sizes = dict(zip(planted_copies["report_id"], planted_copies["size"], strict=True))
    told = found.set_index("report_id")["figures"]
    assert all(told[key] == size for key, size in sizes.items())
    checked = gr.run_checks(made.frames)
    assert set(checked.loc[checked["rule"].eq("same_tables"), "report_id"]) == set(found["report_id"])


def large() -> str:
    """Key of a report with many figures."""
    given = tables().applications.query("count > 0").groupby("report_id", observed=True).size()
    return str(given.idxmax())


def twin_of(key: str, **changed: object) -> Frames:
    """The tables with one report of a new key that prints the figures of another."""
    one = tables().select(report_ids=key)
    renamed = Frames(*(f.assign(report_id="twin") if "report_id" in f else f for _, f in one.items()))
    return Frames.concat([tables(), replace(renamed, reports=renamed.reports.assign(sha256="f" * 64, **changed))])


def test_one_body_with_the_tables_of_another_year():
    key = large()
    year = int(tables().reports.set_index("report_id").loc[key, "year"])
    found = identical_tables(twin_of(key, year=year + 5))
    pair = found[found["report_id"].isin([key, "twin"])]
    assert pair["relation"].tolist() == ["years", "years"]
    assert pair["bodies"].tolist() == [1, 1]
    assert pair["group"].nunique() == 1
    # groups of several bodies come first
    assert pair["group"].iloc[0] > found.loc[found["relation"].eq("bodies"), "group"].max()


def test_doubles_of_one_report_are_no_group():
    found = identical_tables(twin_of(large()))
    assert "twin" not in set(found["report_id"])


def test_a_changed_figure_leaves_the_other_tables_identical():
    frames = twin_of(large(), agency="另一机关")
    rows = frames.disclosure.index[frames.disclosure["report_id"].eq("twin") & frames.disclosure["value"].gt(0)]
    changed = frames.disclosure["value"].copy()
    changed[rows[0]] = 987_654.0
    found = identical_tables(replace(frames, disclosure=frames.disclosure.assign(value=changed)))
    told = found.set_index("report_id").loc["twin"]
    assert "disclosure" not in told["tables"].split()
    assert "applications" in told["tables"].split()
    assert (told["reports"], told["bodies"]) == (2, 2)


def test_a_blank_where_the_other_prints_zero_makes_no_difference():
    frames = twin_of(large(), agency="另一机关")
    mine = frames.applications["report_id"].eq("twin") & frames.applications["count"].eq(0)
    assert mine.any()
    blanked = frames.applications.assign(count=frames.applications["count"].mask(mine))
    assert "twin" in set(identical_tables(replace(frames, applications=blanked))["report_id"])


def test_identical_tables_explain_and_refuse():
    assert "There are no reports" in identical_tables(gr.to_frames([])).attrs["notice"]
    few = identical_tables(tables().select(report_ids=[large()]))
    assert "No tables are identical in at least 20 figures" in few.attrs["notice"]
    with pytest.raises(UsageError, match="1 or more"):
        identical_tables(tables(), figures=0)
    with pytest.raises(UsageError, match="expects Frames"):
        identical_tables(tables().reports)


def test_shared_codes_are_those_of_both_sets():
    left, right = shingle_set(prose(1, 100)), shingle_set(prose(1, 100)[50:] + prose(2, 20))
    assert shared_codes(left, right).tolist() == np.intersect1d(left, right).tolist()
    assert jaccard(left, left) == 1


def test_every_note_is_written_in_both_languages():
    rows = read_csv("similar")
    assert len({row["note"] for row in rows}) == len(rows)
    assert all(row["zh"] and row["en"] for row in rows)
    with pytest.raises(UsageError, match="no note is called"):
        say("nothing", "zh")
