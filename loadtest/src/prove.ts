import { run } from './run.js'
import type { RunOptions } from './run-options.js'
import type { Role, RunRecord } from './run-record.js'
import { judge } from './verdict.js'
import type { Verdict } from './verdict.js'

export interface ProveOptions extends Omit<RunOptions, 'role'> {
  /** `naive`: only the twin runs. */
  readonly service: 'graceful' | 'naive'
  /** Without a twin a run without drops stays inconclusive. */
  readonly twin: boolean
}

export interface Proof {
  readonly runs: readonly RunRecord[]
  readonly verdict: Verdict
  /** Why the twin did not run; undefined where it did. */
  readonly twinSkipped: string | undefined
}

/**
 * The service under load, then its naive twin under the same load with the same seed, then the verdict. The twin is left
 * out where it could not change the verdict.
 *
 * @throws {TargetError} the service's target cannot be used. A twin that cannot run is a doubt of the verdict.
 */
export async function prove(options: ProveOptions): Promise<Proof> {
  const start = (role: Role): Promise<RunRecord> => run({ ...options, role })
  if (options.service === 'naive') {
    const twin = await start('twin')
    return {
      runs: [twin],
      verdict: judge({ service: undefined, twin, twinSkipped: undefined }),
      twinSkipped: undefined,
    }
  }
  const service = await start('service')
  let twinSkipped = whyNoTwin(options, service)
  let twin: RunRecord | undefined
  if (twinSkipped === undefined) {
    try {
      twin = await start('twin')
    } catch (error) {
      // What the service's run has found must not be lost by it.
      twinSkipped = `it could not run: ${error instanceof Error ? error.message : String(error)}`
    }
  }
  const verdict = judge({ service, twin, twinSkipped })
  return { runs: twin ? [service, twin] : [service], verdict, twinSkipped }
}

function whyNoTwin({ twin }: ProveOptions, { outcome, ledger }: RunRecord): string | undefined {
  if (outcome.status === 'interrupted') return 'the run was interrupted'
  if (ledger.drops > 0) return 'the service dropped requests, so there is nothing for a twin to show'
  if (outcome.status === 'failed') return 'the rollout failed'
  return twin ? undefined : '--no-twin'
}
