"""Kind and encoding of bytes: every declaration is checked, every other kind of file is named and refused."""

import codecs
import zlib

import pytest

from govreport.errors import ReadError
from govreport.read.sniff import MAX_BYTES, decode

PROSE = "政府信息公开工作年度报告：本机关全年收到申请三件，均已依法答复。行政规范性文件现行有效件数为七。"
PAGE = f"<html><head>{{meta}}<title>年度报告</title></head><body><p>{PROSE}</p><p>镕㑇𠮷</p></body></html>"
CHARSET = '<meta charset="{}">'
LONG_FORM = '<META CONTENT="text/html; charset={}" HTTP-EQUIV="Content-Type">'


def page(meta=""):
    return PAGE.format(meta=meta)


@pytest.mark.parametrize(
    ("text", "codec", "content_type", "encoding", "reason"),
    [
        (page(), "utf-8", "", "utf-8", "content"),
        (page(), "utf-8", "text/html; charset=UTF-8", "utf-8", "http"),
        (page(CHARSET.format("utf-8")), "utf-8", "text/html", "utf-8", "meta"),
        (page(LONG_FORM.format("utf-8")), "utf-8", "", "utf-8", "meta"),
        (page(), "gb18030", "", "gb18030", "content"),
        (page(), "gb18030", "text/html;charset=GBK", "gb18030", "http"),
        (page(CHARSET.format("gb2312")), "gb18030", "", "gb18030", "meta"),
        (page(LONG_FORM.format("gbk")), "gb18030", "", "gb18030", "meta"),
        # false claims
        (page(CHARSET.format("gb2312")), "utf-8", "", "utf-8", "content"),
        (page(CHARSET.format("gb2312")), "utf-8", "text/html; charset=gbk", "utf-8", "content"),
        (page(CHARSET.format("utf-8")), "gb18030", "", "gb18030", "content"),
        (page(CHARSET.format("gbk")), "gb18030", "text/html; charset=utf-8", "gb18030", "meta"),
        (page(), "gb18030", "text/html; charset=ISO-8859-1", "gb18030", "content"),
        (page(), "utf-8", "text/html; charset=ISO-8859-1", "utf-8", "content"),
        (page(CHARSET.format("no-such-thing")), "gb18030", "", "gb18030", "content"),
        (page(CHARSET.format("utf-16")), "utf-8", "", "utf-8", "content"),
        # two bytes a sign
        (page(), "utf-16-le", "", "utf-16-le", "content"),
        (page(), "utf-16-be", "", "utf-16-be", "content"),
        (page(), "utf-32-le", "", "utf-32-le", "content"),
    ],
)
def test_encoding(text, codec, content_type, encoding, reason):
    guess = decode(text.encode(codec), content_type)
    assert (guess.kind, guess.encoding, guess.encoding_from) == ("html", encoding, reason)
    assert guess.text == text
    assert guess.replaced == 0


@pytest.mark.parametrize(
    ("mark", "codec", "encoding"),
    [
        (codecs.BOM_UTF8, "utf-8", "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le", "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be", "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le", "utf-32-le"),
        ("\ufeff".encode("gb18030"), "gb18030", "gb18030"),
    ],
)
def test_byte_order_mark_wins_over_all_claims(mark, codec, encoding):
    text = page(CHARSET.format("big5"))
    guess = decode(mark + text.encode(codec), "text/html; charset=gbk")
    assert (guess.encoding, guess.encoding_from, guess.text) == (encoding, "bom", text)


def test_traditional_page_in_big5():
    text = '<meta charset="big5"><p>政府資訊公開工作年度報告，本年度受理申請三件</p>'
    assert decode(text.encode("big5")) == ("html", "big5hkscs", "meta", text, 0)


def test_declaration_beyond_four_kilobytes_is_not_looked_at():
    text = page("<!--" + "x" * 5000 + "-->" + CHARSET.format("gbk"))
    assert decode(text.encode("gbk", "ignore")).encoding_from == "content"


