import type { ClientClass } from './client.js'
import { events } from './classes/events.js'
import { http2 } from './classes/http2.js'
import { idleKeepAlive } from './classes/idle-keep-alive.js'
import { keepAlive } from './classes/keep-alive.js'
import { newConnection } from './classes/new-connection.js'
import { pipelined } from './classes/pipelined.js'
import { post } from './classes/post.js'
import { slowUpload } from './classes/slow-upload.js'
import { slow } from './classes/slow.js'
import { stream } from './classes/stream.js'
import { websocket } from './classes/websocket.js'

/** Every client class, in the order of the reports. */
export const CLIENT_CLASSES: readonly ClientClass[] = [
  newConnection,
  keepAlive,
  idleKeepAlive,
  pipelined,
  post,
  slow,
  slowUpload,
  stream,
  http2,
  events,
  websocket,
]
