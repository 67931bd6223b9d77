import type { Outcome } from '../base/attempt.js'
import { plural } from '../base/text.js'

/** What the harness found of the faults that it planted for itself. */
export interface SelfTestResult {
  readonly passed: boolean
  readonly requests: number
  /** First the run without a fault, which warms the others up, then one for each fault. */
  readonly faults: readonly FaultResult[]
  /** How late the event loop was at most, in ms. */
  readonly busyMs: number
}

/** With so late an event loop, in ms, it may be the machine that was slow and not the harness that is blind. */
const BUSY = 500

export interface FaultResult {
  readonly name: string
  /** What was done, in words. */
  readonly description: string
  /** What the ledger has to call it; null where nothing was planted. */
  readonly expected: Outcome | null
  readonly planted: number
  /** Of those, the ones that got their right name. */
  readonly found: number
  readonly clients: Readonly<Record<string, { readonly planted: number; readonly found: number }>>
  /** What was not found, was called otherwise, or was reported although nobody planted it: the first few, in words. */
  readonly wrong: readonly string[]
}

/** What a verdict must know of a self-test, each in a sentence; empty when it found everything. */
export function missedFaults(result: SelfTestResult | undefined): string[] {
  return (result?.faults ?? []).filter(({ wrong }) => wrong.length > 0).map((fault) => complaint(fault, result))
}

function complaint({ name, planted, found, wrong, expected }: FaultResult, result: SelfTestResult | undefined): string {
  const what =
    expected === null
      ? 'the self-test reported faults where none was planted'
      : `the self-test found ${found} of ${plural(planted, 'planted fault')} of the kind ${name}`
  return `${what} (${wrong[0]}): what this harness reports ${busy(result)}cannot be trusted`
}

const busy = (result: SelfTestResult | undefined): string =>
  result && result.busyMs > BUSY ? `on a machine so busy that it was ${Math.round(result.busyMs)} ms late ` : ''

/** One sentence that sums it up. */
export function selfTestLine(result: SelfTestResult): string {
  const { passed, requests, faults } = result
  if (!passed) return `Self-test failed: this harness ${busy(result)}would misjudge a service.`
  const planted = faults.reduce((total, fault) => total + fault.planted, 0)
  return `Self-test passed: all of ${plural(planted, 'planted fault')} in ${plural(requests, 'request')} found and named, none reported where there was none.`
}

/** What `zero-drop self-test` prints: a line for each fault, and the sentence. */
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
