import { connect } from 'node:net'

/** The request of a WebSocket. */
export const UPGRADE: string = [
  'GET /ws HTTP/1.1',
  'Host: bench',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  '\r\n',
].join('\r\n')
const CLOSE = 0x88
/** The code for a connection without a close frame (RFC 6455 §7.1.5). */
const ABNORMAL = 1006
const NO_STATUS = 1005

/** A WebSocket that sends nothing and echoes a close frame. */
export interface WebSocketClient {
  /** Resolves to whether the upgrade succeeded. */
  readonly opened: Promise<boolean>
  /** Resolves to the code of the close frame, or to 1006 if none came. */
  readonly closed: Promise<number>
}

/** Opens a WebSocket without a library, so that ten thousand of them fit into one process. */
function openWebSocket(port: number): WebSocketClient {
  let code = ABNORMAL
  let switched = false
  const socket = connect({ port, host: '127.0.0.1' }, () => socket.write(UPGRADE))
  socket.on('data', (data: Buffer) => {
    let frame = data
    if (!switched) {
      const headEnd = data.indexOf('\r\n\r\n')
      switched = data.subarray(0, 12).toString('latin1') === 'HTTP/1.1 101' && headEnd > 0
      if (switched) socket.emit('upgraded')
      else socket.destroy()
      frame = data.subarray(headEnd + 4)
    }
    if (frame[0] !== CLOSE) return
    code = frame[1]! >= 2 ? frame.readUInt16BE(2) : NO_STATUS
    // Clients must mask their frames. This mask is zero.
    socket.end(Buffer.from([CLOSE, 0x82, 0, 0, 0, 0, code >> 8, code & 0xff]))
  })
  socket.on('error', () => {})
  const closed = new Promise<number>((resolve) => void socket.on('close', () => resolve(code)))
  const opened = new Promise<boolean>((resolve) => {
    socket.once('upgraded', () => resolve(true))
    socket.once('close', () => resolve(false))
  })
  return { opened, closed }
}

/** Opens that many WebSockets, in batches. */
export async function openWebSockets(port: number, count: number): Promise<WebSocketClient[]> {
  const AT_ONCE = 200
  const clients: WebSocketClient[] = []
  for (let opened = 0; opened < count; opened += AT_ONCE) {
    const batch = Array.from({ length: Math.min(AT_ONCE, count - opened) }, () => openWebSocket(port))
    const good = await Promise.all(batch.map(async (one) => one.opened))
    if (!good.every(Boolean)) throw new Error(`a WebSocket could not be opened: the server refused the upgrade`)
    clients.push(...batch)
  }
  return clients
}
