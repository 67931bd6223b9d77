import { dirname, resolve } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import { reasonOf, UsageError } from '../../base/errors.js'
import { amount, fields, flag, path, pattern, range, readFields, text } from './fields.js'
import type { Header } from '../../base/wire/access.js'
import { fillIn, makeHeader } from '../headers.js'
import { readText } from '../yaml/read-text.js'
import type { Profile } from './profile.js'
import type { LineMatch } from './server-log-format.js'

/** The name of the file in the current folder that `prove` reads if no profile is given. */
export const PROFILE_FILE = 'zero-drop.yaml'

/**
 * Reads a profile from a YAML file.
 *
 * @throws {UsageError} names the file, the field, its value and what it should hold.
 * @example
 * name: shop
 * podHeader: X-Pod
 * paths:
 *   read: { path: /health }
 *   slow: { path: '/delay/{ms}', ms: [200, 3000] }
 */
export const readProfile = (file: string): Profile => parseProfile(readText(file), file)

/**
 * Reads a profile from the text of such a file.
 *
 * @param file the name of the file, for errors.
 * @throws {UsageError}
 */
export function parseProfile(yaml: string, file: string): Profile {
  const { requestId, http2, headers, ...profile } = readFields(schema, parseYaml(yaml, file), file)
  const { header = 'X-Request-Id', echoed = requestId !== undefined } = requestId ?? {}
  const { read, slow, create } = profile.paths
  const paths = {
    ...profile.paths,
    read: withRequest(read, 'paths.read', file),
    slow: slow && withRequest(slow, 'paths.slow', file),
    create: create && {
      ...withRequest(create, 'paths.create', file),
      body: readBody(create.body, 'paths.create.body', file),
    },
  }
  const all = withoutUndefined<Profile>({ ...profile, paths, requestId: { header, echoed }, http2: http2 || undefined })
  return headers === undefined ? all : { ...all, headers: readHeaders(headers, 'headers', file) }
}

const json = z.union(
  [flag, z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]))],
  "true, false, or the fields of the body, as in { order: '{id}' }",
)
const headerFields = z.record(z.string(), text, 'headers with their values, as in { X-Tenant: blue }')
const request = {
  method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE'], 'GET, POST, PUT, PATCH or DELETE').optional(),
  headers: headerFields.optional(),
  body: text.optional(),
}
const answer = { status: amount.default(200), json: json.default(false), contains: text.optional() }
const header = text.transform((value) => value.toLowerCase()).optional()

/** A line is found by a field of its JSON, or by a regular expression. */
const line = fields({ field: text.optional(), value: text.optional(), pattern: pattern.optional() }).transform(
  (given, context): LineMatch => {
    const { field = '', value = '' } = given
    if (given.pattern !== undefined) {
      const stray = Object.keys(given).filter((key) => key !== 'pattern')
      if (stray.length > 0) {
        const code = 'unrecognized_keys'
        context.issues.push({ code, keys: stray, input: given, message: 'unknown field; there are: pattern' })
      }
      return { pattern: given.pattern }
    }
    for (const key of ['field', 'value'] as const) {
      if (given[key] === undefined) context.addIssue({ code: 'custom', path: [key], message: 'text' })
    }
    return { field, value }
  },
)

