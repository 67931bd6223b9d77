import { createHash } from 'node:crypto'
import type { Answer } from '../../base/wire/http1/exchange.js'
import type { Random } from '../../base/random.js'
import { planEvents } from './events.js'
import { createLineReader } from './lines.js'
import type { CreatePath, EventsPath, Profile, ReadPath, SlowPath, StreamPath, UploadPath } from '../profile/profile.js'
import type { PlannedRequest } from './planned-request.js'

export const planRead = ({ path, status, json, contains = '' }: ReadPath): PlannedRequest => ({
  method: 'GET',
  path,
  status,
  expectedMs: 0,
  verify: (answer) => {
    const problem = json ? parsed(answer).problem : undefined
    return problem ?? (answer.body.includes(contains) ? undefined : lacking(answer, contains))
  },
})

const lacking = ({ body }: Answer, wanted: string): string =>
  `the body does not hold ${short(wanted)}: ${short(body.toString('utf8'))}`

export function planSlow(slow: SlowPath, random: Random): PlannedRequest {
  const ms = random.whole(slow.ms.min, slow.ms.max)
  return { ...planRead(slow), path: fill(slow.path, { ms }), expectedMs: ms }
}

export function planStream({ path, status, chunks, every, lastLine }: StreamPath, random: Random): PlannedRequest {
  const count = random.whole(chunks.min, chunks.max)
  const reader = createLineReader()
  return {
    method: 'GET',
    path: fill(path, { chunks: count, every }),
    status,
    expectedMs: count * every,
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

/** A body that is sent at once or, with `overMs`, in parts over that time. */
export function planUpload(upload: UploadPath, random: Random, overMs?: number): PlannedRequest {
  const body = Buffer.alloc(random.whole(upload.bytes.min, upload.bytes.max), random.whole(0, 2 ** 31).toString(36))
  const parts = overMs === undefined ? 1 : PARTS
  const size = Math.ceil(body.length / parts)
  const everyMs = overMs === undefined ? 0 : overMs / parts
  return {
    method: 'POST',
    path: upload.path,
    contentType: 'application/octet-stream',
    body: {
      parts: Array.from({ length: parts }, (_, index) => body.subarray(index * size, (index + 1) * size)),
      everyMs,
    },
    status: upload.status,
    expectedMs: overMs ?? 0,
    verify: (answer) => {
      const { value, problem } = parsed(answer)
      const expected = createHash('sha256').update(body).digest('hex')
      const received = value?.[upload.sha256Field]
      return problem ?? (received === expected ? undefined : `the SHA-256 of the body came back as ${short(received)}`)
    },
  }
}

const PARTS = 10

export const planCreate = ({ path, status, body, idField }: CreatePath): PlannedRequest => ({
  method: 'POST',
  path,
  contentType: 'application/json',
  bodyFor: (id) => Buffer.from(body.replaceAll('{id}', id)),
  status,
  expectedMs: 0,
  verify: (answer) => {
    const { value, problem } = parsed(answer)
    const id = value?.[idField]
    return problem ?? (isKey(id) ? undefined : `the answer has no ${idField}`)
  },
})

const ONE = { min: 1, max: 1 }

/** One request to every path of a profile, each as quick as it can be: what must work before load makes sense. Planned anew for each try. */
export function planProbes({ paths }: Profile, random: Random): (() => PlannedRequest)[] {
  const { read, slow, stream, upload, create, events } = paths
  return [
    () => planRead(read),
    ...(slow ? [() => planSlow({ ...slow, ms: ONE }, random)] : []),
    ...(stream ? [() => planStream({ ...stream, chunks: ONE }, random)] : []),
    ...(upload ? [() => planUpload(upload, random)] : []),
    ...(create ? [() => planCreate(create)] : []),
    ...(events ? [() => planOneEvent(events)] : []),
  ]
}

/** Ended early and whole is in order under load; a service at rest must send what it was asked for. */
function planOneEvent(events: EventsPath): PlannedRequest {
  let received = 0
  const plan = planEvents(events, { count: 1, after: 0, ended: (end) => void (received = end.received) })
  return {
    ...plan,
    verify: (answer) => plan.verify(answer) ?? (received > 0 ? undefined : 'the stream ended without an event'),
  }
}

const isKey = (value: unknown): boolean => (typeof value === 'string' && value !== '') || typeof value === 'number'

const fill = (path: string, values: Readonly<Record<string, number>>): string =>
  path.replaceAll(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole))

interface Parsed {
  readonly value?: Readonly<Record<string, unknown>>
  readonly problem?: string
}

function parsed({ body, bodyBytes }: Answer): Parsed {
  if (bodyBytes > body.length) return { problem: `the body is too long to be read: ${bodyBytes} bytes` }
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
