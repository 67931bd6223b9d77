import { mkdir, writeFile } from 'node:fs/promises'
import { parse, usage } from './arguments.ts'
import { OURS } from '../contenders/contenders.ts'
import { nodeOf, type Node } from './nodes.ts'
import { passed, runAll, type Job, type Result } from './runner.ts'
import { markdown } from './table.ts'

const document = new URL('../../docs/conformance.md', import.meta.url)

/** Exit codes: 0 the library passes every row, 1 it fails one, 2 the command line is wrong. */
async function main(): Promise<number> {
  const args = readArguments()
  if (args === undefined) return 2

  const nodes = new Map<number, Node>()
  for (const major of new Set(args.contenders.flatMap((one) => args.nodes(one)))) nodes.set(major, await nodeOf(major))
  const jobs = args.contenders.flatMap((contender) =>
    args
      .nodes(contender)
      .flatMap((major) => args.rows.map((row): Job => ({ contender, row, node: nodes.get(major)! }))),
  )
  const results = await runAll(jobs, args.runs, args.concurrency, report)

  const table = markdown(args.contenders, args.rows, results)
  console.log(`\n${table}`)
  if (args.whole) {
    await mkdir(new URL('.', document), { recursive: true })
    await writeFile(document, table)
    console.log('written to docs/conformance.md')
  }
  const ours = results.filter(({ contender }) => contender.name === OURS)
  const failed = ours.filter((result) => !passed(result))
  if (ours.length > 0) console.log(`${OURS}: ${ours.length - failed.length} passed, ${failed.length} failed`)
  return failed.length === 0 ? 0 : 1
}

function readArguments(): ReturnType<typeof parse> | undefined {
  try {
    return parse(process.argv.slice(2))
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${usage}`)
    return undefined
  }
}

function report(result: Result): void {
  const failures = result.failures.filter((failure) => failure !== undefined)
  const mark = failures.length === 0 ? '✓' : '✗'
  const seen = failures.length === 0 ? '' : ` — ${failures[0]}`
  console.log(`${mark} ${result.contender.name} · Node ${result.node.major} · ${result.row.id}${seen}`)
}

process.exitCode = await main()
