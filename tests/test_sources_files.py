"""Files that are no pages: told by their bytes, searched fast for the words of a report; archives of files, limits."""

from __future__ import annotations

import io
import random
import re
import shutil
import subprocess
import time
import zipfile
from collections import Counter
from pathlib import Path

import pytest
from neighbours import FOOT, MENU, OTHERS, REPORTS
from web_archives import chunked, packed, response

import govreport as gr
from govreport.errors import FormError, ReadError
from govreport.forms import read_csv
from govreport.read import kinds
from govreport.read.zips import MOST_BYTES as MOST_BYTES_OF_READERS
from govreport.sources import files, filter, is_unseen, looks_like_report, plan, read_piece, shows_report
from govreport.sources.files import MOST_BYTES, Packed, file_kind, wide_text
from govreport.sources.filter import ANSWERS, NOT_BY_ITS_WORDS, why_passed_over
from govreport.sources.needs import is_installed_now, is_not_installed, not_installed
from govreport.sources.reading import candidates

HERE = Path(__file__).parent
FILES = sorted((HERE / "containers" / "files").iterdir())
PDFS = sorted((HERE / "containers" / "pdf").iterdir())
URL = "http://www.example.gov.cn/"
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def zipped(**members: bytes | str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    return made.getvalue()


def docx(body: str, coding: str = "utf-8") -> bytes:
    text = f'<?xml version="1.0" encoding="{coding}"?><w:document {W}><w:body>{body}</w:body></w:document>'
    return zipped(word__document_dot_xml=text.encode(coding))


def runs(*texts: str) -> str:
    """A paragraph whose words are cut by tags that name Chinese fonts."""
    font = '<w:rPr><w:rFonts w:ascii="宋体" w:eastAsia="仿宋_GB2312"/></w:rPr>'
    return "<w:p>" + "".join(f"<w:r>{font}<w:t>{text}</w:t></w:r>" for text in texts) + "</w:p>"


LABELS = runs("结转", "下年度", "继续办理") + runs("尚未", "审结") + runs("予以", "公开")
NOTICE = "<p>关于召开会议的通知，请各单位按时参加，会议内容另行公开。</p>"


class TestWords:
    @pytest.mark.parametrize("path", [*FILES, *PDFS], ids=lambda path: path.name)
    def test_no_file_of_a_report_is_lost(self, path):
        assert looks_like_report(path.read_bytes())

    @pytest.mark.parametrize("path", [*FILES, *PDFS], ids=lambda path: path.name)
    def test_all_but_those_that_hide_their_words_are_judged_by_them(self, path):
        assert is_unseen(path.read_bytes()) is (path.suffix in (".pdf", ".rtf"))

    @pytest.mark.parametrize("name", [name for name in REPORTS if "attachment" not in name and "data" not in name])
    def test_no_shape_of_report_is_lost_in_a_word_file(self, name):
        texts = re.findall(r"[^<>]+", re.sub(r"<(script|style).*?</\1>", "", REPORTS[name], flags=re.S))
        body = "".join(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>" for text in texts if text.strip())
        assert looks_like_report(docx(body)), name

    def test_words_cut_by_tags_that_name_chinese_fonts_are_whole(self):
        assert looks_like_report(docx(LABELS))
        assert looks_like_report(docx(LABELS, "utf-16"))

    def test_inline_texts_and_shared_texts_of_a_sheet(self):
        words = "<si><t>结转下年度继续办理</t></si><si><t>尚未审结</t></si><si><t>予以公开</t></si>"
        assert looks_like_report(zipped(xl__sharedStrings_dot_xml=words))
        assert looks_like_report(zipped(xl__worksheets__sheet3_dot_xml=words))
        assert looks_like_report(zipped(xl__sharedStrings_dot_bin=b"\x07\x01" + words.encode("utf-16-le")))

    @pytest.mark.parametrize("places", [0, 1])
    def test_utf_16_at_any_place_of_an_old_file(self, places):
        words = "".join(f"{label}\r" for label in ("结转下年度继续办理", "尚未审结", "予以公开"))
        noise = random.Random(3).randbytes(3000)
        old = bytes.fromhex("d0cf11e0a1b11ae1") + b"\x01" * places + noise + words.encode("utf-16-le") + noise
        assert looks_like_report(old)
        assert not looks_like_report(old[:2000])

    def test_files_of_before_1997_have_gbk(self):
        words = "结转下年度继续办理\x00\x05尚未审结\x00\x02予以公开".encode("gbk")
        assert looks_like_report(bytes.fromhex("d0cf11e0a1b11ae1") + random.Random(4).randbytes(3000) + words)

    def test_other_office_files_are_passed_over(self):
        assert why_passed_over(docx(runs("关于召开会议的通知", "依法公开"))) == NOT_BY_ITS_WORDS
        through = []
        for name, text in OTHERS.items():
            words = re.sub(r"<title.*?</title>|<[^>]*>", "", text.replace(MENU, "").replace(FOOT, ""))
            old = bytes.fromhex("d0cf11e0a1b11ae1") + words.encode("utf-16-le")
            through += [name] if looks_like_report(old) else []
        # a list of titles without its markup begins like a report
        assert through == ["list of reports", "list of reports, second page"]

    @pytest.mark.skipif(shutil.which("soffice") is None, reason="needs LibreOffice")
    @pytest.mark.slow
    def test_letters_of_a_notice_through_libreoffice(self, tmp_path):
        (tmp_path / "a.html").write_text(NOTICE, encoding="utf-8")
        profile = (tmp_path / "profile").as_uri()
        for kind in ("doc", "docx", "xls", "odt"):
            first = "--infilter=HTML (StarCalc)" if kind == "xls" else "--infilter=HTML (StarWriter)"
            command = ["soffice", f"-env:UserInstallation={profile}", "--headless", first, "--convert-to", kind]
            subprocess.run([*command, "--outdir", str(tmp_path), str(tmp_path / "a.html")], check=True, timeout=120)
            assert why_passed_over((tmp_path / f"a.{kind}").read_bytes()) == NOT_BY_ITS_WORDS

    def test_what_was_read_is_judged_by_its_words(self):
        report = gr.read_document(REPORTS["old, as a text"].encode())
        table = gr.read_document("规章 | 0 | 结转下年度继续办理 | 0 |\n尚未审结 | 2 | 予以公开 | 7 |".encode())
        other = gr.read_document(OTHERS["budget"].encode())
        assert [shows_report(document) for document in (report, table, other)] == [True, True, False]


class TestKinds:
    @pytest.mark.parametrize("path", [*FILES, *PDFS], ids=lambda path: path.name)
    def test_kinds_are_those_of_the_readers(self, path):
        content = path.read_bytes()
        told = {"docx": "zip", "xlsx": "zip", "ods": "zip", "odt": "zip", "xls": "ole", "doc": "ole"}
        kind = kinds.kind_of_file(content)
        assert file_kind(content).name == told.get(kind, kind)

    def test_a_single_file_archive_hides_its_words(self):
        mhtml = b"From: <Saved>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=x\r\n\r\n--x\r\n"
        assert kinds.kind_of_file(mhtml) == "mhtml"
        assert is_unseen(mhtml)
        assert looks_like_report(mhtml)
        assert file_kind(b"<p>multipart/related MIME-Version:</p>") is None

    def test_pictures_and_what_nobody_reads_are_counted_as_such(self):
        assert why_passed_over(b"\x89PNG\r\n\x1a\n" + b"x" * 50) == "pictures"
        assert why_passed_over(b"RIFF\x10\x00\x00\x00WEBPVP8 ") == "pictures"
        assert why_passed_over(b"Rar!\x1a\x07\x00") == "packed files"
        words = "<t>结转下年度继续办理</t><t>尚未审结</t><t>予以公开</t>"
        assert why_passed_over(zipped(OFD_dot_xml="<o/>", Doc_0__Pages__Page_0__Content_dot_xml=words)) == "OFD files"
        assert why_passed_over(zipped(ppt__presentation_dot_xml="", ppt__slides__a_dot_xml=words)) == "presentations"

    def test_the_tables_are_well_formed(self):
        told = [row["kind"] for row in read_csv("source_files")]
        assert sorted(told) == ["7z", "mhtml", "ole", "pdf", "picture", "rar", "rtf", "zip"]
        assert all(row["label"] for row in read_csv("source_files") if row["use"] == files.PASS)
        for row in [*read_csv("source_parts"), *read_csv("source_answers")]:
            re.compile(row.get("part") or row["pattern"])
        assert MOST_BYTES == MOST_BYTES_OF_READERS

    def test_a_strange_use_is_told(self, monkeypatch):
        row = {"kind": "x", "use": "eat", "label": ""}
        monkeypatch.setattr(files, "read_csv", lambda _: [row])
        files._kinds.cache_clear()
        with pytest.raises(FormError, match="there is no use eat"):
            files._kinds()
        files._kinds.cache_clear()


class TestArchivesOfFiles:
    def archive(self, tmp_path: Path, body: bytes, content_type: str = "application/zip") -> Path:
        path = tmp_path / "crawl.warc.gz"
        path.write_bytes(packed([response(f"{URL}all.zip", body, content_type=content_type)]))
        return path

    def test_one_file_is_left_to_the_reader(self, tmp_path):
        path = self.archive(tmp_path, zipped(report_dot_docx=docx(LABELS)))
        (record,) = candidates(plan(path)[0])
        assert record.name.endswith("all.zip")
        assert record.page.content.startswith(b"PK")

    def test_several_files_are_records_of_their_own(self, tmp_path):
        body = zipped(
            甲镇_dot_docx=docx(LABELS), 乙镇_dot_pdf=b"%PDF-1.4", 说明_dot_html=NOTICE, p_files__a_dot_png=b"\x89PNG",
            _dot_a_dot_docx=b"x",
        )  # fmt: skip
        path = self.archive(tmp_path, body, "application/octet-stream")
        (piece,) = plan(path)
        names = [record.name.rpartition("#")[2] for record in read_piece(piece)]
        assert names == ["甲镇.docx", "乙镇.pdf", "说明.html"]
        passed: Counter[str] = Counter()
        found = list(candidates(piece, passed))
        assert [record.name.removeprefix(str(path)) for record in found] == [
            f"#{URL}all.zip#甲镇.docx", f"#{URL}all.zip#乙镇.pdf",
        ]  # fmt: skip
        assert {record.page.origin.url for record in found} == {f"{URL}all.zip"}
        assert passed == {NOT_BY_ITS_WORDS: 1}

    def test_names_that_windows_wrote_are_read(self):
        raw = zipped(AAAA_dot_docx=docx(LABELS)).replace(b"AAAA.docx", "年报.docx".encode("gbk"))
        archive = Packed(raw)
        assert [archive.readable(name) for name in archive.names] == ["年报.docx"]
        archive = Packed(zipped(年报_dot_docx=b"x"))
        assert [archive.readable(name) for name in archive.names] == ["年报.docx"]

    def test_damage_is_told_by_whoever_reads_it(self, tmp_path):
        whole = docx(LABELS)
        assert looks_like_report(whole[: len(whole) // 2])
        assert looks_like_report(whole.replace(whole[60:90], b"\0" * 30))
        assert not is_unseen(whole[:200])
        members = zipped(a_dot_docx=docx(LABELS), b_dot_html=NOTICE.encode() * 50)
        broken = bytearray(members)
        at = members.index(b"b.html") + 8
        broken[at : at + 10] = b"\xff" * 10
        records = list(read_piece(plan(self.archive(tmp_path, bytes(broken)))[0]))
        assert [record.page is None for record in records] == [False, True]
        assert "damaged or protected" in records[1].reason

    def test_limits_hold(self, tmp_path, monkeypatch):
        bomb = zipped(a_dot_html=b" " * 3_000_000, b_dot_html=b" " * 3_000_000, c_dot_html=b"x")
        monkeypatch.setattr(files, "MOST_BYTES", 4_000_000)
        records = list(read_piece(plan(self.archive(tmp_path, bomb))[0]))
        assert [record.page is None for record in records] == [False, True]
        assert "the rest was left out" in records[1].reason
        monkeypatch.setattr(files, "MOST_TEXT", 1_000)
        assert not looks_like_report(docx(" " * 5_000 + LABELS))

    @pytest.mark.parametrize(
        "made_to_harm",
        [
            docx("<" * 3_000_000), docx("<a" * 2_000_000), docx("&#1;" * 1_000_000),
            zipped(a_dot_html="<!--" * 999_999),
            bytes.fromhex("d0cf11e0a1b11ae1") + "公开".encode("utf-16-le") + b"\x00\xd8" * 2_000_000,
            b"PK\x03\x04" * 1_000_000, zipped(**{f"n{n}": b"" for n in range(20_000)}),
        ],
    )  # fmt: skip
    def test_files_made_to_harm_cost_little(self, made_to_harm):
        start = time.process_time()
        why_passed_over(made_to_harm)
        assert time.process_time() - start < 5

    def test_archives_inside_archives_are_not_opened(self):
        inner = zipped(a_dot_docx=docx(LABELS))
        for _ in range(50):
            inner = zipped(a_dot_zip=inner)
        assert why_passed_over(inner) == NOT_BY_ITS_WORDS
        assert not is_unseen(inner)

    def test_a_member_that_hides_its_words_hides_them_in_the_archive(self):
        assert is_unseen(zipped(a_dot_pdf=b"%PDF-1.4"))
        assert not is_unseen(zipped(a_dot_html=NOTICE))
        with pytest.raises(ReadError, match="damaged or protected"):
            Packed(b"PK\x03\x04 no zip")


class TestTypes:
    @pytest.mark.parametrize(
        ("content_type", "headers"),
        [
            ("application/pdf", ()), ("application/octet-stream", ()), ("image/jpeg", ()), ("application/x-rar", ()),
            ("text/css", ("Transfer-Encoding: chunked",)),
        ],
    )  # fmt: skip
    def test_bytes_count_more_than_what_the_server_says(self, tmp_path, content_type, headers):
        body = chunked(docx(LABELS)) if headers else docx(LABELS)
        path = tmp_path / "crawl.warc.gz"
        path.write_bytes(packed([response(URL, body, 200, *headers, content_type=content_type)]))
        passed: Counter[str] = Counter()
        (record,) = candidates(plan(path)[0], passed)
        assert record.page.content == docx(LABELS)
        assert passed == {}


class TestAnswers:
    LIST = "".join(
        f"<record><![CDATA[<li><a href='/{n}.html'>样例市水务局{n}年政府信息公开工作年度报告</a></li>]]></record>"
        for n in range(2015, 2024)
    )

    @pytest.mark.parametrize(
        "answer",
        [
            f"<datastore><totalrecord>9</totalrecord><recordset>{LIST}</recordset></datastore>",
            f'<?xml version="1.0" encoding="UTF-8"?>\n<!-- list --><datastore>{LIST}</datastore>',
            '[{"title": "样例市水务局2023年政府信息公开工作年度报告", "url": "/1.html"}]',
            'jQuery_1({"rows": [{"title": "样例市水务局2023年政府信息公开工作年度报告"}]});',
            '{"data": {"html": "<li>样例市水务局2023年政府信息公开工作年度报告</li>"}}',
            "<?xml version='1.0'?><rss><item><title>样例市水务局2023年政府信息公开工作年度报告</title></item></rss>",
        ],
    )
    def test_lists_are_answers_and_no_reports(self, answer):
        for encoding in ("utf-8", "utf-8-sig", "gb18030"):
            assert why_passed_over(answer.encode(encoding)) in (ANSWERS, NOT_BY_ITS_WORDS)
        assert filter.points(answer.encode()) < filter.ENOUGH or why_passed_over(answer.encode()) == ANSWERS

    @pytest.mark.parametrize("before", ['{"title": "x", "content": "', "<?xml version='1.0'?><result><text>"])
    def test_a_report_inside_an_answer_is_not_lost(self, before):
        for name in ("old, in prose", "the national return of 2014", "tables are pictures", "traditional"):
            assert looks_like_report((before + REPORTS[name]).encode()), name

    def test_a_page_that_begins_as_xml_is_a_page(self):
        page = '<?xml version="1.0"?><!DOCTYPE html><html><title>样例市水务局2023年政府信息公开工作年度报告</title>'
        assert looks_like_report(page.encode())
        assert looks_like_report("[字体：大 中 小]样例市水务局2023年政府信息公开工作年度报告".encode())


class TestNeeds:
    def test_what_is_missing_is_one_reason(self):
        why = "page {} is a picture, so it must be read by OCR: pictures need {}; pip install 'govreport[ocr]'"
        first, second = (ReadError(why.format(*told)) for told in ((3, "cv2"), (9, "PIL")))
        assert not_installed(first) == not_installed(second) != ""
        assert is_not_installed(not_installed(first))
        assert not_installed(ReadError("the file is damaged")) == ""
        assert not is_not_installed("the file is damaged")
        assert not is_installed_now("the file is damaged")

    @pytest.mark.parametrize(
        ("suffix", "modules"),
        [
            (".docx", ["lxml"]), (".xlsx", ["python_calamine"]), (".xls", ["python_calamine"]), (".ods", ["lxml"]),
            (".pdf", []), (".doc", []), (".odt", []), (".rtf", []),
        ],
    )  # fmt: skip
    def test_every_reader_says_so_in_known_words(self, suffix, modules, monkeypatch):
        path = next(path for path in [*FILES, *PDFS] if path.suffix == suffix)
        for module in modules:
            monkeypatch.setitem(__import__("sys").modules, module, None)
        monkeypatch.setattr("importlib.util.find_spec", lambda *_: None)
        monkeypatch.setattr("shutil.which", lambda _: None)
        with pytest.raises(ReadError) as caught:
            gr.read_document(path)
        assert not_installed(caught.value)

    def test_what_is_there_is_there(self):
        reasons = [row["reason"] for row in read_csv("source_needs")]
        assert len(set(reasons)) == len(reasons)
        assert is_installed_now(next(reason for reason in reasons if "office" in reason))
        assert wide_text(b"") == b""
