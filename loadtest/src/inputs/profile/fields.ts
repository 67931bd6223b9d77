import { z } from 'zod'
import { UsageError } from '../../base/errors.js'
import { nearest } from '../../base/nearest.js'
import { withoutNulls } from '../yaml/without-nulls.js'

/** The error of an unknown field carries its siblings behind this mark. */
const UNKNOWN = 'unknown field; there are: '

// Each message completes the sentence "FIELD holds VALUE; it should hold …".
export const text: z.ZodType<string> = z.string('text')
export const amount: z.ZodType<number> = z
  .number('a number that is not negative')
  .min(0, 'a number that is not negative')
export const flag: z.ZodType<boolean> = z.boolean('true or false')

/** A mapping with exactly these fields. */
export function fields<Shape extends z.ZodRawShape>(shape: Shape): z.ZodObject<Shape, z.core.$strict> {
  const known = Object.keys(shape).toSorted((left, right) => left.localeCompare(right))
  return z.strictObject(shape, {
    error: ({ code }) => (code === 'unrecognized_keys' ? `${UNKNOWN}${known.join(', ')}` : 'fields'),
  })
}

/** A path that begins with a slash and holds these placeholders. */
export function path(...placeholders: readonly string[]): z.ZodType<string> {
  const wanted = ['a path that begins with /', ...placeholders].join(' and holds ')
  return z
    .string(wanted)
    .regex(/^\/\S*$/, wanted)
    .refine((value) => placeholders.every((placeholder) => value.includes(placeholder)), wanted)
}

/** A range that is written as a list of its two ends. */
export const range: z.ZodType<{ min: number; max: number }> = z
  .custom<[number, number]>((value) => {
    const [min, max] = Array.isArray(value) ? (value as readonly unknown[]) : []
    return typeof min === 'number' && typeof max === 'number' && 0 <= min && min <= max
  }, 'two numbers, the smaller first, as in [200, 3000]')
  .transform(([min, max]) => ({ min, max }))

/** A regular expression. */
export const pattern: z.ZodType<RegExp> = z
  .custom<string>((value) => typeof value === 'string' && value !== '' && isPattern(value), 'a regular expression')
  .transform((value) => new RegExp(value, 'u'))

function isPattern(value: string): boolean {
  try {
    return new RegExp(value, 'u') instanceof RegExp
  } catch {
    return false
  }
}

/**
 * Reads a YAML value by its schema. A field that holds null counts as missing.
 *
 * @param file the name of the file, for errors.
 * @throws {UsageError} names the file, the field, its value and what it should hold; or an unknown field and the known ones.
 */
export function readFields<T>(schema: z.ZodType<T>, value: unknown, file: string): T {
  const given = withoutNulls(value)
  const result = schema.safeParse(given)
  if (result.success) return result.data
  const { issues } = result.error
  const issue = issues.find(({ code }) => code !== 'unrecognized_keys') ?? issues[0]
  if (issue === undefined) throw new UsageError(`${file} cannot be read`)
  if (issue.code === 'unrecognized_keys') {
    const [key = ''] = issue.keys
    const known = issue.message.slice(UNKNOWN.length)
    const guess = nearest(key, known.split(', '))
    const advice = guess === undefined ? `: choose from ${known}` : ` (did you mean ${guess}?)`
    throw new UsageError(`${file}: unknown field ${[...issue.path, key].join('.')}${advice}`)
  }
  const found = issue.path.reduce<unknown>((part, key) => (part as Record<PropertyKey, unknown>)[key], given)
  const name = issue.path.length === 0 ? 'the file' : issue.path.join('.')
  const holds = found === undefined ? 'is missing' : `holds ${JSON.stringify(found)}`
  throw new UsageError(`${file}: ${name} ${holds}; it should hold ${issue.message}`)
}
