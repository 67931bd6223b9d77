import { UsageError } from '../../base/errors.js'
import { parseArgs } from 'node:util'
import { nearest } from '../../base/nearest.js'

/** One flag, as help shows it and the parser takes it. */
export interface Flag {
  readonly name: string
  /** What its value is called in help; without it the flag takes none. */
  readonly value?: string
  /** May be given several times. */
  readonly repeatable?: boolean
  readonly help: string
  /** Under which heading help shows it. */
  readonly group: string
}

/** The values of each flag that was given, in order; a flag without a value has the empty string. */
export type GivenFlags = ReadonlyMap<string, readonly string[]>

/**
 * Reads flags from a command line.
 *
 * @throws {UsageError} unknown flag, value where none belongs or none where one does, flag given twice, stray word
 */
export function readFlags(args: readonly string[], flags: readonly Flag[]): GivenFlags {
  const { tokens } = parseArgs({
    args: args.map((word) => (word === '-h' ? '--help' : word)),
    strict: false,
    tokens: true,
    options: Object.fromEntries(
      flags.map(({ name, value }) => [name, { type: value === undefined ? 'boolean' : 'string' } as const]),
    ),
  })
  const given = new Map<string, string[]>()
  for (const token of tokens) {
    if (token.kind === 'option-terminator') continue
    if (token.kind === 'positional') {
      throw new UsageError(`${JSON.stringify(token.value)} belongs to no flag. See --help.`)
    }
    const flag = flags.find(({ name }) => name === token.name)
    if (!flag || token.rawName !== `--${token.name}`) throw unknownFlag(token.rawName, flags)
    const { name, value, repeatable = false } = flag
    const values = given.get(name) ?? []
    if (value === undefined && token.value !== undefined) {
      throw new UsageError(`--${name} takes no value, but ${JSON.stringify(token.value)} was given.`)
    }
    if (value !== undefined && (token.value === undefined || isMissing(token.value, token.inlineValue))) {
      throw new UsageError(`--${name} needs a value: --${name} ${value}.`)
    }
    if (values.length > 0 && !repeatable) throw new UsageError(`--${name} was given twice; give it once.`)
    values.push(token.value ?? '')
    given.set(name, values)
  }
  return given
}

/** `--rate --seed 3`: the next flag was taken for the value. */
const isMissing = (value: string, inline: boolean | undefined): boolean =>
  value === '' || (inline !== true && value.startsWith('--'))

function unknownFlag(rawName: string, flags: readonly Flag[]): UsageError {
  const guess = nearest(
    rawName.replace(/^-+/, ''),
    flags.map(({ name }) => name),
  )
  const hint = guess === undefined ? 'See --help for all of them.' : `Did you mean --${guess}?`
  return new UsageError(`There is no flag ${rawName}. ${hint}`)
}

/** The value of a flag that is given at most once. */
export const one = (given: GivenFlags, name: string): string | undefined => given.get(name)?.[0]

export function choice<T extends string>(given: GivenFlags, name: string, choices: readonly T[]): T | undefined {
  const text = one(given, name)
  if (text === undefined) return undefined
  const found = choices.find((candidate) => candidate === text)
  if (found !== undefined) return found
  const guess = nearest(text, choices)
  const hint = guess === undefined ? '' : ` Did you mean ${guess}?`
  throw new UsageError(`--${name}: ${JSON.stringify(text)} is none of ${choices.join(', ')}.${hint}`)
}

export function number(
  given: GivenFlags,
  name: string,
  { min, max, whole = false, unit, noun }: { min: number; max: number; whole?: boolean; unit?: string; noun?: string },
): number | undefined {
  const text = one(given, name)
  if (text === undefined) return undefined
  const value = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : Number.NaN
  if (value >= min && value <= max && (!whole || Number.isInteger(value))) return value
  const kind = noun ?? `${whole ? 'whole ' : ''}number${unit === undefined ? '' : ` of ${unit}`}`
  throw new UsageError(`--${name}: ${JSON.stringify(text)} is not a ${kind} from ${min} to ${max}.`)
}
