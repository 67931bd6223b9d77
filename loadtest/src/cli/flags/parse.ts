import { Command, CommanderError } from 'commander'
import { UsageError } from '../../base/errors.js'
import { nearest } from '../../base/nearest.js'
import { createOption, flagName, type AnyGroup, type Flag } from './flag.js'
import { addHelp, type HelpText } from './help.js'

/** The flags of one command line, with their defaults. */
export interface CommandLine<V> {
  readonly values: V
  /** The values that the user gave, by the names of their flags: defaults are not among them. */
  readonly given: ReadonlyMap<string, unknown>
  /** The words that are no flags: a command to run. */
  readonly words: readonly string[]
}

/** A command of commander, and what reads its flags once it has parsed the command line. */
export interface FlagCommand<V> {
  readonly command: Command
  readonly read: () => CommandLine<V>
}

/**
 * Creates a command with its flags and its help.
 *
 * @param args the words of the command line: commander does not say whether a value followed `=` or a space
 */
export function createCommand<V>(
  name: string,
  groups: readonly AnyGroup[],
  help: HelpText,
  args: readonly string[],
): FlagCommand<V> {
  const command = silent(new Command(name))
  if (help.words !== undefined) command.argument(`[${help.words}...]`)
  const options = groups.flatMap(({ heading, flags }) =>
    Object.entries(flags).map(([key, flag]) => {
      const option = createOption(key, flag, heading)
      refuseMisuse(command, flagName(key, flag), flag, args)
      command.addOption(option)
      return { key, flag: flagName(key, flag), attribute: option.attributeName(), byDefault: flag.byDefault }
    }),
  )
  addHelp(command, groups, help)
  return {
    command,
    read() {
      const values: Record<string, unknown> = {}
      const given = new Map<string, unknown>()
      for (const { key, flag, attribute, byDefault } of options) {
        const value: unknown = command.getOptionValue(attribute) ?? byDefault
        if (value !== undefined) values[key] = value
        if (command.getOptionValueSource(attribute) === 'cli') given.set(flag, value)
      }
      return { values: values as V, given, words: command.args }
    },
  }
}

/**
 * Reads the flags of a command line.
 *
 * @throws {UsageError}
 * @example parseFlags<ProveValues>('prove', PROVE_FLAGS, ['--rate', '100']).values.rate // 100
 */
export function parseFlags<V>(name: string, groups: readonly AnyGroup[], args: readonly string[]): CommandLine<V> {
  const { command, read } = createCommand<V>(name, groups, { description: name, sections: [] }, args)
  try {
    command.action(() => undefined).parse([...args], { from: 'user' })
  } catch (error) {
    throw usageErrorOf(error, command)
  }
  return read()
}

/** Makes a command throw its errors instead of printing them and exiting. */
export const silent = (command: Command): Command =>
  command.exitOverride().configureOutput({ writeErr: () => undefined })

/** Checks two things that commander lets pass: a flag that is given twice, and a flag in the place of a value. */
function refuseMisuse(command: Command, name: string, flag: Flag<unknown>, args: readonly string[]): void {
  let seen = false
  command.on(`option:${name}`, (text?: string) => {
    if (seen && !flag.repeatable) throw new UsageError(`--${name} is given twice: give it once`)
    seen = true
    if (flag.value === undefined || text === undefined) return
    const isFlag = (text.startsWith('--') || text === '-h') && !args.includes(`--${name}=${text}`)
    if (text === '' || isFlag) throw new UsageError(`--${name} needs a value: --${name} <${flag.value}>`)
  })
}

/** Turns an error of commander into a {@link UsageError}. Returns every other error as it is. */
export function usageErrorOf(error: unknown, command: Command): unknown {
  return error instanceof CommanderError ? new UsageError(messageOf(error, command), { cause: error }) : error
}

function messageOf({ code, message }: CommanderError, command: Command): string {
  const seeHelp = `see ${commandPath(command)} --help`
  // Commander names an option with its placeholder: '--rate <N>'.
  const text = message.replace(/^error: /, '').replaceAll(/option '(--[\w-]+)[^']*'/g, '$1')
  switch (code) {
    case 'commander.unknownOption': {
      const [, name, value] = /'(--[\w-]+)=(.*)'/s.exec(message) ?? []
      if (command.options.some(({ long }) => long === name)) {
        return `${name} takes no value, but ${JSON.stringify(value)} is given: write ${name}`
      }
      const [, word = ''] = /'(.*)'/s.exec(message) ?? []
      // Commander compares the whole word, `--seeed=1`.
      const guess = nearest(
        word.split('=')[0] ?? '',
        command.options.flatMap(({ long }) => long ?? []),
      )
      return `unknown flag ${word}${guess === undefined ? `: ${seeHelp}` : ` (did you mean ${guess}?)`}`
    }
    case 'commander.excessArguments':
      return `unexpected argument ${JSON.stringify(command.args[0])}: it follows no flag; ${seeHelp}`
    case 'commander.optionMissingArgument': {
      const [, option] = /'(.*)'/s.exec(message) ?? []
      return `${option?.split(' ')[0]} needs a value: ${option}`
    }
    case 'commander.conflictingOption':
      return `${text}: give one of them`
    default:
      return `${text}: ${seeHelp}`
  }
}

/** `zero-drop prove` */
const commandPath = (command: Command): string =>
  command.parent ? `${commandPath(command.parent)} ${command.name()}` : command.name()
