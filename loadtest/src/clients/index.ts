import type { ClientClass } from './client.js'
import { events } from './events.js'
import { http2 } from './http2.js'
import { idleKeepAlive } from './idle-keep-alive.js'
import { keepAlive } from './keep-alive.js'
import { newConnection } from './new-connection.js'
import { pipelined } from './pipelined.js'
import { post } from './post.js'
import { slowUpload } from './slow-upload.js'
import { slow } from './slow.js'
import { stream } from './stream.js'

import { websocket } from './websocket.js'

/** Every client class, in the order in which reports show them. */
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
