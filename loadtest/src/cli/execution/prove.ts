import type { ExitStatus } from '../../base/exit-status.js'
import type { ProveSettings } from '../settings/prove-settings.js'
import { dryRunProof } from './dry-run/dry-run.js'
import { provePlan } from './proof/prove-plan.js'
import { runProof } from './proof/run-proof.js'
import { whatIsLeft } from './output/what-is-left.js'

/**
 * Runs one proof: see {@link runProof}.
 *
 * @throws {UsageError | HarnessError}
 */
export const prove = async (settings: ProveSettings): Promise<ExitStatus> =>
  settings.dryRun
    ? dryRunProof(settings)
    : runProof(settings, provePlan(settings), {
        name: settings.scenario.scenario.name,
        whatIsLeft: () => whatIsLeft(settings),
      })
