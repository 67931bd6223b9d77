import { basename } from 'node:path'
import { BARE, layers, naive, OURS, type Contender } from '../contenders/contenders.ts'

/** One row of the headline: a contender as documented, or with a sleep before its shutdown. */
export interface Entry {
  readonly contender: Contender
  readonly name: string
  /** Whether a sleep as long as the delay runs before the contender's shutdown. */
  readonly sleep: boolean
}

const labels: Readonly<Record<string, string>> = { naive: 'naive: exits at SIGTERM', [BARE]: `\`${BARE}\`` }

/** The services without a library come right after this one. */
const first: readonly string[] = [OURS, naive.name, BARE]

const rolledOut = [naive, ...layers].toSorted((left, right) => rank(left) - rank(right))

function rank({ name }: Contender): number {
  const index = first.indexOf(name)
  return index < 0 ? first.length : index
}

/** Every row. A contender without an option for a delay has two. */
export const entries: readonly Entry[] = [
  ...rolledOut.map((contender) => entry(contender, false)),
  ...rolledOut
    .filter((contender) => !contender.delay && contender !== naive)
    .map((contender) => entry(contender, true)),
]

function entry(contender: Contender, sleep: boolean): Entry {
  const name = labels[contender.name] ?? contender.name
  return { contender, name: sleep ? `${name}, after a sleep` : name, sleep }
}

/** Returns the name of an entry for `--only` and for its report. */
export function idOf({ contender, sleep }: Entry): string {
  const id = basename(contender.fixture.pathname, '.mjs')
  return sleep ? `${id}-after-sleep` : id
}
