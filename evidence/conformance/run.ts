import { writePage } from '../base/pages.ts'
import { OURS } from '../contenders/contenders.ts'
import { parse, usage } from './arguments.ts'
import { nodeOf, type Node } from './nodes.ts'
import { passed, runAll, type Job, type Result } from './runner.ts'
import { markdown } from './table.ts'

export { usage }

/** Exit codes: 0 means that the library passes every row, 1 that it fails one. */
export async function run(argv: readonly string[]): Promise<number> {
  const args = parse(argv)
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
    await writePage('conformance.md', table)
  }
  const ours = results.filter(({ contender }) => contender.name === OURS)
  const failed = ours.filter((result) => !passed(result))
  if (ours.length > 0) console.log(`${OURS}: ${ours.length - failed.length} passed, ${failed.length} failed`)
  return failed.length === 0 ? 0 : 1
}

function report(result: Result): void {
  const failures = result.failures.filter((failure) => failure !== undefined)
  const mark = failures.length === 0 ? '✓' : '✗'
  const seen = failures.length === 0 ? '' : ` — ${failures[0]}`
  console.log(`${mark} ${result.contender.name} · Node ${result.node.major} · ${result.row.id}${seen}`)
}
