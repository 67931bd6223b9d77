import { createHash } from 'node:crypto'
import type { Header } from '../../base/wire/access.js'
import type { Answer } from '../../base/wire/http1/exchange.js'
import type { Random } from '../../base/random.js'
import { planEvents } from './events.js'
import { createLineReader } from './lines.js'
import type {
  CreatePath,
  EventsPath,
  JsonFields,
  Profile,
  ReadPath,
  SlowPath,
  StreamPath,
  UploadPath,
} from '../profile/profile.js'
import type { PlannedRequest } from './planned-request.js'

/** Plans a cheap GET. */
export const planRead = (read: ReadPath): PlannedRequest => planGet(read, {})

/** @param values the numbers in the path */
const planGet = (read: ReadPath, values: Values): PlannedRequest => {
  const { path, status, json, contains = '', method = 'GET', headers, body } = read
  return {
    method,
    path: fill(path, values),
    ...(body === undefined ? {} : { bodyFor: (id: string) => Buffer.from(fill(body, { ...values, id })) }),
    ...(headers === undefined ? {} : { headers }),
    status,
    expectedMs: 0,
    askedMs: () => 0,
    verify: (answer, id) => {
      const all = { ...values, id }
      const wanted = fill(contains, all)
      const problem = json === false ? undefined : wrongFields(answer, json === true ? {} : json, all)
      return problem ?? (answer.body.includes(wanted) ? undefined : missingText(answer, wanted))
    },
  }
}

function wrongFields(answer: Answer, fields: JsonFields, values: Values): string | undefined {
  const { value, problem } = parsed(answer)
  if (problem !== undefined) return problem
  for (const [name, field] of Object.entries(fields)) {
    const wanted = typeof field === 'string' ? fill(field, values) : field
    const found = value?.[name]
    // A number in the path can come back as a number or as text.
    if (found === wanted || (typeof found === 'number' && String(found) === wanted)) continue
    return `the field ${name} of the body is ${short(found)}, not ${short(wanted)}`
  }
  return undefined
}

const missingText = ({ body }: Answer, wanted: string): string =>
  `the body does not contain ${short(wanted)}: ${short(body.toString('utf8'))}`

/** Plans a GET with a slow response. */
export function planSlow(slow: SlowPath, random: Random): PlannedRequest {
  const ms = random.whole(slow.ms.min, slow.ms.max)
  return { ...planGet(slow, { ms }), expectedMs: ms, askedMs: () => ms }
}

/** Plans a GET with a chunked response. */
export function planStream({ path, status, chunks, every, lastLine }: StreamPath, random: Random): PlannedRequest {
  const count = random.whole(chunks.min, chunks.max)
  const reader = createLineReader()
  return {
    method: 'GET',
    path: fill(path, { chunks: count, every }),
    status,
    expectedMs: count * every,
    // The first line may come at once.
    askedMs: () => (count - 1) * every,
    take: (part) => {
      reader.take(part)
      return false
    },
    verify: () => {
      const { count: lines, last } = reader.end()
      if (last !== lastLine) return `the stream's last line is ${short(last)}, not ${short(lastLine)}`
      return lines === count + 1 ? undefined : `the stream has ${lines - 1} of ${count} lines`
    },
  }
}

/** Plans an upload that is sent at once or, with `overMs`, in parts over that time. */
export function planUpload(upload: UploadPath, random: Random, overMs?: number): PlannedRequest {
  const body = Buffer.alloc(random.whole(upload.bytes.min, upload.bytes.max), random.whole(0, 2 ** 31).toString(36))
  const parts = overMs === undefined ? 1 : PARTS
  const size = Math.ceil(body.length / parts)
  const everyMs = overMs === undefined ? 0 : overMs / parts
  return {
    method: 'POST',
    path: upload.path,
    headers: BYTES,
    body: {
      parts: Array.from({ length: parts }, (_, index) => body.subarray(index * size, (index + 1) * size)),
      everyMs,
    },
    status: upload.status,
    expectedMs: overMs ?? 0,
    askedMs: () => (parts - 1) * everyMs,
    verify: (answer) => {
      const { value, problem } = parsed(answer)
      const expected = createHash('sha256').update(body).digest('hex')
      const received = value?.[upload.sha256Field]
      return (
        problem ??
        (received === expected ? undefined : `the response has the wrong SHA-256 of the body: ${short(received)}`)
      )
    },
  }
}

