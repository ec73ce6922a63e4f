"""What a person does with the explorer, in whatever page it stands: the same steps in JupyterLab and in Voila."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

LATER = 30_000  # milliseconds that a page may take on a busy machine before a step has failed

# Contrast of every text of the explorer with what is painted behind it, by the formula of WCAG 2.
_CONTRASTS = """root => {
  const rgba = text => { const p = text.match(/[\\d.]+/g).map(Number); return p.length < 4 ? [...p, 1] : p };
  const over = (a, b) => [0, 1, 2].map(i => a[i] * a[3] + b[i] * (1 - a[3])).concat(1);
  const light = c => { const [r, g, b] = c.slice(0, 3).map(v => { v /= 255;
    return v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4 }); return .2126 * r + .7152 * g + .0722 * b };
  const behind = e => { const layers = [];
    for (; e; e = e.parentElement) layers.push(rgba(getComputedStyle(e).backgroundColor));
    return layers.reverse().reduce((b, a) => over(a, b), [255, 255, 255, 1]) };
  const poor = [];
  const walk = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  for (let n = walk.nextNode(); n; n = walk.nextNode()) {
    const e = n.parentElement;
    if (!n.textContent.trim() || !e.getClientRects().length || e.closest('.govreport, style, option')) continue;
    const ground = behind(e), ink = over(rgba(getComputedStyle(e).color), ground);
    const [a, b] = [light(ink), light(ground)].sort((x, y) => y - x);
    if ((a + .05) / (b + .05) < 4.5) poor.push([n.textContent.trim().slice(0, 30), (a + .05) / (b + .05)]);
  }
  return poor }"""

_FOCUSED = """() => { const e = document.activeElement, s = getComputedStyle(e);
  const name = e.labels?.length ? e.labels[0].textContent : e.getAttribute('aria-label') || e.textContent;
  return [name.trim(), s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2] }"""


class Person:
    """Somebody in front of a page with one explorer."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.root = page.locator(".gr-explorer")

    def control(self, name: str) -> Any:
        return self.root.get_by_label(name, exact=True)

    def picture(self, shape: str = "gr-laptop") -> str:
        image = self.root.locator(f"img.{shape}:visible")
        image.wait_for(timeout=LATER)
        source: str = image.get_attribute("src")
        return source

    def counts(self) -> str:
        text: str = self.root.locator(".gr-counts").inner_text()
        return text

    def see(self, counts: str) -> None:
        self.root.locator(".gr-counts", has_text=counts).wait_for(timeout=LATER)

    def new_picture(self, old: str) -> str:
        other = """old => [...document.querySelectorAll('img.gr-laptop')].some(i => i.offsetParent && i.src !== old)"""
        self.page.wait_for_function(other, arg=old, timeout=LATER)
        return self.picture()

    def open_tab(self, name: str) -> None:
        self.root.get_by_role("tab", name=name).click()

    def table_rows(self) -> list[list[str]]:
        rows = self.root.locator(".gr-rows tbody tr")
        rows.first.wait_for(timeout=LATER)
        return [row.split("\t") for row in rows.all_inner_texts()]

    def prepare_downloads(self) -> None:
        self.root.get_by_role("button", name="准备下载").click()

    def download(self, kind: str, folder: Path) -> bytes:
        link = self.root.locator(f"a.gr-{kind}")
        link.wait_for(timeout=LATER)
        with self.page.expect_download(timeout=LATER) as started:
            link.click()
        path = folder / started.value.suggested_filename
        started.value.save_as(path)
        return path.read_bytes()

    def choose_body(self, name: str) -> None:
        body = self.control("机关")
        option = body.locator("option", has_text=name).first
        body.select_option(label=option.inner_text())

    def walk(self, steps: int) -> list[tuple[str, bool]]:
        """Names of what Tab reaches one after the other from the search box, and whether one sees where one is."""
        self.control("查找地区").focus()
        reached = [tuple(self.page.evaluate(_FOCUSED))]
        for _ in range(steps):
            self.page.keyboard.press("Tab")
            reached.append(tuple(self.page.evaluate(_FOCUSED)))
        return reached

    def poor_contrasts(self) -> list[Any]:
        found: list[Any] = self.root.evaluate(_CONTRASTS)
        return found


