import { existsSync, writeFileSync } from 'node:fs'
import type { ShutdownReport } from '../types.js'

/** Default `terminationMessagePath` of a container. `kubectl describe pod` shows the content of this file. */
const FILE = '/dev/termination-log'
/** The kubelet truncates a longer message. */
const MAX_BYTES = 4_096
/** The error of a hook can contain a whole SQL statement or HTML page. In characters. */
const MAX_ERROR_LENGTH = 200

/**
 * Writes the report as the container's termination message, if the kubelet has mounted the file. Leaves out forced connections
 * until the message fits into {@link MAX_BYTES}, and adds their number as `forcedCount`.
 */
export function writeTerminationMessage(report: ShutdownReport, file: string = FILE): void {
  if (!existsSync(file)) return
  const hooks = report.hooks.map((hook) =>
    hook.error === undefined ? hook : { ...hook, error: hook.error.slice(0, MAX_ERROR_LENGTH) },
  )
  let message = JSON.stringify({ ...report, hooks })
  for (let kept = report.forced.length - 1; Buffer.byteLength(message) > MAX_BYTES && kept >= 0; kept--) {
    message = JSON.stringify({
      ...report,
      hooks,
      forced: report.forced.slice(0, kept),
      forcedCount: report.forced.length,
    })
  }
  try {
    writeFileSync(file, message)
  } catch {
    // A file that is read-only must not change the outcome of the shutdown.
  }
}
