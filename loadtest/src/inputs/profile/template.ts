import { stringify } from 'yaml'

/** The known parts of a service. Unknown parts become comments to fill in. */
export interface KnownService {
  readonly name?: string
  readonly http2?: boolean
  readonly paths: Readonly<Partial<Record<PathName, string>>>
}

/** The entries of `paths`, in the order of the file. */
export const PATH_NAMES = ['read', 'slow', 'stream', 'upload', 'create', 'events', 'websocket'] as const
export type PathName = (typeof PATH_NAMES)[number]

interface Entry {
  readonly comment: string
  readonly example: string
  /** The fields after the path. */
  readonly rest: string
}

const ENTRIES: Readonly<Record<PathName, Entry>> = {
  read: {
    comment:
      'A cheap GET, its status, and its body: `contains: text`, `json: true`, or `json: { field: value }`. {id} in them is the id of the request. `method`, `headers` and `body` (or `body: "@FILE"`) are possible, if the request can be sent twice. The only required entry.',
    example: '/',
    rest: 'status: 200',
  },
  slow: {
    comment: 'Answers after {ms} milliseconds, a random number from the range for each request. For: slow.',
    example: '/delay/{ms}',
    rest: 'ms: [200, 3000]',
  },
  stream: {
    comment: 'A chunked body of {chunks} lines, one every `every` ms, and then `lastLine`. For: stream.',
    example: '/lines?n={chunks}&ms={every}',
    rest: 'chunks: [10, 60], every: 100, lastLine: end',
  },
  upload: {
    comment: 'Answers a POST of any bytes with JSON that contains their SHA-256, in hex. For: post, slow-upload.',
    example: '/upload',
    rest: 'bytes: [1000, 65536], slowMs: [500, 3000], sha256Field: sha256',
  },
  create: {
    comment:
      'A POST of JSON that creates something once and returns its id; {id} is the id of the request. Ids are unique, or `uniqueIds: false`. For: post.',
    example: '/orders',
    rest: `status: 201, body: '{"reference":"{id}"}', idField: id`,
  },
  events: {
    comment:
      'Server-sent events: {count} events, or an endless stream if the path has no {count}. `numbered`: the ids are 1, 2, 3…, and continue after Last-Event-ID. For: events.',
    example: '/events?count={count}&every={every}',
    rest: 'count: [10, 60], every: 100, numbered: true',
  },
  websocket: {
    comment:
      'A WebSocket that answers each message with one that contains its {id}; `echo`: with the same message. Add `subprotocol` if required. For: websocket.',
    example: '/echo',
    rest: `message: '{id}', echo: false, openMs: [2000, 20000]`,
  },
}

/** Returns a `zero-drop.yaml` with comments. */
export const profileTemplate = ({ name, http2 = false, paths }: KnownService): string => `\
# The requests that this service can answer. zero-drop prove reads this file from the current folder, or from --profile.
# A client class runs if its path is here. \`new-connection\`, \`keep-alive\`, \`idle-keep-alive\` and \`pipelined\` need only \`read\`.
name: ${scalar(name ?? 'the service')}

# The request header with the id of each request. \`echoed\`: the response returns the id, which reveals a second response or a
# response for another request. Default: X-Request-Id, not echoed.
# requestId: { header: X-Request-Id, echoed: true }

# The response headers with the pod and the version, for the report.
# podHeader: X-Pod
# versionHeader: X-Service-Version

# How to read the log of the service, to compare it with the results of the clients. A line is found by a field of its JSON, or by a
# regular expression: { pattern: 'begin GET' }. Only \`ended\` is required. Default for \`requestId\`: the id is searched in the whole
# line; for \`time\`: the time of its arrival; for \`finished\`: every ended request has a complete response. \`listenerClosed\` is the
# line after the server stopped accepting connections. \`sourcesSilent\` is the line at the end of an adaptive delay after SIGTERM, if the
# delay ended because no new connections arrived any more.
# serverLog: { requestId: requestId, time: time, started: { field: msg, value: request started }, ended: { field: msg, value: request }, finished: { field: outcome, value: finished }, listenerClosed: { field: msg, value: listener closed } }

# The headers of every request. \${NAME} is that variable of the environment. Their values are in no report.
# headers: { X-Tenant: blue }

# How long a connection stays idle if the server sends no \`Keep-Alive: timeout\`, in ms.
# unpromisedIdleMs: 1000

# HTTP/2 at the same URL: with prior knowledge for http, by ALPN for https. For: http2.
${http2 ? '' : '# '}http2: true

paths:
${PATH_NAMES.map((key) => entry(key, key === 'read' ? (paths.read ?? '/') : paths[key])).join('\n')}`

const entry = (key: PathName, path: string | undefined): string => {
  const { comment, example, rest } = ENTRIES[key]
  return `  # ${comment}\n  ${path === undefined ? '# ' : ''}${key}: { path: ${scalar(path ?? example)}, ${rest} }\n`
}

/** Returns text as YAML on one line, which may be inside braces. */
const scalar = (text: string): string =>
  stringify([text], { collectionStyle: 'flow', lineWidth: 0 }).trim().slice(1, -1).trim()
