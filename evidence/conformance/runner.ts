import { watchForStalls } from '../base/stall.ts'
import type { Contender } from '../contenders/contenders.ts'
import type { Node } from './nodes.ts'
import { applies, type Row } from './row.ts'
import { Trial } from './trial.ts'

/** The result of one contender in one row on one version of Node, over all runs. */
export interface Result {
  readonly contender: Contender
  readonly row: Row
  readonly node: Node
  /** One entry per run: the observation if it failed, undefined if it passed. */
  readonly failures: readonly (string | undefined)[]
  /** Whether it fails as documented but passes with a sleep as long as the delay before its shutdown. */
  readonly passesAfterSleep: boolean
}

const isPass = (failure: string | undefined): boolean => failure === undefined

export const passed = ({ failures }: Result): boolean => failures.every(isPass)

/** If this process stood still for longer than this, in ms, a failure says nothing about the server. */
const STALL = 400
const TRIES = 3

/**
 * Runs one trial of one row. Repeats a failed trial if this process stood still during it.
 *
 * @returns the observation if the trial failed
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

/** The longest observation on the page, in characters. */
const LONGEST = 200

const inShort = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST)} …` : text)

export interface Job {
  readonly contender: Contender
  readonly row: Row
  readonly node: Node
}

/** Runs every job, `concurrency` at a time. Jobs mostly wait, so many can run at once. */
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