def region_and_year(person: Person) -> None:
    person.see("9 份报告，8 个机关")
    first = person.picture()
    person.control("省级").select_option(label="江苏省 (3)")
    person.see("3 份报告，2 个机关")
    second = person.new_picture(first)
    person.control("起始年度").select_option("2024")
    person.see("2 份报告，2 个机关")
    person.new_picture(second)
    person.open_tab("报告列表")
    assert sorted(row[0] for row in person.table_rows()) == ["宿迁市人民政府", "淮安市人民政府"]


def place_by_pinyin(person: Person) -> None:
    person.control("查找地区").press_sequentially("sq")
    offered = (
        "() => [...document.querySelectorAll('.gr-places button')].filter(b => b.offsetParent).map(b => b.innerText)"
    )
    person.page.wait_for_function(f"name => ({offered})().join() === name", arg="江苏省 宿迁市 (2)")
    person.root.locator(".gr-places button:visible").click()
    person.see("2 份报告，1 个机关")
    assert person.control("市级").input_value() == "宿迁市 (2)"


def body_opens_report(person: Person) -> None:
    person.choose_body("宿迁市人民政府")
    form = person.root.locator(".gr-form")
    form.get_by_text("宿迁市人民政府 · 2024").wait_for(timeout=LATER)
    assert form.locator("td", has_text="3521").count() >= 1
    assert "本年度办理总数" in person.root.locator(".gr-aside").inner_text()
    person.control("哪一份报告").select_option("2023")
    form.get_by_text("宿迁市人民政府 · 2023").wait_for(timeout=LATER)


def export(person: Person, folder: Path) -> None:
    person.control("省级").select_option(label="江苏省 (3)")
    person.see("3 份报告")
    person.open_tab("机关排名")
    person.picture()
    person.prepare_downloads()
    rows = list(csv.DictReader(io.StringIO(person.download("csv", folder).decode("utf-8-sig"))))
    assert [(row["agency"], row["value"]) for row in rows] == [("宿迁市人民政府", "3525"), ("淮安市人民政府", "3119")]
    person.prepare_downloads()  # pressed once more: the links that stand there stay
    assert person.download("png", folder).startswith(b"\x89PNG")
    assert person.download("xlsx", folder).startswith(b"PK")


def language(person: Person) -> None:
    person.control("Language").select_option("English")
    person.see("9 reports of 8 bodies")
    assert person.control("Province").is_visible()
    assert person.root.get_by_role("tab").all_inner_texts() == [
        "Trend", "Ranking", "Outcomes", "Distribution", "Map", "Reports",
    ]  # fmt: skip
    person.control("语言").select_option("中文")
    person.see("9 份报告")
    person.control("查找机关").wait_for()


def wrong_years(person: Person) -> None:
    person.control("截止年度").select_option("2020")
    person.see("2 份报告")
    person.control("起始年度").select_option("2023")
    person.root.get_by_role("alert").get_by_text("起始年度 2023 晚于截止年度 2020").wait_for(timeout=LATER)
    person.root.get_by_role("button", name="重置").click()
    person.see("9 份报告")


def keyboard(person: Person) -> None:
    reached = person.walk(17)
    names = [name for name, _ in reached]
    assert names[:10] == [
        "查找地区",
        "省级",
        "市级",
        "县级",
        "起始年度",
        "截止年度",
        "主题",
        "指标",
        "最小分母",
        "Language",
    ]
    then = ["人民政府", "街道", "乡镇", "重置", "历年变化", "显示图中数字", "准备下载", "查找机关"]
    assert names[10:] == then, names
    assert all(seen for _, seen in reached), "one sees where one is"
    person.control("省级").focus()
    person.page.keyboard.press("ArrowDown")
    person.see("2 份报告")
    person.root.get_by_role("tab", name="历年变化").focus()
    person.page.keyboard.press("ArrowRight")
    person.page.keyboard.press("Enter")
    assert person.root.get_by_role("tab", name="机关排名").get_attribute("aria-selected") == "true"


def hostile(person: Person, nasty: str) -> None:
    person.see("2 份报告")
    person.open_tab("报告列表")
    assert nasty in person.root.locator(".gr-rows").inner_text()
    person.choose_body(nasty)
    person.root.locator(".gr-form").get_by_text(nasty).first.wait_for(timeout=LATER)
    for tab in ("机关排名", "分布", "办理结果"):
        person.open_tab(tab)
        person.picture()
    person.control("查找地区").press_sequentially("<im")
    person.page.wait_for_timeout(300)
    assert person.page.evaluate("window.__hacked === undefined")
    assert person.root.locator("img:not(.gr-laptop, .gr-phone)").count() == 0
