import { readFileSync } from 'node:fs'
import { reasonOf, UsageError } from '../../base/errors.js'
import type { ExitStatus } from '../../base/exit-status.js'
import { parseSpec } from '../../workers/spec.js'
import { runWorker } from '../../workers/worker.js'
import { indexOf } from '../settings/timed-load-settings.js'

/**
 * Runs the worker of this pod.
 *
 * @throws {UsageError} there is no spec, or no number
 */
export async function runWorkerOf(file: string | undefined): Promise<ExitStatus> {
  if (file === undefined) throw new UsageError('no spec is given: zero-drop prove --load-from cluster starts workers')
  const spec = parseSpec(read(file), file)
  const index = indexOf(spec.workers)
  const stop = new AbortController()
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop.abort())
  return runWorker(spec, index, { signal: stop.signal })
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new UsageError(`cannot read the spec ${file}: ${reasonOf(error)}`, { cause: error })
  }
}
