import type { Flag } from './flag.js'

const PATHS = 'What the service offers'
const FILE = 'The file'

/** Every flag of `zero-drop init`, in the order of its help. */
export const INIT_FLAGS: readonly Flag[] = [
  { name: 'name', value: 'NAME', group: PATHS, help: 'what reports call it. Default: the service' },
  { name: 'http2', group: PATHS, help: 'it speaks HTTP/2 at the same URL, also without TLS where that is http' },
  { name: 'read', value: 'PATH', group: PATHS, help: 'something cheap to GET. Default: /' },
  { name: 'slow', value: 'PATH', group: PATHS, help: 'answers after {ms} ms, as in /delay/{ms}' },
  { name: 'stream', value: 'PATH', group: PATHS, help: 'sends {chunks} lines, as in /lines?n={chunks}' },
  { name: 'upload', value: 'PATH', group: PATHS, help: 'answers a POST with the SHA-256 of its body' },
  { name: 'create', value: 'PATH', group: PATHS, help: 'makes something of a POST of JSON, and answers with its id' },
  { name: 'events', value: 'PATH', group: PATHS, help: 'server-sent events, as in /events or /events?count={count}' },
  { name: 'websocket', value: 'PATH', group: PATHS, help: 'a WebSocket that answers each message with its id in it' },
  { name: 'force', group: FILE, help: 'write over a zero-drop.yaml that is there' },
  { name: 'help', group: FILE, help: 'print this' },
]
