/** The style of every page. Colours are variables, so that everything follows the reader's theme. */
export const STYLE = `
:root{color-scheme:light dark;--paper:#fff;--ink:#1c2430;--faint:#566070;--line:#d9dee6;--panel:#f5f7fa;--link:#1d5fb4;
--good:#0b6b40;--bad:#b3211a;--doubt:#7d5000;--good-paper:#e8f6ee;--bad-paper:#fdeeec;--doubt-paper:#fdf4df;
--v0:#3867b8;--v1:#0b8a80;--v2:#8553b3;--v3:#64748b;--lame:#e0a100;--drain:#9aa5b4;--p50:#3867b8;--p99:#b85f00;--max:#8b96a6}
@media (prefers-color-scheme:dark){:root{--paper:#12161c;--ink:#e4e9f0;--faint:#a3adbb;--line:#2d3541;--panel:#1a2029;--link:#86b4f5;
--good:#4ccb8c;--bad:#ff8a80;--doubt:#f0b848;--good-paper:#10291c;--bad-paper:#341a19;--doubt-paper:#2e240f;
--v0:#79a5ee;--v1:#3cc7b8;--v2:#c49bec;--v3:#94a3b8;--lame:#e5b43c;--drain:#6b7686;--p50:#79a5ee;--p99:#f0a04b;--max:#7d8899}}
*{box-sizing:border-box}
html{scroll-padding-top:12px}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif;overflow-wrap:anywhere}
main{max-width:1240px;margin:0 auto;padding:24px 24px 60px}
h1{font-size:28px;line-height:1.2;margin:4px 0 8px;letter-spacing:-.01em}
h2{font-size:20px;line-height:1.3;margin:40px 0 8px}
h3{font-size:15px;margin:0 0 2px}
p{margin:6px 0}ul,ol{margin:6px 0;padding-left:22px}
a{color:var(--link)}
:focus-visible{outline:3px solid var(--link);outline-offset:2px;border-radius:3px}
.skip{position:absolute;left:-999px;top:0;background:var(--paper);padding:8px 12px;z-index:2}.skip:focus{left:8px;top:8px}
.faint{color:var(--faint)}code,.mono,pre{font:13px/1.45 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
pre{background:var(--panel);border:1px solid var(--line);border-radius:6px;padding:8px 12px;margin:6px 0;max-height:320px;overflow:auto;white-space:pre-wrap}
.bad{color:var(--bad)}.good{color:var(--good)}.doubt{color:var(--doubt)}
.badge{display:inline-block;border-radius:99px;padding:1px 10px;font-size:13px;font-weight:650;color:var(--paper);background:var(--tone)}
.proven{--tone:var(--good);--tint:var(--good-paper)}.drops{--tone:var(--bad);--tint:var(--bad-paper)}
.inconclusive{--tone:var(--doubt);--tint:var(--doubt-paper)}
.verdict{background:var(--tint);border:1px solid var(--line);border-left:8px solid var(--tone);border-radius:10px;padding:18px 22px}
.verdict h2{font-size:15px;margin:12px 0 4px}.over-title{margin:0}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:10px;margin:14px 0}
.tiles div{background:var(--panel);border:1px solid var(--line);border-radius:8px;padding:10px 14px;display:flex;flex-direction:column-reverse;justify-content:flex-end}
.tiles dd{margin:0;font-size:22px;line-height:1.25;font-weight:650;font-variant-numeric:tabular-nums}.tiles dt{color:var(--faint);font-size:13px}
nav ul{list-style:none;display:flex;flex-wrap:wrap;gap:4px 18px;margin:14px 0;padding:8px 0;border-block:1px solid var(--line)}
.note{background:var(--panel);border-radius:8px;padding:8px 14px;margin:8px 0}.note ul{padding-left:18px}
.note.doubt{color:inherit;background:var(--doubt-paper);border-left:5px solid var(--doubt)}
details{margin:10px 0}summary{cursor:pointer;padding:3px 0}
section.run{border-top:1px solid var(--line);margin-top:36px}section.run>h2{margin-top:22px}
.filter label{font-weight:600;margin-right:6px}.filter input{font:inherit;color:inherit;background:var(--paper);border:1px solid var(--faint);border-radius:6px;padding:5px 10px;width:min(100%,340px)}
.causes,.requests,.suite,.findings{list-style:none;padding:0}.findings li{border-top:1px solid var(--line);padding:8px 0}.findings p{margin:2px 0}
.cause{border:1px solid var(--line);border-radius:8px;padding:12px 16px;margin:10px 0}
.cause .number{font-size:19px;font-variant-numeric:tabular-nums;margin-right:4px}.cause p{margin:2px 0}
.cause .pod{margin:6px 0 0;border-top:1px solid var(--line);padding-top:4px}
.requests>li{padding:6px 0 6px 16px;border-bottom:1px solid var(--line);font-size:13.5px}.requests>li:last-child{border-bottom:0}
.requests p{margin:0}.requests>li:target{background:var(--doubt-paper);outline:2px solid var(--doubt)}
.cause:target{border-color:var(--link)}time{font-variant-numeric:tabular-nums}
.timeline{margin:14px 0;padding:0}figcaption{color:var(--faint);font-size:13.5px;margin-bottom:8px}
.plotted{--gutter:270px;position:relative}
.over{position:absolute;inset:0 0 22px var(--gutter);pointer-events:none}
.over i{position:absolute;top:0;bottom:0;width:0;border-left:1px solid var(--line)}
.over .signal{border-left:1px dashed var(--faint)}.over .gap{border-left:4px solid var(--doubt);opacity:.35}
.over .pointer{border-left:1px solid var(--ink);z-index:1}
.row{display:grid;grid-template-columns:var(--gutter) minmax(0,1fr);align-items:center}
.row .name{padding-right:12px;font-size:13px;line-height:1.25;display:flex;justify-content:space-between;gap:8px}
.lane .track{position:relative;height:26px}
.bar{position:absolute;top:6px;height:14px;border-radius:2px;min-width:1px}
.bar.v0,.key.v0{background:var(--v0)}.bar.v1,.key.v1{background:var(--v1)}.bar.v2,.key.v2{background:var(--v2)}.bar.v3,.key.v3{background:var(--v3)}
.bar.starting{opacity:.35}.bar.lame,.key.lame{background:var(--lame)}.bar.drain,.key.drain{background:var(--drain)}
.mark{position:absolute;top:2px;height:22px;width:0}
.mark.sigterm{border-left:2px solid var(--ink)}.mark.closed{border-left:2px dashed var(--ink)}
.mark.unrouted{top:-1px;height:0;margin-left:-5px;border:5px solid transparent;border-top:8px solid var(--ink);border-bottom:0}
.mark.fresh,.mark.reused{top:9px;width:8px;height:8px;margin-left:-4px;border-radius:50%;background:var(--ink);border:1.5px solid var(--paper)}
.mark.reused{background:var(--paper);border:2px solid var(--ink)}
.mark.drop{top:0;height:26px;border-left:2px solid var(--bad);margin-left:-1px}
.chart{margin-top:10px;align-items:start}.chart .track{position:relative;border-bottom:1px solid var(--line)}
.chart svg{display:block;width:100%;height:110px}
.chart path{fill:none;stroke-width:1.6;vector-effect:non-scaling-stroke;stroke-linejoin:round}
.chart .area{stroke:none;opacity:.22}
.chart .line.v0{stroke:var(--v0)}.chart .line.v1{stroke:var(--v1)}.chart .line.v2{stroke:var(--v2)}.chart .line.v3{stroke:var(--v3)}
.chart .area.v0{fill:var(--v0)}.chart .area.v1{fill:var(--v1)}.chart .area.v2{fill:var(--v2)}.chart .area.v3{fill:var(--v3)}
.chart .p50{stroke:var(--p50)}.chart .p99{stroke:var(--p99)}.chart .max{stroke:var(--max);stroke-width:1}
.chart .level{stroke:var(--line)}.chart .drops{fill:var(--bad)}
.scale{position:absolute;left:4px;transform:translateY(100%);font-size:11.5px;line-height:1.2;color:var(--faint);background:var(--paper);padding:0 3px;border-radius:3px}
.axis .track{position:relative;height:22px}.axis span{position:absolute;top:4px;transform:translateX(-50%);font-size:12px;color:var(--faint);white-space:nowrap}
.readout{display:block;min-height:21px;font-size:13px;font-variant-numeric:tabular-nums}
.legend{list-style:none;padding:0;display:flex;flex-wrap:wrap;gap:4px 18px;font-size:13px;color:var(--ink)}
.legend li{display:flex;align-items:center;gap:6px}.key{position:relative;width:16px;height:11px;border-radius:2px;flex:none}
.key.sign .mark{left:50%;top:-1px;height:13px}.key.sign .mark.fresh,.key.sign .mark.reused{top:2px;height:8px}.key.sign .mark.unrouted{top:1px;height:0}
.key.line{height:0;border-top:3px solid}.key.p50{border-color:var(--p50)}.key.p99{border-color:var(--p99)}.key.max{border-color:var(--max)}
.key.gapped{background:var(--doubt);opacity:.35}
.scroll{overflow-x:auto;border:1px solid var(--line);border-radius:8px;margin:8px 0}
table{border-collapse:collapse;width:100%;font-size:13.5px;font-variant-numeric:tabular-nums}
caption{text-align:left;padding:6px 10px;color:var(--faint);font-size:13px}
th,td{padding:5px 10px;text-align:right;border-top:1px solid var(--line);vertical-align:top;white-space:nowrap;font-weight:400}
thead th{background:var(--panel);color:var(--faint);font-weight:600}
th:first-child{text-align:left}.total th,.total td{font-weight:600;background:var(--panel)}
.settings{table-layout:fixed}.settings th,.settings td{text-align:left;white-space:normal}.settings th:first-child{width:34%}
.suite>li{border:1px solid var(--line);border-left:6px solid var(--tone);border-radius:8px;padding:12px 16px;margin:10px 0}
.suite h2{font-size:17px;margin:0;display:flex;gap:10px;align-items:center;flex-wrap:wrap}
.suite dl{display:flex;flex-wrap:wrap;gap:2px 22px;margin:6px 0}.suite dl div{display:flex;gap:6px;flex-direction:row-reverse}.suite dd{margin:0;font-weight:650}.suite dt{color:var(--faint)}
@media (max-width:700px){main{padding:12px 12px 40px}h1{font-size:23px}.verdict{padding:14px 14px}
.tiles{grid-template-columns:repeat(2,minmax(0,1fr))}.tiles dd{font-size:18px}
.plotted{--gutter:0px}.row{display:block}.row .name{padding:6px 0 2px;font-size:13.5px;position:relative;z-index:1;background:var(--paper)}
.lane .track{height:30px}.bar{height:18px}.mark{height:26px}.mark.fresh,.mark.reused{top:11px}.mark.drop{height:30px;border-left-width:1px}
.axis span:nth-child(even){display:none}.cause{padding:10px 12px}.requests>li{padding-left:4px}}
@media (prefers-reduced-motion:no-preference){html{scroll-behavior:smooth}}
@media print{:root{color-scheme:light;--paper:#fff;--ink:#000;--faint:#444;--line:#bbb;--panel:#f3f3f3;--link:#000;--good:#0b6b40;--bad:#b3211a;--doubt:#7d5000;
--good-paper:#fff;--bad-paper:#fff;--doubt-paper:#fff;--v0:#3867b8;--v1:#0b8a80;--v2:#8553b3;--v3:#64748b;--lame:#e0a100;--drain:#9aa5b4;--p50:#3867b8;--p99:#b85f00;--max:#8b96a6}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}
@page{margin:12mm}body{font-size:11px}main{max-width:none;padding:0 12px}h1{font-size:20px}h2{font-size:15px;break-after:avoid}h3{font-size:12px;break-after:avoid}
details::details-content{content-visibility:visible;display:block;block-size:auto}
.skip,nav,.filter,.readout{display:none}.scroll,pre{overflow:visible;max-height:none;border:0}pre{white-space:pre-wrap}
table{font-size:9px}.requests>li{font-size:9.5px;padding:2px 0 2px 10px}code,.mono,pre{font-size:9px}th,td{padding:2px 4px;white-space:normal}.plotted{--gutter:190px}.row .name{font-size:10px}
.chart,.lane,.cause>h3,.requests>li,.suite>li,.tiles div,tr{break-inside:avoid}}
`
