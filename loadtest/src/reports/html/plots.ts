import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'
import type { RunReport } from '../report.js'
import { spanOf } from './lanes.js'

const require = createRequire(import.meta.url)

/** The published files of uPlot, to be inlined: the page loads nothing from the network. */
export const uPlot = (): { readonly script: string; readonly style: string } => ({
  script: readFileSync(require.resolve('uplot/dist/uPlot.iife.min.js'), 'utf8'),
  style: readFileSync(require.resolve('uplot/dist/uPlot.min.css'), 'utf8'),
})

/** The numbers behind the charts of a run, one for each second. */
export function plotData(run: RunReport, versions: readonly string[]): object {
  const { origin } = spanOf(run)
  const { seconds } = run.traffic
  const shown = versions
    .map((version, index) => ({ version, colour: Math.min(3, index) }))
    .filter(({ version }) => seconds.some(({ answered }) => (answered[version] ?? 0) > 0))
  const relative = (at: number): number => Math.round((at - origin) / 10) / 100
  return {
    times: seconds.map(({ at }) => relative(at)),
    versions: shown.map(({ version }) => version),
    colours: shown.map(({ colour }) => colour),
    answered: shown.map(({ version }) => seconds.map(({ answered }) => answered[version] ?? 0)),
    dropped: seconds.map(({ dropped }) => (dropped === 0 ? null : dropped)),
    latency: (['p50', 'p99', 'max'] as const).map((point) => seconds.map(({ latencyMs }) => latencyMs[point])),
    signals: run.pods.flatMap(({ terminatingAt, killedAt }) => {
      const at = terminatingAt ?? killedAt
      return at === null ? [] : [relative(at)]
    }),
  }
}

/** Draws the charts, and draws them again when the width or the theme changes. */
export const SCRIPT = `
'use strict'
const runs = JSON.parse(document.getElementById('data').textContent)
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim()
const tens = (_, all) => all.map((each) => (each > 0 && Math.abs(Math.log10(each) % 1) < 1e-9 ? each : null))
const seconds = (_, value) => (value === null ? '–' : value.toFixed(0) + ' s')
let drawn = []
const signalLines = (signals) => (u) => {
  const { ctx, bbox } = u
  ctx.save()
  ctx.strokeStyle = colour('faint')
  ctx.setLineDash([4, 4])
  for (const at of signals) {
    const x = Math.round(u.valToPos(at, 'x', true))
    ctx.beginPath()
    ctx.moveTo(x, bbox.top)
    ctx.lineTo(x, bbox.top + bbox.height)
    ctx.stroke()
  }
  ctx.restore()
}
const plot = (element, height, series, data, run, y) => {
  const axis = { stroke: colour('faint'), grid: { stroke: colour('line'), width: 1, ...y.grid }, ticks: { stroke: colour('line'), width: 1 } }
  return new uPlot({
    width: element.clientWidth, height,
    scales: { x: { time: false }, ...y.scales },
    axes: [{ ...axis, values: (_, all) => all.map((each) => each + ' s') }, { ...axis, size: 64, ...y.axis }],
    series: [{ label: 'since the rollout began', value: seconds }, ...series],
    cursor: { sync: { key: run.key }, drag: { x: true, y: false } },
    hooks: { draw: [signalLines(run.signals)] },
  }, data, element)
}
const draw = () => {
  for (const each of drawn) each.destroy()
  drawn = runs.flatMap((run, index) => {
    const keyed = { ...run, key: 'run' + index }
    const rate = document.getElementById('rate-' + index)
    const latency = document.getElementById('latency-' + index)
    if (!rate || run.times.length === 0) return []
    const bars = uPlot.paths.bars({ size: [0.7, 40] })
    const ms = (value) => (value === null ? '–' : value >= 1000 ? (value / 1000).toFixed(1) + ' s' : value.toFixed(value < 10 ? 1 : 0) + ' ms')
    return [
      plot(rate, 200, [
        ...run.versions.map((label, place) => ({ label, stroke: colour('v' + run.colours[place]), width: 2, fill: colour('v' + run.colours[place]) + '22', points: { show: false } })),
        { label: 'dropped', stroke: colour('bad'), fill: colour('bad'), paths: bars, points: { show: false } },
      ], [run.times, ...run.answered, run.dropped], keyed, { axis: {}, scales: { y: { range: (_, min, max) => [0, Math.max(1, max * 1.08)] } } }),
      plot(latency, 200, ['p50', 'p99', 'max'].map((label) => ({
        label, stroke: colour(label), width: label === 'max' ? 1 : 2, points: { show: false }, value: (_, value) => ms(value),
      })), [run.times, ...run.latency], keyed, { grid: { filter: tens }, axis: { filter: tens, values: (_, all) => all.map((each) => (each === null ? '' : ms(each))) }, scales: { y: { distr: 3 } } }),
    ]
  })
}
draw()
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw)
let waiting
addEventListener('resize', () => { clearTimeout(waiting); waiting = setTimeout(draw, 150) })
`
