import type { Outcome } from '../base/attempt.js'
import { plural } from '../base/text.js'

/** How many of its own planted faults the harness found. */
export interface SelfTestResult {
  readonly passed: boolean
  readonly requests: number
  /** First the run without a fault, which warms up the others, then one run for each fault. */
  readonly faults: readonly FaultResult[]
  /** The longest delay of the event loop, in ms. */
  readonly busyMs: number
}

/** After a longer delay of the event loop, in ms, the machine may be too slow, and the harness without fault. */
const BUSY = 500

export interface FaultResult {
  readonly name: string
  /** The effect of the fault, for people. */
  readonly description: string
  /** The outcome that the ledger must record; null if nothing was planted. */
  readonly expected: Outcome | null
  readonly planted: number
  /** Planted faults with the expected outcome. */
  readonly found: number
  readonly clients: Readonly<Record<string, { readonly planted: number; readonly found: number }>>
  /** The first few mistakes, for people: faults with another outcome, and outcomes without a planted fault. */
  readonly wrong: readonly string[]
}

/** Lists the mistakes of the self-test, for the verdict; empty if it found every fault. */
export function missedFaults(result: SelfTestResult | undefined): string[] {
  return (result?.faults ?? []).filter(({ wrong }) => wrong.length > 0).map((fault) => complaint(fault, result))
}

function complaint({ name, planted, found, wrong, expected }: FaultResult, result: SelfTestResult | undefined): string {
  const what =
    expected === null
      ? 'the self-test reported faults that were not planted'
      : `the self-test found ${found} of ${plural(planted, 'planted fault')} of kind ${name}`
  return `${what} (${wrong[0]}): the results of this harness ${busy(result)}cannot be trusted`
}

const busy = (result: SelfTestResult | undefined): string =>
  result && result.busyMs > BUSY ? `on this busy machine (event loop ${Math.round(result.busyMs)} ms late) ` : ''

/** Sums up the self-test in one sentence. */
export function selfTestLine(result: SelfTestResult): string {
  const { passed, requests, faults } = result
  if (!passed) return `Self-test failed: this harness ${busy(result)}would misjudge a service.`
  const planted = faults.reduce((total, fault) => total + fault.planted, 0)
  return `Self-test passed: all ${plural(planted, 'planted fault')} in ${plural(requests, 'request')} found and named, and no other fault reported.`
}

/** Renders the output of `zero-drop self-test`: a line for each fault, and the sentence. */
export function selfTestText(result: SelfTestResult): string {
  const lines = result.faults.flatMap(({ name, description, expected, planted, found, clients, wrong }) => {
    const tally = expected === null ? 'none planted' : `${found} of ${planted} found as ${expected}`
    const through = `through ${Object.keys(clients).length} client classes`
    return [
      `${wrong.length === 0 ? 'ok    ' : 'MISSED'}  ${name.padEnd(13)}${description}: ${tally}, ${through}`,
      ...wrong.map((line) => `          ${line}`),
    ]
  })
  return `${lines.join('\n')}\n\n${selfTestLine(result)}\n`
}
