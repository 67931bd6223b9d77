#!/usr/bin/env node
import { HarnessError, UsageError } from './base/errors.js'
import { EXIT, failureStatus, type ExitStatus } from './base/exit-status.js'
import { withoutSecrets } from './base/secrets.js'
import { ownFault } from './base/machine/own-fault.js'
import { visible } from './base/text.js'

/** How long open handles may delay the exit, in ms. */
const LAST_HANDLES = 5_000

/** Prints an error to stderr in one sentence, with a stack when it was not expected. Returns the exit code. */
function explain(error: unknown): ExitStatus {
  const status = failureStatus(error)
  const own = ownFault((error as NodeJS.ErrnoException | undefined)?.code)
  const expected = error instanceof UsageError || error instanceof HarnessError
  const text = !(error instanceof Error)
    ? String(error)
    : own
      ? `this machine ${own.problem} (${error.message}): ${own.wayOut}`
      : expected
        ? error.message
        : (error.stack ?? error.message)
  process.stderr.write(
    `zero-drop: ${status === EXIT.harness ? 'the harness itself failed: ' : ''}${visible(withoutSecrets(text))}\n`,
  )
  return status
}

let lost: ExitStatus | undefined
process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
  // A reader that stops early (`| head`) is not a failure. A full disk is.
  if (code !== 'EPIPE') process.exitCode = lost = EXIT.harness
  process.stderr.write(`zero-drop: stdout could not be written to its end: ${message}\n`)
})
// When stderr cannot be written there is no place left for an error message.
process.stderr.on('error', () => undefined)
// A static import that fails, for want of a file descriptor, would end in a stack trace and the exit code of a drop.
const status = await import('./cli/program.js')
  .then(async ({ runCommandLine }) => runCommandLine(process.argv.slice(2)))
  .catch(explain)
process.exitCode = lost ?? status
// A handle that is still open must not keep a CI job waiting. Exit one turn after stdout is flushed: Node reports a failed
// write after this callback.
process.stdout.write('', () => setImmediate(() => process.exit()))
setTimeout(() => process.exit(), LAST_HANDLES).unref()
