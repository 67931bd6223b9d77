#!/usr/bin/env node
import { HarnessError, UsageError } from './base/errors.js'
import { generalHelp } from './cli/flags/help.js'
import { initCommand } from './cli/commands/init.js'
import { nearest } from './base/nearest.js'
import { proveCommand } from './cli/commands/prove.js'
import { selfTestCommand } from './cli/commands/self-test.js'
import { suiteCommand } from './cli/commands/suite.js'
import { failureStatus } from './cli/failure-status.js'
import { VERSION } from './cli/version.js'
import { EXIT } from './base/exit-status.js'
import type { ExitStatus } from './base/exit-status.js'

/** In ms. */
const LAST_HANDLES = 5_000

const COMMANDS: Readonly<Record<string, (args: readonly string[]) => Promise<ExitStatus>>> = {
  prove: proveCommand,
  suite: suiteCommand,
  init: initCommand,
  'self-test': selfTestCommand,
}

async function main([command, ...args]: readonly string[]): Promise<ExitStatus> {
  if (command === '--version') return print(`${VERSION}\n`)
  if (command === '--help' || command === '-h' || command === 'help') {
    const [topic] = args
    if (topic === undefined) return print(generalHelp())
    const ofTopic = COMMANDS[topic]
    if (ofTopic) return ofTopic(['--help'])
    throw new UsageError(unknownCommand(topic))
  }
  const run = command === undefined ? undefined : COMMANDS[command]
  if (run) return run(args)
  throw new UsageError(unknownCommand(command))
}

function unknownCommand(command: string | undefined): string {
  if (command === undefined) return 'A command is missing: zero-drop prove. See zero-drop --help.'
  const guess = nearest(command, Object.keys(COMMANDS))
  const hint = guess === undefined ? 'See zero-drop --help.' : `Did you mean zero-drop ${guess}?`
  return command.startsWith('-')
    ? `A command is missing before ${command}: zero-drop prove ${command}. See zero-drop --help.`
    : `There is no command ${JSON.stringify(command)}. ${hint}`
}

function print(text: string): ExitStatus {
  process.stdout.write(text)
  return EXIT.proven
}

/** One sentence on stderr, and the status that scripts branch on. */
function explain(error: unknown): ExitStatus {
  const status = failureStatus(error)
  const foreseen = error instanceof UsageError || error instanceof HarnessError
  const text = !(error instanceof Error) ? String(error) : foreseen ? error.message : (error.stack ?? error.message)
  process.stderr.write(`zero-drop: ${status === EXIT.harness ? 'the harness itself failed: ' : ''}${text}\n`)
  return status
}

let lost: ExitStatus | undefined
process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
  // Somebody who reads only the first lines (`| head`) is no fault. A disk that is full is.
  if (code !== 'EPIPE') process.exitCode = lost = EXIT.harness
  process.stderr.write(`zero-drop: not all of the output could be printed: ${message}.\n`)
})
// Nobody listens: there is nobody to tell.
process.stderr.on('error', () => undefined)
const status = await main(process.argv.slice(2)).catch(explain)
process.exitCode = lost ?? status
// Everything has been said. Nothing should be open any more; should something be, it must not keep a CI job waiting, neither by
// itself nor by Node, which turns in circles at its end over a socket that it has lost.
// A turn later: an output that could not be printed is told of after this callback.
process.stdout.write('', () => setImmediate(() => process.exit()))
setTimeout(() => process.exit(), LAST_HANDLES).unref()
