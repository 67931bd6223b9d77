import { UsageError } from '../../base/errors.js'

/** The fields of one mapping of a file. What is wrong with one is said with its whole name and what it should hold. */
export class Fields {
  readonly #file: string
  readonly #name: string
  readonly #values: ReadonlyMap<string, unknown>
  readonly #read = new Set<string>()

  /** `name`: where in the file the mapping stands; empty for the file itself. */
  constructor(file: string, name: string, value: unknown) {
    this.#file = file
    this.#name = name
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      const where = name === '' ? 'the file' : name
      throw new UsageError(`${file}: ${where} holds ${JSON.stringify(value ?? null)}; it should hold fields`)
    }
    this.#values = new Map(Object.entries(value))
  }

  required(key: string): Fields {
    return this.optional(key) ?? this.#fail(key, undefined, 'fields')
  }

  optional(key: string): Fields | undefined {
    const value = this.#take(key)
    return value === undefined ? undefined : new Fields(this.#file, this.#full(key), value)
  }

  /** @throws {UsageError} where it is missing and there is no fallback, or is no text */
  text(key: string, fallback?: string): string {
    const value = this.#take(key) ?? fallback
    return typeof value === 'string' ? value : this.#fail(key, value, 'text')
  }

  /** A path that begins with a slash and holds these placeholders. */
  path(key: string, ...placeholders: readonly string[]): string {
    const value = this.#take(key)
    const wanted = ['a path that begins with /', ...placeholders].join(' and holds ')
    if (typeof value !== 'string' || !/^\/\S*$/.test(value)) return this.#fail(key, value, wanted)
    return placeholders.every((placeholder) => value.includes(placeholder)) ? value : this.#fail(key, value, wanted)
  }

  /** A regular expression; undefined where there is none. */
  pattern(key: string): RegExp | undefined {
    const value = this.#take(key)
    if (value === undefined) return undefined
    try {
      if (typeof value === 'string' && value !== '') return new RegExp(value, 'u')
    } catch {
      // said below
    }
    return this.#fail(key, value, 'a regular expression')
  }

  number(key: string, fallback: number): number {
    const value = this.#take(key) ?? fallback
    return typeof value === 'number' && value >= 0 ? value : this.#fail(key, value, 'a number that is not negative')
  }

  flag(key: string, fallback: boolean): boolean {
    const value = this.#take(key) ?? fallback
    return typeof value === 'boolean' ? value : this.#fail(key, value, 'true or false')
  }

  range(key: string, fallback: { readonly min: number; readonly max: number }): { min: number; max: number } {
    const value = this.#take(key) ?? [fallback.min, fallback.max]
    const [min, max] = Array.isArray(value) ? (value as readonly unknown[]) : []
    if (typeof min === 'number' && typeof max === 'number' && 0 <= min && min <= max) return { min, max }
    return this.#fail(key, value, 'two numbers, the smaller first, as in [200, 3000]')
  }

  /** @throws {UsageError} where a field stands that nobody asked for: it is misspelt, and would be passed over */
  rejectUnread(): void {
    const stray = [...this.#values.keys()].find((key) => !this.#read.has(key))
    if (stray === undefined) return
    const known = [...this.#read].toSorted((left, right) => left.localeCompare(right)).join(', ')
    throw new UsageError(`${this.#file}: there is no field ${this.#full(stray)}; there are: ${known}`)
  }

  #take(key: string): unknown {
    this.#read.add(key)
    return this.#values.get(key) ?? undefined
  }

  #full(key: string): string {
    return this.#name === '' ? key : `${this.#name}.${key}`
  }

  #fail(key: string, value: unknown, wanted: string): never {
    const found = value === undefined ? 'is missing' : `holds ${JSON.stringify(value)}`
    throw new UsageError(`${this.#file}: ${this.#full(key)} ${found}; it should hold ${wanted}`)
  }
}
