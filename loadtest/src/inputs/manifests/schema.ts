import { UsageError } from '../../base/errors.js'
import { z } from 'zod'
import type { ManifestDocument } from './documents.js'

/** The parts of a message that name an object. */
export type ObjectName = Pick<ManifestDocument, 'file' | 'kind' | 'name' | 'lineOf'>

export const whole: z.ZodType<number> = z.int('must be a whole number').min(0, 'must not be negative')
export const positive: z.ZodType<number> = z.int('must be a whole number').min(1, 'must be 1 or more')
export const text: z.ZodType<string> = z.string('must be text (numbers and yes/no in quotes)')
export const texts: z.ZodType<string[]> = z.array(text, 'must be a list')
export const labels: z.ZodType<Record<string, string>> = z.record(z.string(), text)
export const portNumber: z.ZodType<number> = z
  .int('must be a port number')
  .min(1, 'must be a port number')
  .max(65_535, 'must be a port number')
const PORT_REFERENCE = 'must be a port number or the name of a port'
export const portReference: z.ZodType<number | string> = z.union(
  [portNumber, z.string().min(1, PORT_REFERENCE)],
  PORT_REFERENCE,
)
const WHOLE_OR_PERCENT = 'must be a whole number or a percentage such as "25%"'
export const wholeOrPercent: z.ZodType<number | string> = z.union(
  [whole, z.string().regex(/^\d+%$/u, WHOLE_OR_PERCENT)],
  WHOLE_OR_PERCENT,
)

/**
 * Reads a part of a document by its schema.
 *
 * @param field the path of the part in the document, for messages. Default: the whole document.
 * @throws {UsageError} names the file, the object, the field and the value.
 */
export function readBy<T>(
  schema: z.ZodType<T>,
  document: ManifestDocument,
  part: unknown = document.body,
  field = '',
): T {
  const result = schema.safeParse(part)
  if (result.success) return result.data
  const [issue] = result.error.issues
  if (issue === undefined) throw wrong(document, field, 'cannot be read')
  const path = issue.path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('')
  let value = part
  for (const key of issue.path) value = (value as Record<PropertyKey, unknown> | null | undefined)?.[key]
  const problem = issue.message.replace(/^Invalid input: expected /u, 'must be of type ')
  throw wrong(
    document,
    (field + path).replace(/^\./u, ''),
    value === undefined ? 'is missing' : `${problem}, not ${JSON.stringify(value)}`,
  )
}

/** Makes the error for a field of a manifest. It names the file, the line, the object and the field. */
export function wrong({ file, kind, name, lineOf }: ObjectName, field: string, problem: string): UsageError {
  const line = lineOf(field)
  return new UsageError(`${file}${line === undefined ? '' : `:${line}`}: ${kind} ${name}: ${field} ${problem}`)
}
