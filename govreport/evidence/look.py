"""How a card looks: translucent colours that read in light and in dark, a switch without scripts, paper of A4."""

SCOPED = """
.grcard{font:15px/1.55 system-ui,-apple-system,"Segoe UI","PingFang SC","Microsoft YaHei","Noto Sans CJK SC",
"Noto Sans SC",sans-serif;max-width:60rem;text-align:left;overflow-wrap:break-word}
.grcard *{box-sizing:border-box}
.grcard h1{font-size:1.3rem;line-height:1.3;margin:.3rem 0}
.grcard h2{font-size:1.05rem;margin:1.5rem 0 .4rem;padding-bottom:.15rem;border-bottom:1px solid rgba(128,128,128,.5)}
.grcard p{margin:.4rem 0}
.grcard a{color:inherit}
.grcard .gc-figure{font-size:2rem;font-weight:700;line-height:1.2;margin:.3rem 0;font-variant-numeric:tabular-nums}
.grcard .gc-said{border-left:4px solid #d55e00;padding:.1rem 0 .1rem .8rem;margin:.7rem 0}
.grcard .gc-note{border-left:4px solid rgba(128,128,128,.8);padding:.1rem 0 .1rem .8rem}
.grcard .gc-soft{opacity:.78;font-size:.87em}
.grcard dl{display:grid;grid-template-columns:minmax(6.5rem,max-content) 1fr;gap:.15rem .9rem;margin:.4rem 0}
.grcard dt{opacity:.78}
.grcard dd{margin:0;min-width:0}
.grcard code{font:13px/1.4 ui-monospace,Consolas,monospace;background:none;color:inherit;padding:0}
.grcard .gc-scroll{overflow-x:auto}
.grcard .gc-list th{white-space:nowrap}
.grcard .gc-list{border-collapse:collapse;margin:.4rem 0;font-size:.9em}
.grcard .gc-list th,.grcard .gc-list td{border:1px solid rgba(128,128,128,.5);padding:.15rem .5rem;text-align:left;
vertical-align:top;background:none}
.grcard .gc-list th{font-weight:600;background:rgba(128,128,128,.12)}
.grcard .gc-list .gc-num{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.grcard .gc-list .gc-own td{font-weight:700;background:rgba(213,94,0,.14)}
.grcard .gc-list .gc-break td{border-style:dashed;background:rgba(128,128,128,.16);font-style:italic}
.grcard .gc-raw{max-width:22em;overflow-wrap:anywhere}
.grcard dd,.grcard li{overflow-wrap:anywhere}
.grcard ol,.grcard ul{margin:.4rem 0;padding-left:1.6rem}
.grcard li{margin:.25rem 0}
.grcard summary{cursor:pointer}
.grcard picture img{display:block;width:100%;max-width:750px;height:auto;margin:.5rem 0}
.grcard .gc-tag{border-radius:3px;padding:0 .3em;background:rgba(128,128,128,.25)}
.grcard .gc-tag.gr-error{background:rgba(226,60,60,.33)}
.grcard .gc-tag.gr-warning{background:rgba(240,160,0,.33)}
.grcard .gc-tag.gr-info{background:rgba(50,130,240,.25)}
.grcard .gc-switch{font-size:.9em;display:inline}
.grcard>input{margin:0 .2rem 0 .6rem;vertical-align:middle}
.grcard .gc-zh:checked~article .en,.grcard .gc-en:checked~article .zh{display:none}
.grcard .gc-zh:checked~article .govreport small{display:none}
.grcard .gc-both:checked~article .en{display:block;opacity:.85}
.grcard .gc-both:checked~article h1 .en,.grcard .gc-both:checked~article h2 .en{font-size:.82em}
@media (max-width:600px){.grcard{font-size:14.5px}.grcard dl{grid-template-columns:1fr;gap:0}
.grcard dd{margin-bottom:.35rem}.grcard .gc-figure{font-size:1.6rem}.grcard .gc-stack thead{display:none}
.grcard .gc-stack tr{display:block;margin:.4rem 0;border:1px solid rgba(128,128,128,.5)}
.grcard .gc-list.gc-stack td{display:flex;gap:.6rem;border:0;text-align:left;white-space:normal;overflow-wrap:anywhere}
.grcard .gc-stack td::before{content:attr(data-zh);flex:0 0 6.2rem;opacity:.78}
.grcard .gc-en:checked~article .gc-stack td::before{content:attr(data-en)}
.grcard .gc-both:checked~article .gc-stack td::before{content:attr(data-zh) " " attr(data-en)}}
@media print{.grcard{font-size:9pt;line-height:1.42;max-width:none}
.grcard>input,.grcard>label,.grcard .gc-switch{display:none}
.grcard h2{break-after:avoid;margin-top:.8rem}.grcard li,.grcard tr,.grcard picture{break-inside:avoid}
.grcard .gc-scroll,.grcard .govreport .gr-scroll{overflow:visible}
.grcard .govreport table{font-size:7.5pt;width:100%;break-inside:avoid}
.grcard .govreport th,.grcard .govreport td{min-width:0;padding:0 2px}.grcard .govreport th.gr-row{min-width:13em}
.grcard .govreport{-webkit-print-color-adjust:exact;print-color-adjust:exact}
.grcard picture img{max-width:15cm}.grcard a{text-decoration:none}}
"""
"""Rules of the card itself; they touch nothing else in a notebook."""

PAGE = """
:root{color-scheme:light dark}
body{margin:0;padding:1rem 1.2rem 3rem;background:#fff;color:#1c1c1c}
.grcard{margin:0 auto}
@media (max-width:600px){body{padding:.7rem .8rem 2rem}}
@media (prefers-color-scheme:dark){body{background:#15171a;color:#e6e6e6}
.grcard picture img{filter:invert(.92) hue-rotate(180deg)}}
@page{size:A4;margin:13mm}
@media print{body{background:#fff;color:#000;padding:0}.grcard picture img{filter:none}}
"""
"""Rules of the page around it. In the dark the picture is turned round, so that its ground is dark."""