const PARTS = 10
const BYTES: readonly Header[] = [['Content-Type', 'application/octet-stream']]
const JSON_BODY: readonly Header[] = [['Content-Type', 'application/json']]

/**
 * Plans a POST that creates something.
 *
 * @param created the ids that the POSTs of this run have created: one that comes twice is the response to another request
 */
export const planCreate = (
  { path, status, body, headers = JSON_BODY, idField, uniqueIds = true }: CreatePath,
  created: Set<string>,
): PlannedRequest => ({
  method: 'POST',
  path,
  headers,
  bodyFor: (id) => Buffer.from(body.replaceAll('{id}', id)),
  status,
  expectedMs: 0,
  askedMs: () => 0,
  verify: (answer) => {
    const { value, problem } = parsed(answer)
    const id = value?.[idField]
    if (problem !== undefined) return problem
    if (!isKey(id)) return `the response has no ${idField}`
    if (!uniqueIds || !created.has(String(id))) {
      created.add(String(id))
      return undefined
    }
    return (
      `${idField} ${short(id)} was the response to an earlier POST, too; if pods give the same ids to different things, ` +
      'set uniqueIds: false for create in the profile'
    )
  },
})

const ONE = { min: 1, max: 1 }

/** Returns functions that plan one quick request to every path of a profile, for a check before the load. Each try plans a new request. */
export function planProbes({ paths }: Profile, random: Random): (() => PlannedRequest)[] {
  const { read, slow, stream, upload, create, events } = paths
  return [
    () => planRead(read),
    ...(slow ? [() => planSlow({ ...slow, ms: ONE }, random)] : []),
    ...(stream ? [() => planStream({ ...stream, chunks: ONE }, random)] : []),
    ...(upload ? [() => planUpload(upload, random)] : []),
    ...(create ? [() => planCreate(create, new Set())] : []),
    ...(events ? [() => planOneEvent(events)] : []),
  ]
}

/** Plans a stream of one event. Under load a complete stream may end early, but before the load it must have the event. */
function planOneEvent(events: EventsPath): PlannedRequest {
  let received = 0
  const plan = planEvents(events, { count: 1, after: 0, ended: (end) => void (received = end.received) })
  return {
    ...plan,
    verify: (answer, id) => plan.verify(answer, id) ?? (received > 0 ? undefined : 'the stream ended without an event'),
  }
}

const isKey = (value: unknown): value is string | number =>
  (typeof value === 'string' && value !== '') || typeof value === 'number'

type Values = Readonly<Record<string, number | string>>

const fill = (text: string, values: Values): string =>
  text.replaceAll(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole))

interface Parsed {
  readonly value?: Readonly<Record<string, unknown>>
  readonly problem?: string
}

function parsed({ body, bodyBytes }: Answer): Parsed {
  if (bodyBytes > body.length) return { problem: `the body is too long: ${bodyBytes} bytes` }
  try {
    const value: unknown = JSON.parse(body.toString('utf8'))
    if (typeof value === 'object' && value !== null) return { value: value as Readonly<Record<string, unknown>> }
    return { problem: `the body is not a JSON object: ${short(body.toString('utf8'))}` }
  } catch {
    return { problem: `the body is not JSON: ${short(body.toString('utf8'))}` }
  }
}

const short = (value: unknown): string => {
  const text = JSON.stringify(value) ?? 'missing'
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}
