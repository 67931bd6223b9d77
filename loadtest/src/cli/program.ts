import { Command, CommanderError } from 'commander'
import { UsageError } from '../base/errors.js'
import { EXIT, type ExitStatus } from '../base/exit-status.js'
import { nearest } from '../base/nearest.js'
import { compareCommand } from './commands/compare.js'
import { doctorCommand } from './commands/doctor.js'
import { initCommand } from './commands/init.js'
import { loadCommand } from './commands/load.js'
import { proveCommand } from './commands/prove.js'
import { reportCommand } from './commands/report.js'
import { selfTestCommand } from './commands/self-test.js'
import { suiteCommand } from './commands/suite.js'
import { watchCommand } from './commands/watch.js'
import { workerCommand } from './commands/worker.js'
import type { CommandDefinition } from './flags/command.js'
import { addHelp, EXIT_STATUS } from './flags/help.js'
import { createCommand, silent, usageErrorOf } from './flags/parse.js'
import { VERSION } from './version.js'

/** The commands, in the order of the help. */
const COMMANDS: readonly CommandDefinition<unknown>[] = [
  proveCommand,
  suiteCommand,
  watchCommand,
  loadCommand,
  reportCommand,
  compareCommand,
  doctorCommand,
  initCommand,
  selfTestCommand,
  workerCommand,
]

/**
 * Runs a command line of `zero-drop`.
 *
 * @param words the words after `zero-drop`
 * @returns the exit code
 * @throws {UsageError | HarnessError}
 */
export async function runCommandLine(words: readonly string[]): Promise<ExitStatus> {
  const args = helpFirst(words)
  let status: ExitStatus = EXIT.proven
  const program = silent(new Command('zero-drop'))
    .enablePositionalOptions()
    .optionsGroup('Help:')
    .version(VERSION, '-V, --version', 'print the version')
    .helpCommand('help [command]', 'show the help of a command')
  addHelp(program, [], {
    description: 'Drives load through a rollout, accounts for every request, and gives a verdict.',
    sections: [EXIT_STATUS],
  })
  program.usage('<command> [flags]')
  for (const definition of COMMANDS) {
    const { command, read } = createCommand(definition.name, definition.flags, definition.help, args)
    command.summary(definition.summary).action(async () => {
      status = await definition.run(read())
    })
    program.addCommand(command, { hidden: definition.hidden === true })
  }
  program
    .command('version')
    .description('print the version')
    .action(() => void process.stdout.write(`${VERSION}\n`))
  refuseUnknownCommand(program, args)
  try {
    await program.parseAsync([...args], { from: 'user' })
  } catch (error) {
    // Commander also ends help and the version with an error, of exit code 0.
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.proven
    throw usageErrorOf(error, program.commands.find((command) => command.name() === args[0]) ?? program)
  }
  return status
}

/** `zero-drop --help prove` is `zero-drop help prove`. */
const helpFirst = ([first, ...rest]: readonly string[]): readonly string[] =>
  (first === '--help' || first === '-h') && rest.length > 0
    ? ['help', ...rest]
    : [...(first === undefined ? [] : [first]), ...rest]

/** Commander would answer an unknown command that is followed by `--help`, or that follows `help`, with the general help. */
function refuseUnknownCommand(program: Command, args: readonly string[]): void {
  const word = args[0] === 'help' && args.length > 1 ? args[1] : args[0]
  const names = [...program.commands.map((command) => command.name()), 'help']
  if (word === undefined) throw new UsageError('no command is given: run zero-drop prove, or see zero-drop --help')
  if (names.includes(word) || ['-h', '--help', '-V', '--version'].includes(word)) return
  if (word.startsWith('-')) {
    throw new UsageError(`no command is given before ${word}: run zero-drop prove ${word}, or see zero-drop --help`)
  }
  const guess = nearest(word, names)
  const advice = guess === undefined ? ': see zero-drop --help' : ` (did you mean zero-drop ${guess}?)`
  throw new UsageError(`unknown command ${JSON.stringify(word)}${advice}`)
}
