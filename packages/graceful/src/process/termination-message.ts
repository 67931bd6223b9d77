import { existsSync, writeFileSync } from 'node:fs'
import type { ShutdownReport } from '../report.js'

/** What `kubectl describe pod` shows of the last end, where the kubelet has mounted it (`terminationMessagePath`'s default). */
const FILE = '/dev/termination-log'
/** The kubelet keeps no more than this. */
const MOST_BYTES = 4_096
/** A hook's error may hold a whole statement or page. */
const MOST_ERROR = 200

/** Leaves the report as the container's termination message, where there is such a file. */
export function leaveTerminationMessage(report: ShutdownReport, file: string = FILE): void {
  if (!existsSync(file)) return
  const hooks = report.hooks.map((hook) =>
    hook.error === undefined ? hook : { ...hook, error: hook.error.slice(0, MOST_ERROR) },
  )
  let message = JSON.stringify({ ...report, hooks })
  for (let kept = report.forced.length - 1; Buffer.byteLength(message) > MOST_BYTES && kept >= 0; kept--) {
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
    // A read-only file says nothing about the shutdown, and must not change how it ends.
  }
}
