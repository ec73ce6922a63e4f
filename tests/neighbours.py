"""Invented pages for the pre-filter: annual reports in shapes that the page writer does not make, and the pages that
stand beside reports on the sites of governments. Places and bodies do not exist; all sentences were written for this.
"""

from __future__ import annotations

MENU = (
    '<div class="nav"><a href="/">首页</a><a href="/zn">政府信息公开指南</a><a href="/zd">政府信息公开制度</a>'
    '<a href="/nr">法定主动公开内容</a><a href="/nb">政府信息公开年报</a><a href="/ysq">依申请公开</a></div>'
)
FOOT = '<div class="foot">虚构县人民政府办公室主办 网站标识码0000000000 网站地图 联系我们</div>'


def page(title: str, body: str, *, menu: bool = True, head: str = "") -> str:
    """A page of an invented site."""
    around = (MENU, FOOT) if menu else ("", "")
    return (
        f'<!DOCTYPE html><html><head><meta charset="utf-8"><title>{title}</title>{head}</head><body>'
        f'{around[0]}<div class="article">{body}</div>{around[1]}</body></html>'
    )


def paragraphs(*texts: str) -> str:
    """Paragraphs of HTML."""
    return "".join(f"<p>{text}</p>" for text in texts)


_OLD = (
    "为让公众了解本局的工作，依照有关规定写成本报告，数据统计期限为2011年1月1日至2011年12月31日。",
    "一、概述", "全局确定一名副局长分管此事，办公室两人办理。",
    "二、主动公开政府信息的情况", "当年在网站主动公开政府信息81条，其中文件12条，动态69条。",
    "三、依申请公开政府信息的情况", "当年没有人来申请。",
    "四、收费及减免情况", "未收任何费用。",
    "五、因政府信息公开申请行政复议、提起行政诉讼的情况", "没有。",
    "六、存在的主要问题和改进措施", "栏目更新偏慢，明年每周检查一次。",
)  # fmt: skip
_FREE = (
    "2010年，我乡把政务公开当作平常事来做。",
    "我乡主动公开信息46条，公开栏更换9次。收到公民来电询问20余次，未收到书面申请。",
    "信息公开工作领导小组开会两次。存在的问题是人手少。",
)
_RETURN = (
    "<table><tr><td>统计指标</td><td>单位</td><td>统计数</td></tr><tr><td>一、主动公开情况</td><td></td><td></td></tr>"
    "<tr><td>主动公开政府信息数</td><td>条</td><td>310</td></tr><tr><td>收到申请数</td><td>件</td><td>2</td></tr>"
    "<tr><td>申请办结数</td><td>件</td><td>2</td></tr><tr><td>举报投诉数量</td><td>件</td><td>0</td></tr></table>"
)
_SIX = (
    "一、总体情况", "本镇全年公开工作照常进行。", "二、主动公开政府信息情况", '<img src="1.png">',
    "三、收到和处理政府信息公开申请情况", '<img src="2.png">', "四、政府信息公开行政复议、行政诉讼情况",
    '<img src="3.png">', "五、存在的主要问题及改进情况", "无。", "六、其他需要报告的事项", "无。",
)  # fmt: skip
_TRADITIONAL = (
    "虛構市民政局2021年政府資訊公開工作年度報告", "一、總體情況", "本局全年公開工作照常進行。",
    "二、主動公開政府資訊情況", "行政許可 本年處理決定數量 3", "三、收到和處理政府資訊公開申請情況",
    "四、結轉下年度繼續辦理 0", "尚未審結 0",
)  # fmt: skip

REPORTS = {
    "old, in prose": page("虚构县林业局2011年政府信息公开工作年度报告", paragraphs(*_OLD)),
    "old, in prose, the site's name for a title": page("虚构县人民政府网", paragraphs(*_OLD)),
    "old, in prose, without a menu": page("虚构县人民政府网", paragraphs(*_OLD), menu=False),
    "old, as a text": "虚构县林业局2011年政府信息公开工作年度报告\n" + "\n".join(_OLD),
    "old, as a text without a title": "\n".join(_OLD),
    "without a structure": page("虚构县甲乡2010年政务公开工作总结_虚构县", paragraphs(*_FREE)),
    "without a structure, as a text": "甲乡2010年度政府信息公开工作报告\n" + "\n".join(_FREE),
    "the national return of 2014": page("2015年度报告", paragraphs("附表") + _RETURN),
    "a table of its own, before 2014": page(
        "虚构区统计局信息公开",
        "<table><tr><td>指标名称</td><td>代码</td></tr><tr><td>申请总数</td><td>10</td></tr>"
        "<tr><td>当面申请</td><td>11</td></tr><tr><td>答复总数</td><td>17</td></tr></table>",
    ),
    "tables are pictures": page("年度报告", paragraphs(*_SIX)),
    "tables are pictures, as a text": "\n".join(line for line in _SIX if "<" not in line),
    "an attachment only": page(
        "虚构县财政局2022年政府信息公开工作年度报告", '<a href="nb.doc">附件：年度报告.doc</a>'
    ),
    "an attachment only, year in Chinese": page(
        "虚构县财政局二〇二二年政府信息公开年报", '<a href="nb.pdf">下载</a>', menu=False
    ),
    "title in the page's data": page(
        "虚构县", '<a href="nb.pdf">下载</a>',
        head='<meta name="ArticleTitle" content="虚构县财政局2022年政府信息公开工作年度报告">',
    ),
    "one table alone": page(
        "表", "<table><tr><td>行政许可</td><td>本年处理决定数量</td></tr>"
        "<tr><td>规章</td><td>现行有效件数</td></tr></table><p>信息公开</p>", menu=False,
    ),
    "labels broken by tags and blanks": page(
        "表", "<td>部<br>分公开</td><td>结<br>转下年 度继续办理</td> <td>尚 未&nbsp;审<b>结</b></td>", menu=False
    ),
    "traditional": page("政府資訊公開", paragraphs(*_TRADITIONAL)),
    "traditional, in prose": page(
        "虛構市民政局2012年政府信息公開工作年度報告",
        paragraphs("一、概述", "主動公開政府信息12條。", "本年度報告的統計期限為全年。", "存在的主要問題：人手少。"),
    ),
}  # fmt: skip
"""Annual reports."""

