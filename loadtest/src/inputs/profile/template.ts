import { stringify } from 'yaml'

/** What `zero-drop init` was told of a service; what it was not told of is written as a comment, to be filled in. */
export interface KnownService {
  readonly name?: string
  readonly http2?: boolean
  readonly paths: Readonly<Partial<Record<PathName, string>>>
}

/** The entries of `paths`, in the order in which a file shows them. */
export const PATH_NAMES = ['read', 'slow', 'stream', 'upload', 'create', 'events', 'websocket'] as const
export type PathName = (typeof PATH_NAMES)[number]

interface Entry {
  readonly comment: string
  readonly example: string
  /** What follows the path. */
  readonly rest: string
}

const ENTRIES: Readonly<Record<PathName, Entry>> = {
  read: {
    comment:
      'Something cheap to read, the status that it answers with, and what the body must be: `contains: text` or `json: true`. The only entry that must be here.',
    example: '/',
    rest: 'status: 200',
  },
  slow: {
    comment: 'Answers after {ms} milliseconds, which are drawn from the range for each request. For: slow.',
    example: '/delay/{ms}',
    rest: 'ms: [200, 3000]',
  },
  stream: {
    comment: 'A chunked body of {chunks} lines, one each `every` ms, and then `lastLine`. For: stream.',
    example: '/lines?n={chunks}&ms={every}',
    rest: 'chunks: [10, 60], every: 100, lastLine: end',
  },
  upload: {
    comment: 'Answers a POST of any bytes with JSON that holds their SHA-256, in hex. For: post, slow-upload.',
    example: '/upload',
    rest: 'bytes: [1000, 65536], slowMs: [500, 3000], sha256Field: sha256',
  },
  create: {
    comment:
      'Makes something of a POST of JSON, once, and answers with what it is known by; {id} is the id of the request. For: post.',
    example: '/orders',
    rest: `status: 201, body: '{"reference":"{id}"}', idField: id`,
  },
  events: {
    comment:
      'Server-sent events, {count} of them or, where the path does not say how many, without end; `numbered`: their ids are 1, 2, 3…, and go on after Last-Event-ID. For: events.',
    example: '/events?count={count}&every={every}',
    rest: 'count: [10, 60], every: 100, numbered: true',
  },
  websocket: {
    comment:
      'A WebSocket on which each message is answered by one that holds its {id}; `echo`: by the very same one. `subprotocol` if it wants one. For: websocket.',
    example: '/echo',
    rest: `message: '{id}', echo: false, openMs: [2000, 20000]`,
  },
}

/** A commented `zero-drop.yaml`. */
export const profileTemplate = ({ name, http2 = false, paths }: KnownService): string => `\
# What this service can be asked for: zero-drop prove takes this file from the folder that it is run in, or by --profile.
# A client class runs if the service offers what it needs; \`new-connection\`, \`keep-alive\`, \`idle-keep-alive\` and \`pipelined\`
# need no more than \`read\`.
name: ${scalar(name ?? 'the service')}

# The header in which every request carries its id. \`echoed\`: the response carries it back, so that a second answer, or
# another request's, is told by it. Without these lines ids are sent as X-Request-Id, and nothing is expected back.
# requestId: { header: X-Request-Id, echoed: true }

# Response headers that name the pod and the version, for the report.
# podHeader: X-Pod
# versionHeader: X-Service-Version

# How to read the service's log, so that what clients saw is held against it. A line is told by a field of its JSON, or by a
# regular expression: { pattern: 'begin GET' }. Only \`ended\` is required. Without \`requestId\` the id is looked for anywhere in
# the line, without \`time\` the time of its arrival counts, and without \`finished\` every request that ended was answered whole.
# \`listenerClosed\` is the line in which the server says that it takes no more connections.
# serverLog: { requestId: requestId, time: time, started: { field: msg, value: request started }, ended: { field: msg, value: request }, finished: { field: outcome, value: finished }, listenerClosed: { field: msg, value: listener closed } }

# For how long a connection may be left idle where the server promises nothing with \`Keep-Alive: timeout\`, in ms.
# unpromisedIdleMs: 1000

# HTTP/2 at the same URL: with prior knowledge where that is http, by ALPN where it is https. For: http2.
${http2 ? '' : '# '}http2: true

paths:
${PATH_NAMES.map((key) => entry(key, key === 'read' ? (paths.read ?? '/') : paths[key])).join('\n')}`

const entry = (key: PathName, path: string | undefined): string => {
  const { comment, example, rest } = ENTRIES[key]
  return `  # ${comment}\n  ${path === undefined ? '# ' : ''}${key}: { path: ${scalar(path ?? example)}, ${rest} }\n`
}

/** As it can stand in one line, also inside braces. */
const scalar = (text: string): string =>
  stringify([text], { collectionStyle: 'flow', lineWidth: 0 }).trim().slice(1, -1).trim()
