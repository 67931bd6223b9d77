// Runs each service of `examples/` with and without the preload, under the same load.
import { parseArgs } from 'node:util'
import { pick, wholeNumber } from '../base/flags.ts'
import { writePage } from '../base/pages.ts'
import { updateReadme } from '../base/readme.ts'
import { UsageError } from '../../loadtest/dist/base/errors.js'
import { nodeOf, workspaceMajor } from '../conformance/nodes.ts'
import { markdown, summary, type Row } from './document.ts'
import { examples, type Example } from './examples.ts'
import { install, packLibrary } from './install.ts'
import { steadyTrial } from './steady.ts'
import { shortfalls, trial, type Outcome } from './trial.ts'

const heavy = examples.filter((example) => example.heavy)

export const usage = `pnpm evidence frameworks [flags]
  --only a,b  examples: ${examples.map(({ name }) => name).join(', ')}; default: all
  --light     leave out the examples that take long to install: ${heavy.map(({ name }) => name).join(', ')}
  --node N    the major version of Node that runs the services; default: ${workspaceMajor}
  --check     leave the pages as they are
  --output    print what each service printed in its run with the preload
  Installs the examples in node_modules/.cache/examples. With --only, --light or --node, prints the table and leaves the pages as they are.`

/** Exit codes: 0 means that every service passes with the preload, and that the load loses requests without it. */
export async function run(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string' },
      light: { type: 'boolean', default: false },
      node: { type: 'string', default: String(workspaceMajor) },
      check: { type: 'boolean', default: false },
      output: { type: 'boolean', default: false },
    },
  })
  if (values.only !== undefined && values.light)
    throw new UsageError('--light has no effect with --only; leave one out')
  const chosen = pick('--only', values.only, examples, ({ name }) => name).filter((one) => !(values.light && one.heavy))
  const node = await nodeOf(wholeNumber('--node', values.node))
  const tarball = await packLibrary()
  const rows: Row[] = []
  // One after the other: they share this machine.
  for (const example of chosen) {
    const row = await runBoth(example, { folder: await install(example, tarball), node: node.path })
    rows.push(row)
    if (values.output) console.log(row.with.output)
  }
  console.log(`\n${summary(rows)}\n`)
  const isWhole = values.only === undefined && !values.light && node.major === workspaceMajor
  if (isWhole && !values.check) {
    await writePage('frameworks.md', markdown(rows))
    updateReadme()
  }
  return verdict(rows)
}

async function runBoth(example: Example, settings: { folder: string; node: string }): Promise<Row> {
  const [without, preloaded] = await Promise.all([
    trial(example, { ...settings, preload: false }),
    steadyTrial(example, settings),
  ])
  report(example, 'without', without)
  report(example, 'with', preloaded)
  return { example, without, with: preloaded }
}

function report({ name }: Example, how: string, outcome: Outcome): void {
  const failures = shortfalls(outcome)
  const mark = failures.length === 0 ? '✓' : '✗'
  const seen = failures.length === 0 ? '' : ` — ${failures.join('; ')}`
  console.log(
    `${mark} ${name} ${how} the preload: ${outcome.requests} requests, ${Math.round(outcome.lasted)} ms${seen}`,
  )
}

/** Prints what is not as promised, and returns the exit code. */
function verdict(rows: readonly Row[]): number {
  const failed = rows.filter((row) => shortfalls(row.with).length > 0)
  for (const { example, with: outcome } of failed) console.log(`${example.name}: ${shortfalls(outcome).join('; ')}`)
  const powerless = rows.every(({ without }) => without.lost === 0)
  if (powerless) console.log('the load loses no request without the preload, so that it proves nothing')
  console.log(`with the preload: ${rows.length - failed.length} passed, ${failed.length} failed`)
  return failed.length === 0 && !powerless ? 0 : 1
}
