// The pictures of README.md, all from one proof.
import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { htmlReport } from '../../loadtest/dist/reports/html/page.js'
import { textReport } from '../../loadtest/dist/reports/text.js'
import type { Report } from '../../loadtest/src/reports/report.ts'
import { readReport } from '../../loadtest/dist/reports/data/read-report.js'
import { UsageError } from '../../loadtest/dist/base/errors.js'
import { ROOT } from '../base/zero-drop.ts'
import { rolloutPicture } from './rollout.ts'
import { screenshot } from './screenshot.ts'
import { COLUMNS, terminalPicture } from './terminal.ts'

const FOLDER = `${ROOT}.zero-drop/pictures`
const PICTURES = `${ROOT}docs/pictures`

export const usage = `pnpm evidence pictures [flags]
  --report FILE     draw a JSON report of \`prove\`, with the progress in FILE.txt, instead of running a proof

It needs a Chromium: apt-get install chromium, or set CHROMIUM to the path of one.`

/** Runs the proof, and keeps its progress. */
async function prove(report: string): Promise<void> {
  const child = spawn(process.execPath, [`${ROOT}loadtest/dist/cli.js`, 'prove', '--report', report], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let progress = ''
  child.stderr.on('data', (bytes: Buffer) => {
    process.stderr.write(bytes)
    progress += bytes.toString()
  })
  const status = await new Promise((ended) => child.once('close', ended))
  if (status !== 0) throw new UsageError(`the proof ended with exit code ${String(status)}: pictures need a proven run`)
  writeFileSync(`${report}.txt`, progress)
}

/** Exit code 0: every picture is written. */
export async function run(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: { report: { type: 'string' } } })
  mkdirSync(FOLDER, { recursive: true })
  mkdirSync(PICTURES, { recursive: true })
  const file = values.report === undefined ? `${FOLDER}/report.json` : resolve(values.report)
  if (values.report === undefined) await prove(file)
  const report: Report = readReport(file)
  const page = `${FOLDER}/report.html`
  writeFileSync(page, htmlReport(report))
  write('rollout.svg', rolloutPicture(report))
  write(
    'terminal.svg',
    terminalPicture({
      command: 'npx pnpm@12 prove',
      progress: readFileSync(`${file}.txt`, 'utf8')
        .split('\n')
        .filter((line) => /^\d+:\d\d /.test(line)),
      report: textReport(report, { files: ['report.json', 'report.html'], width: COLUMNS }),
    }),
  )
  write('report.png', await screenshot(page, 'light'))
  write('report-dark.png', await screenshot(page, 'dark'))
  return 0
}

function write(name: string, content: string | Buffer): void {
  writeFileSync(`${PICTURES}/${name}`, content)
  console.log(`written to docs/pictures/${name}: ${Math.ceil(content.length / 1_024)} KiB`)
}
