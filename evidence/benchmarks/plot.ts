export interface Bar {
  readonly label: string
  readonly value: number
  /** The label at the end of the bar. Default: the value. */
  readonly text?: string
  /** The range that a line across the end of the bar shows. */
  readonly range?: readonly [low: number, high: number]
  readonly highlighted?: boolean
}

const WIDTH = 780
const LABELS = 270
const NUMBERS = 130
const BAR = 20
const GAP = 8
const TOP = 44

/** Returns a bar plot as an SVG that is readable on a light and on a dark page. */
export function barPlot(title: string, bars: readonly Bar[]): string {
  const most = Math.max(...bars.flatMap(({ value, range }) => [value, range?.[1] ?? 0]), Number.MIN_VALUE)
  const x = (value: number) => Math.round(LABELS + (value / most) * (WIDTH - LABELS - NUMBERS))
  const height = TOP + bars.length * (BAR + GAP) + GAP
  const rows = bars.map((bar, index) => {
    const y = TOP + index * (BAR + GAP)
    const middle = y + BAR / 2
    const range = bar.range && `<path d="M${x(bar.range[0])} ${middle}H${x(bar.range[1])}" class="range"/>`
    return [
      `<text x="${LABELS - 8}" y="${middle}" class="label">${escape(bar.label)}</text>`,
      `<rect x="${LABELS}" y="${y}" width="${Math.max(1, x(bar.value) - LABELS)}" height="${BAR}" class="${bar.highlighted ? 'ours' : 'bar'}"/>`,
      range ?? '',
      `<text x="${x(Math.max(bar.value, bar.range?.[1] ?? 0)) + 6}" y="${middle}">${escape(bar.text ?? String(bar.value))}</text>`,
    ].join('')
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escape(title)}">
<style>text{font:13px system-ui,sans-serif;fill:#656d76;dominant-baseline:central}.title{font-weight:600;font-size:15px}.label{text-anchor:end}.bar{fill:#9aa4af}.ours{fill:#2f81f7}.range{stroke:#656d76;stroke-width:2}</style>
<text x="8" y="20" class="title">${escape(title)}</text>
${rows.join('\n')}
</svg>
`
}

const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
