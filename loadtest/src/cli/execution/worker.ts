import { readFileSync } from 'node:fs'
import { reasonOf, UsageError } from '../../base/errors.js'
import type { ExitStatus } from '../../base/exit-status.js'
import { parseSpec } from '../../workers/spec.js'
import { runWorker } from '../../workers/worker.js'

/** The variable in which an Indexed Job gives each pod its number. */
const INDEX = 'JOB_COMPLETION_INDEX'

/**
 * Runs the worker of this pod.
 *
 * @throws {UsageError} there is no spec, or no number
 */
export async function runWorkerOf(file: string | undefined): Promise<ExitStatus> {
  if (file === undefined) throw new UsageError('no spec is given: zero-drop prove --load-from cluster starts workers')
  const index = Number(process.env[INDEX] ?? '0')
  const spec = parseSpec(read(file), file)
  if (!Number.isInteger(index) || index < 0 || index >= spec.workers) {
    throw new UsageError(`${INDEX}=${process.env[INDEX]} is not the number of one of ${spec.workers} workers`)
  }
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
