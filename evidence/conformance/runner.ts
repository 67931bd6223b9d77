import type { Contender } from '../contenders/contenders.ts'
import type { Node } from './nodes.ts'
import { applies, type Row } from './row.ts'
import { Trial } from './trial.ts'

/** How one contender fared in one row on one Node, over all runs. */
export interface Result {
  readonly contender: Contender
  readonly row: Row
  readonly node: Node
  /** One entry a run: what was seen where it failed, undefined where it passed. */
  readonly failures: readonly (string | undefined)[]
  /** It fails as its documentation sets it up, and passes with a sleep of the delay written in front of it. */
  readonly passesAfterSleep: boolean
}

const isPass = (failure: string | undefined): boolean => failure === undefined

export const passed = ({ failures }: Result): boolean => failures.every(isPass)

/** A client that was kept from running for so long proves nothing of the server, in ms. */
const STALL = 400
const TRIES = 3

/**
 * One trial of one row; another, where it failed while the suite itself stood still.
 *
 * @returns what was seen where it failed
 */
export async function attempt(
  contender: Contender,
  row: Row,
  node: string,
  sleepByHand = false,
): Promise<string | undefined> {
  for (let attemptsLeft = TRIES - 1; ; attemptsLeft--) {
    const stall = watchForStalls()
    const failure = await oneTrial(new Trial(contender, node, sleepByHand), row)
    if (stall() < STALL || failure === undefined || attemptsLeft === 0) return failure
  }
}

async function oneTrial(trial: Trial, row: Row): Promise<string | undefined> {
  try {
    await row.run(trial)
    return undefined
  } catch (error) {
    return inShort(error instanceof Error ? error.message : String(error))
  } finally {
    await trial.close()
  }
}

/** @returns what ends the watch, and tells the longest time for which this process did not run, in ms */
function watchForStalls(): () => number {
  const TICK = 20
  let longest = 0
  let last = performance.now()
  const timer = setInterval(() => {
    longest = Math.max(longest, performance.now() - last - TICK)
    last = performance.now()
  }, TICK)
  return () => {
    clearInterval(timer)
    return longest
  }
}

/** The longest sentence that a table bears. */
const LONGEST = 200

const inShort = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST)} …` : text)

export interface Job {
  readonly contender: Contender
  readonly row: Row
  readonly node: Node
}

/** Runs every job, `concurrency` of them at a time: most of each is waiting. */
export async function runAll(
  jobs: readonly Job[],
  runs: number,
  concurrency: number,
  onResult: (result: Result) => void,
): Promise<Result[]> {
  const queue = jobs.filter(({ row, contender }) => applies(row, contender))
  const results: Result[] = []
  const worker = async () => {
    for (let job = queue.shift(); job !== undefined; job = queue.shift()) {
      const result = await runOne(job, runs)
      results.push(result)
      onResult(result)
    }
  }
  await Promise.all(Array.from({ length: concurrency }, worker))
  return results
}

async function runOne({ contender, row, node }: Job, runs: number): Promise<Result> {
  const failures = await attempts(contender, row, node, runs, false)
  const mayBeHelped = !failures.every(isPass) && contender.delay === undefined
  const passesAfterSleep = mayBeHelped && (await attempts(contender, row, node, runs, true)).every(isPass)
  return { contender, row, node, failures, passesAfterSleep }
}

async function attempts(contender: Contender, row: Row, node: Node, runs: number, sleepByHand: boolean) {
  const failures: (string | undefined)[] = []
  for (let run = 0; run < runs * (row.repeat ?? 1); run++)
    failures.push(await attempt(contender, row, node.path, sleepByHand))
  return failures
}
