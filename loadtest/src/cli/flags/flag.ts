import { Option } from 'commander'

/** One flag of a command: how help shows it and how its value is read. `T` is the type of the value. */
export interface Flag<T> {
  /** Placeholder of the value in help. A flag without it is a switch. */
  readonly value?: string
  readonly help: string
  /** One letter, as in kubectl: `n` for `-n`. */
  readonly short?: string
  /** Value when the flag is not given. */
  readonly byDefault?: T
  /** Text of the default in help, when {@link byDefault} cannot say it. */
  readonly defaultText?: string
  /** The flag may be given several times. `parse` then receives the values before. */
  readonly repeatable?: true
  /** A switch that turns something off: the key `twin` becomes `--no-twin`, and its value is false when given. */
  readonly negated?: true
  /** Keys of the flags that exclude this one. */
  readonly conflicts?: readonly string[]
  /** `--help` shows the flag. `--help-all` shows every flag. */
  readonly usual?: true
  /**
   * Turns the text of the value into the value.
   *
   * @param flag the flag as the user types it, for error messages: `--rate`
   * @throws {UsageError}
   */
  parse?(this: void, text: string, flag: string, before?: T): T
}

/** The flags whose values make up `V`, by key. A required key needs a default. */
export type FlagsOf<V> = {
  readonly [K in keyof V]-?: undefined extends V[K]
    ? Flag<Exclude<V[K], undefined>>
    : Flag<V[K]> & { readonly byDefault: V[K] }
}

/** Flags under one heading of the help. */
export interface FlagGroup<V = Readonly<Record<string, unknown>>> {
  readonly heading: string
  readonly flags: FlagsOf<V>
}

/** A group whose values have any type, as the parser and the help see it. */
export interface AnyGroup {
  readonly heading: string
  readonly flags: Readonly<Record<string, Flag<unknown>>>
}

/**
 * Returns the name of a flag as the user types it, without the dashes.
 *
 * @example flagName('answerTimeout', flag) // 'answer-timeout'
 */
export function flagName(key: string, { negated }: Flag<unknown>): string {
  const name = key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
  return negated ? `no-${name}` : name
}

/** Creates commander's option for a flag. */
export function createOption(key: string, flag: Flag<unknown>, heading: string): Option {
  const name = `--${flagName(key, flag)}`
  const { value, help, short, byDefault, defaultText, conflicts = [], parse } = flag
  const names = short === undefined ? name : `-${short}, ${name}`
  // An empty list is the absence of values, so only its text says what happens then.
  const hasDefault = byDefault !== undefined && !Array.isArray(byDefault)
  const shown = hasDefault || defaultText === undefined ? help : `${help} (default: ${defaultText})`
  const option = new Option(value === undefined ? names : `${names} <${value}>`, shown).helpGroup(`${heading}:`)
  option.conflicts([...conflicts])
  if (hasDefault) option.default(byDefault, defaultText ?? `${byDefault as string | number}`)
  if (value !== undefined && parse) option.argParser((text, before: unknown) => parse(text, name, before))
  return option
}