_LIST = "".join(
    f'<li><a href="/{n}.html">虚构县{name}2022年政府信息公开工作年度报告</a><span>2023-01-1{n}</span></li>'
    for n, name in enumerate(("民政局", "林业局", "水务局", "教育局", "交通局", "文化局", "档案局", "审计局"))
)
_WORK = (
    "2022年全县生产总值同比增长，财政收入累计完成预算。", "一、工作总体情况", "建成水渠两条，修路八公里。",
    "二、存在的主要问题", "工业项目偏少。", "三、改进措施", "下一步抓好招商，全年再开工三个项目。",
)  # fmt: skip
_LAW = (
    "虚构县2022年法治政府建设年度报告", "一、总体情况", "全县办理行政复议案件9件，行政诉讼应诉案件3件。",
    "二、存在的主要问题及改进情况", "执法人员培训不够。", "三、其他需要报告的事项", "无。",
)  # fmt: skip
_GUIDE = (
    "为便于公众查阅，编写本指南。", "一、主动公开", "本局在网站主动公开下列信息：机构职能、文件、办事程序。",
    "二、依申请公开", "受理机构为局办公室，工作日上午受理。申请人填写申请表，当面、信函、传真均可。",
    "本局收到申请后二十个工作日内答复：可以公开的，予以公开；部分可以公开的，部分公开；不予公开的，说明理由。",
    "三、收费", "按次数和页数计算，减免须提出书面申请。",
    "四、监督", "申请人可以举报，也可以申请行政复议或者提起行政诉讼。",
)  # fmt: skip
_NEWS = (
    "昨日，县政府办召开政务公开工作推进会，部署年度报告编写工作。",
    "会议要求各单位按时填报，数据真实，并在门户网站公开。各乡镇、各部门四十余人到会。",
)
_NOTICE = (
    "各乡镇、各部门：", "请于1月20日前报送本单位政府信息公开工作年度报告，内容按统一格式编写。",
    "联系人：县政府办公室。",
)  # fmt: skip

OTHERS = {
    "list of reports": page("政府信息公开年报_虚构县人民政府", f"<ul>{_LIST}</ul>"),
    "list of reports, second page": page("虚构县人民政府网", f"<ul>{_LIST}</ul><a href='index_2.html'>下一页</a>"),
    "front page": page("虚构县人民政府", paragraphs("县政府召开常务会议", "关于防汛工作的通知", "招聘公告")),
    "column of disclosure": page("政府信息公开", "<ul><li>政策</li><li>机构</li><li>财政</li></ul>"),
    "guide": page("虚构县水务局政府信息公开指南", paragraphs(*_GUIDE)),
    "guide, the site's name for a title": page("虚构县人民政府网", paragraphs(*_GUIDE)),
    "news": page("县政府召开政务公开推进会", paragraphs(*_NEWS)),
    "notice": page("关于报送2022年度报告的通知", paragraphs(*_NOTICE)),
    "notice on the report": page("关于做好2023年政府信息公开年度报告编制工作的通知", paragraphs(*_NOTICE)),
    "explanation of the report": page("一图读懂：虚构县2023年政府信息公开工作年度报告", '<img src="a.png">'),
    "work report": page("2022年政府工作报告", paragraphs(*_WORK)),
    "report on the rule of law": page("虚构县2022年法治政府建设年度报告", paragraphs(*_LAW)),
    "budget": page("虚构县民政局2022年部门预算", paragraphs("收支总表", "一般公共预算拨款", "结余", "三公经费预算数")),
    "accounts": page("2022年部门决算", "<table><tr><td>年初结转和结余</td><td>年末结转和结余</td></tr></table>"),
    "penalty": page("行政处罚决定书", paragraphs("当事人可以申请行政复议，或者提起行政诉讼。", "处理决定如下。")),
    "website's return": page("2022年政府网站工作年度报表", paragraphs("独立用户访问总量", "信息发布总数")),
    "application form": page("政府信息公开申请表", paragraphs("自然人姓名", "法人或者其他组织名称")),
    "explanation": page("一图读懂：怎样申请政府信息", paragraphs("申请、受理、答复三步走。")),
    "court": page("执行案件", paragraphs("未审结案件", "收案数", "结案数")),
    "challenge": "<html><title>安全验证</title><script>var a=1;</script><p>请完成验证</p></html>",
    "missing": page("页面不存在", paragraphs("您访问的页面不存在"), menu=False),
    "Japanese": page("情報公開", paragraphs("情報公開制度の概要です。", "公開の請求は窓口で行えます。"), menu=False),
    "English": page("News", paragraphs("The council met on Monday. " * 50), menu=False),
    "empty": "",
    "regulation": page("政府信息公开条例要点", paragraphs("公开是常态，不公开是例外。", "各机关每年公布年度报告。")),
}  # fmt: skip
"""Pages that are none."""
