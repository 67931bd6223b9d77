import { createRequire } from 'node:module'
import { setTimeout as sleep } from 'node:timers/promises'
import { answerTo, nextId, WARM_UP, type Clock, type Load, type Target } from './load.ts'

/** The part that this load uses of `socket.io-client`, which the example brings. */
interface Socket {
  readonly connected: boolean
  on(event: string, listener: (...args: never[]) => void): this
  emit(event: string, ...args: unknown[]): this
  disconnect(): this
}

type Transport = 'websocket' | 'polling'

function connectTo({ folder, port }: Target, transport: Transport): Socket {
  const { io } = createRequire(folder)('socket.io-client') as { io: (url: string, options: object) => Socket }
  return io(`http://127.0.0.1:${port}`, { transports: [transport], reconnection: false, forceNew: true })
}

/** Resolves with undefined when the connection is open, otherwise with the reason. */
const opened = (socket: Socket): Promise<string | undefined> =>
  new Promise((resolve) => {
    socket.on('connect', () => resolve(undefined))
    socket.on('connect_error', (error: Error) => resolve(error.message))
    // The transport was open, and the server ended before it accepted the namespace.
    socket.on('disconnect', (reason: string) => resolve(reason))
  })

/** Resolves when the connection has ended, which can have happened in the turn of its `connect` event. */
const disconnected = async (socket: Socket): Promise<void> => {
  if (socket.connected) await new Promise<void>((resolve) => socket.on('disconnect', () => resolve()))
}

/** Emits one event and waits for its acknowledgement or for the end of the connection. */
async function ask(socket: Socket, { tally }: Target, ms: number): Promise<void> {
  const id = nextId()
  const answer = await new Promise<string | undefined>((resolve) => {
    void disconnected(socket).then(() => resolve(undefined))
    socket.emit('work', id, ms, resolve)
  })
  if (answer === undefined) tally.lost('no acknowledgement')
  else if (answer === answerTo(id)) tally.answered(id)
  else tally.wrong(answer)
}

async function connect(target: Target, transport: Transport): Promise<Socket | undefined> {
  const socket = connectTo(target, transport)
  const failure = await opened(socket)
  if (failure === undefined) return socket
  target.tally.lost(failure)
  socket.disconnect()
  return undefined
}

/** Emits events until no load balancer sends more, then waits until the service closes the connection. */
async function talk(target: Target, clock: Clock, transport: Transport): Promise<void> {
  const socket = await connect(target, transport)
  if (socket === undefined) return
  const closed = disconnected(socket)
  for (let index = 0; !clock.propagated && socket.connected; index++) {
    await ask(socket, target, index % 10 === 0 ? 200 : 0)
    await sleep(Math.random() * 40)
  }
  await closed
}

async function oneEvent(target: Target, transport: Transport): Promise<void> {
  const socket = await connect(target, transport)
  if (socket === undefined) return
  await ask(socket, target, 0)
  socket.disconnect()
}

/** Socket.IO over WebSockets and over long polls: five of each that stay open, and five new ones of each per second. */
export const socketIo: Load = {
  async ready(target) {
    const socket = connectTo(target, 'polling')
    const failure = await opened(socket)
    socket.disconnect()
    return failure === undefined
  },
  async run(target, clock) {
    const each = (transport: Transport) => [
      ...Array.from({ length: 5 }, () => talk(target, clock, transport)),
      clock.every(200, () => oneEvent(target, transport)),
    ]
    const clients = [...each('websocket'), ...each('polling')]
    await sleep(WARM_UP)
    target.signal()
    await Promise.all(clients)
  },
}
