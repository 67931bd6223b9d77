/** Colours are variables, so that the lanes and the charts follow the reader's theme, too. */
export const STYLE = `
:root{color-scheme:light dark;--paper:#fff;--ink:#1c2430;--faint:#5b6675;--line:#d9dee6;--panel:#f5f7fa;
--good:#0f7b4a;--bad:#c2271d;--doubt:#9a6400;--good-paper:#e6f5ec;--bad-paper:#fdeceb;--doubt-paper:#fdf3dd;
--v0:#3867b8;--v1:#0d9488;--v2:#8b5cb5;--v3:#64748b;--lame:#e0a100;--drain:#9aa5b4;--p50:#3867b8;--p99:#c26a00;--max:#9aa5b4}
@media (prefers-color-scheme:dark){:root{--paper:#12161c;--ink:#e4e9f0;--faint:#98a3b3;--line:#2d3541;--panel:#1a2029;
--good:#4ccb8c;--bad:#ff7b70;--doubt:#f0b848;--good-paper:#12301f;--bad-paper:#3a1a18;--doubt-paper:#35290f;
--v0:#79a5ee;--v1:#3cc7b8;--v2:#c49bec;--v3:#94a3b8;--lame:#e5b43c;--drain:#5d6878;--p50:#79a5ee;--p99:#f0a04b;--max:#6b7686}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif}
main{max-width:1560px;margin:0 auto;padding:20px 24px 60px}
h2{font-size:20px;margin:36px 0 10px}h3{font-size:15px;margin:22px 0 6px}
p{margin:6px 0}.faint{color:var(--faint)}code,.mono{font:13px/1.45 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
.verdict{border-left:8px solid;border-radius:6px;padding:16px 20px}
.verdict p{font-size:20px;line-height:1.4;font-weight:600;margin:0}
.verdict ul{margin:10px 0 0;padding-left:20px}
.proven{background:var(--good-paper);border-color:var(--good)}.drops{background:var(--bad-paper);border-color:var(--bad)}
.inconclusive{background:var(--doubt-paper);border-color:var(--doubt)}
.tiles{display:flex;flex-wrap:wrap;gap:10px;margin:14px 0}
.tile{background:var(--panel);border:1px solid var(--line);border-radius:6px;padding:8px 14px;min-width:130px}
.tile b{display:block;font-size:21px;line-height:1.25}.tile span{color:var(--faint);font-size:13px}
.bad{color:var(--bad)}.good{color:var(--good)}.doubt{color:var(--doubt)}
.scroll{overflow-x:auto;border:1px solid var(--line);border-radius:6px;margin:8px 0}
.tall{max-height:560px;overflow-y:auto}
table{border-collapse:collapse;width:100%;font-size:13.5px}
th,td{padding:5px 10px;text-align:right;border-bottom:1px solid var(--line);vertical-align:top;white-space:nowrap}
th{background:var(--panel);color:var(--faint);font-weight:600;position:sticky;top:0}
tr:last-child td{border-bottom:0}
th:first-child,td:first-child,.text{text-align:left}.wrap{white-space:normal;min-width:300px}
.total td{font-weight:600;background:var(--panel)}
.runs{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,640px),1fr));gap:28px}
.run{min-width:0}.run h2{margin-top:28px}
.note{background:var(--panel);border-radius:6px;padding:8px 14px;margin:8px 0}
.note.doubt{color:inherit;background:var(--doubt-paper);border-left:5px solid var(--doubt)}
details{margin:10px 0}summary{cursor:pointer;color:var(--faint)}
svg.lanes{display:block;width:100%;max-width:1000px;height:auto;font:12px system-ui,sans-serif}
.lanes text{fill:var(--ink)}.lanes .axis{fill:var(--faint)}.lanes .grid{stroke:var(--line)}
.lanes .v0{fill:var(--v0)}.lanes .v1{fill:var(--v1)}.lanes .v2{fill:var(--v2)}.lanes .v3{fill:var(--v3)}
.lanes .starting{opacity:.35}.lanes .lame{fill:var(--lame)}.lanes .drain{fill:var(--drain)}
.lanes .sigterm{stroke:var(--ink);stroke-width:2}.lanes .unrouted{fill:var(--paper);stroke:var(--ink);stroke-width:1.5}
.lanes .closed{stroke:var(--ink);stroke-width:2;stroke-dasharray:3 2}
.lanes .arrival{fill:var(--ink)}.lanes .arrival.reused{fill:var(--paper);stroke:var(--ink);stroke-width:1.5}
.lanes .drop{stroke:var(--bad);stroke-width:1.5}.lanes .gap{fill:var(--doubt);opacity:.25}.lanes .failed{fill:var(--bad);font-weight:700}
.legend{display:flex;flex-wrap:wrap;gap:4px 16px;font-size:13px;color:var(--faint)}
.legend i{display:inline-block;width:14px;height:10px;border-radius:2px;margin-right:5px}
.u-legend th{background:none}.plot{width:100%}.uplot,.u-legend{color:var(--ink)}.u-legend{font-size:13px}
`