def test_short_words_that_pass_as_two_byte_utf8():
    """The bytes of 联通 in GBK are valid UTF-8 by chance."""
    guess = decode("联通".encode("gbk"))
    assert (guess.kind, guess.encoding, guess.text) == ("text", "gb18030", "联通")


def test_ascii_page_keeps_what_it_claims():
    assert decode(b"<p>1</p><p>2</p>", "text/html; charset=gb2312")[:3] == ("html", "gb18030", "http")
    assert decode(b"<p>1</p><p>2</p>")[:3] == ("html", "utf-8", "content")


@pytest.mark.parametrize(("codec", "other"), [("utf-8", "gb2312"), ("gb18030", "utf-8")])
def test_damaged_bytes_are_few_and_counted(codec, other):
    content = page(CHARSET.format(other)).encode(codec) * 20
    at = content.index("申请".encode(codec), len(content) // 2)
    guess = decode(content[:at] + b"\xff" + content[at + 1 :])
    assert guess.encoding == codec
    assert 1 <= guess.replaced <= 4
    assert guess.text.count(PROSE) == 19


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ("<table><tr><td>1</td></tr></table>", "html"),
        ("<!DOCTYPE html>\n年度报告", "html"),
        ("<P>规章</P><P>1</P>", "html"),
        ("<div class='a'>一</div>", "html"),
        ("\n" * 5000 + "<table><tr><td>1</td></tr></table>", "html"),
        ("规章 | 1 | 0 | 3 |\n行政处罚 | 2 |", "text"),
        ("一、总体情况\n详见<附件>，数量<5件，> 3 件", "text"),
        ("a < b and b > c", "text"),
        ("{}", "text"),
    ],
)
def test_kind(content, kind):
    assert decode(content.encode()).kind == kind


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "nothing"),
        (b" \r\n\t ", "blanks only"),
        (b"\x00" * 100, "blanks only"),
        (b"%PDF-1.7\n%\xe2\xe3", "PDF"),
        (b"PK\x03\x04\x14\x00word/document.xml", "docx"),
        (b"PK\x03\x04\x14\x00xl/workbook.xml", "xlsx"),
        (b"PK\x03\x04\x14\x00a.html", "zip"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "doc, xls or wps"),
        (b"{\\rtf1\\ansi", "RTF"),
        (b"\x1f\x8b\x08\x00abc", "gzip"),
        (b"\x89PNG\r\n\x1a\n\x00", "PNG"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "JPEG"),
        (b"GIF89a\x01\x00", "GIF"),
        (b"BM\x36\x00\x00\x00\x00\x00\x00\x00", "BMP"),
        (b"RIFF\x24\x00\x00\x00WEBPVP8 ", "WebP"),
        (b"Rar!\x1a\x07\x00", "rar"),
        (bytes(range(32)) * 50, "binary"),
        (zlib.compress(bytes(range(256)) * 3), "binary"),
        (b"MIME-Version: 1.0\r\nContent-Type: multipart/related; type=text/html\r\n\r\n<html>", "MHTML"),
        (b'<?xml version="1.0"?><?mso-application progid="Word.Document"?><w:wordDocument/>', "Word XML"),
    ],
)
def test_other_kinds_are_named_and_refused(content, says):
    with pytest.raises(ReadError, match=says.replace("(", r"\(")) as error:
        decode(content)
    assert "found" in str(error.value)


def test_size_limit_counts_the_page_without_embedded_pictures():
    picture = b'<img src="data:image/png;base64,' + b"iVBORw0KGgoAAAAN" * (MAX_BYTES // 12) + b'">'
    guess = decode(b"<p>1</p>" + picture + "<p>年度报告</p>".encode())
    assert guess.text == '<p>1</p><img src="data:,"><p>年度报告</p>'
    with pytest.raises(ReadError, match=r"at most 33,554,432 bytes.*found 33,554,436"):
        decode(b"<p>1" * (MAX_BYTES // 4 + 1))