const schema = fields({
  name: text.default('the service'),
  requestId: fields({ header: text.optional(), echoed: flag.optional() }).optional(),
  podHeader: header,
  versionHeader: header,
  serverLog: fields({
    requestId: text.optional(),
    time: text.optional(),
    started: line.optional(),
    ended: line,
    finished: line.optional(),
    listenerClosed: line.optional(),
    sourcesSilent: line.optional(),
  }).optional(),
  unpromisedIdleMs: amount.default(1_000),
  http2: flag.default(false),
  headers: headerFields.optional(),
  paths: fields({
    read: fields({ path: path(), ...request, ...answer }),
    slow: fields({ path: path('{ms}'), ...request, ...answer, ms: range.default({ min: 200, max: 3_000 }) }).optional(),
    stream: fields({
      path: path('{chunks}'),
      status: amount.default(200),
      chunks: range.default({ min: 10, max: 60 }),
      every: amount.default(100),
      lastLine: text,
    }).optional(),
    upload: fields({
      path: path(),
      status: amount.default(200),
      bytes: range.default({ min: 1_000, max: 65_536 }),
      slowMs: range.default({ min: 500, max: 3_000 }),
      sha256Field: text.default('sha256'),
    }).optional(),
    create: fields({
      path: path(),
      status: amount.default(201),
      headers: headerFields.optional(),
      body: text,
      idField: text.default('id'),
      uniqueIds: flag.default(true),
    }).optional(),
    events: fields({
      path: path(),
      status: amount.default(200),
      count: range.default({ min: 10, max: 60 }),
      every: amount.default(100),
      numbered: flag.default(true),
    }).optional(),
    websocket: fields({
      path: path(),
      message: text.default('{id}'),
      echo: flag.default(false),
      openMs: range.default({ min: 2_000, max: 20_000 }),
      subprotocol: text.optional(),
    }).optional(),
  }),
})

/** The type that zod gives: an optional field may be there and undefined. */
type Loose<T> = T extends RegExp | readonly Header[]
  ? T
  : T extends object
    ? { [Key in keyof T]: undefined extends T[Key] ? Loose<T[Key]> | undefined : Loose<T[Key]> }
    : T

/** Removes fields that are undefined or an empty text. */
const withoutUndefined = <T>(value: Loose<T>): T => strip(value) as T

function strip(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || value instanceof RegExp || Array.isArray(value)) return value
  const entries = Object.entries(value).filter(([, each]) => each !== undefined && each !== '')
  return Object.fromEntries(entries.map(([key, each]: [string, unknown]) => [key, strip(each)]))
}

interface GivenRequest {
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly body?: string | undefined
}

/** Fills in the headers and the body of a request: values of the environment, and a file for `@FILE`. */
function withRequest<T extends GivenRequest>(
  given: T,
  field: string,
  file: string,
): Omit<T, 'headers' | 'body'> & { readonly headers?: readonly Header[]; readonly body?: string } {
  const { headers, body, ...rest } = given
  const own = headers === undefined ? [] : readHeaders(headers, `${field}.headers`, file)
  const typed = own.some(([name]) => name.toLowerCase() === 'content-type')
  const all = body === undefined || typed ? own : [...JSON_TYPE, ...own]
  return {
    ...rest,
    ...(all.length === 0 ? {} : { headers: all }),
    ...(body === undefined ? {} : { body: readBody(body, `${field}.body`, file) }),
  }
}

const JSON_TYPE: readonly Header[] = [['Content-Type', 'application/json']]

/** A body, or `@FILE` with the path of a file relative to the profile. */
function readBody(given: string, field: string, file: string): string {
  const template = given.startsWith('@') ? readText(resolve(dirname(file), given.slice(1))) : given
  const filled = fillIn(template, process.env)
  if ('text' in filled) return filled.text
  throw new UsageError(`${file}: ${field}: ${filled.problem}`)
}

/** @throws {UsageError} names the header without its value, which can be a secret. */
function readHeaders(given: Readonly<Record<string, string>>, field: string, file: string): readonly Header[] {
  return Object.entries(given).map(([name, template]) => {
    const read = makeHeader(name, template, process.env)
    if ('header' in read) return read.header
    throw new UsageError(`${file}: ${field}: ${read.problem}`)
  })
}

function parseYaml(yaml: string, file: string): unknown {
  try {
    return parse(yaml) as unknown
  } catch (error) {
    throw unreadable(file, 'cannot be read as YAML', error)
  }
}

const unreadable = (file: string, problem: string, error: unknown): UsageError =>
  new UsageError(`${file} ${problem}: ${reasonOf(error).split('\n')[0]}`, { cause: error })
