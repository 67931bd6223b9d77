import { escape, svg } from './svg.ts'

const [WIDTH, CHARACTER, LINE, LEFT, TOP] = [880, 7.25, 17, 16, 44]
/** Columns of the terminal in the picture. */
export const COLUMNS: number = Math.floor((WIDTH - 2 * LEFT) / CHARACTER)
/** Seconds of the animation in which the progress is shown. */
const PROGRESS = 6

const STYLE =
  'text{font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;fill:#1f2328;white-space:pre}.window{fill:#f6f8fa;stroke:#d1d9e0}.dot{fill:#c4ccd4}.prompt{fill:#1a7f37;font-weight:600}.proven{font-weight:700;fill:#1a7f37}.faint{fill:#59636e}' +
  '.step{opacity:0;animation:step linear forwards}.report{animation:report 0.01s linear both}@keyframes step{0%,99%{opacity:1}100%{opacity:0}}@keyframes report{0%{opacity:0}100%{opacity:1}}' +
  '@media (prefers-reduced-motion:reduce){.step{animation:none}.report{animation:none}}'
const DARK =
  'text{fill:#f0f6fc}.window{fill:#151b23;stroke:#3d444d}.dot{fill:#4c5560}.prompt,.proven{fill:#4ccb8c}.faint{fill:#9198a1}'

export interface Recording {
  /** The command line of the user. */
  readonly command: string
  /** The progress lines in order. */
  readonly progress: readonly string[]
  /** The report, the verdict as its end. */
  readonly report: string
}

/** The height of a line of text, from 0 for the command. */
const row = (index: number): number => TOP + index * LINE

/** Draws a terminal: the command, its progress line, and then the report. Without animation it shows the report. */
export function terminalPicture({ command, progress, report }: Recording): string {
  const lines = report.trimEnd().split('\n')
  const verdict = lines.findIndex((line) => /^(?:Proven|Drops|Inconclusive):/.test(line))
  const height = row(lines.length + 1) + 12
  const each = PROGRESS / Math.max(1, progress.length)
  const steps = progress.map(
    (line, index) =>
      `<text class="step faint" style="animation-duration:${each.toFixed(2)}s;animation-delay:${(index * each).toFixed(2)}s" x="${LEFT}" y="${row(1)}">${escape(line.slice(0, COLUMNS))}</text>`,
  )
  const shown = lines.map((line, index) => {
    const kind = verdict !== -1 && index >= verdict ? 'proven' : ''
    return line === '' ? '' : `<text class="${kind}" x="${LEFT}" y="${row(index + 1)}">${escape(line)}</text>`
  })
  return svg({
    width: WIDTH,
    height,
    label: `The terminal after ${command}: ${verdict === -1 ? '' : lines.slice(verdict).join(' ')}`,
    style: STYLE,
    dark: DARK,
    body: [
      `<rect class="window" x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="8"/>`,
      ...[16, 34, 52].map((left) => `<circle class="dot" cx="${left}" cy="16" r="5"/>`),
      `<text x="${LEFT}" y="${row(0)}"><tspan class="prompt">$</tspan> ${escape(command)}</text>`,
      ...steps,
      `<g class="report" style="animation-delay:${PROGRESS}s">${shown.join('\n')}</g>`,
    ].join('\n'),
  })
}
