import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { answerTo, nextId, WARM_UP, type Clock, type Load, type Target } from './load.ts'

const open = ({ port }: Target): WebSocket => new WebSocket(`ws://127.0.0.1:${port}`)

/** Sends one message and waits for its answer or for the end of the connection. Returns whether the connection is open. */
async function ask(socket: WebSocket, { tally }: Target, ms: number): Promise<boolean> {
  const id = nextId()
  const over = new AbortController()
  socket.send(JSON.stringify({ id, ms }))
  const answer = await Promise.race([
    once(socket, 'message', over).then(([data]) => String(data)),
    once(socket, 'close', over).then(([code]) => Number(code)),
  ]).finally(() => over.abort())
  if (typeof answer === 'number') tally.lost(`closed with ${answer}`)
  else if (answer === answerTo(id)) tally.answered(id)
  else tally.wrong(answer)
  return socket.readyState === WebSocket.OPEN
}

async function connect(target: Target): Promise<WebSocket | undefined> {
  const socket = open(target)
  let failure = ''
  socket.on('error', ({ message }) => void (failure ||= message))
  await Promise.race([once(socket, 'open').catch(() => {}), once(socket, 'close').catch(() => {})])
  if (socket.readyState === WebSocket.OPEN) return socket
  target.tally.lost(failure || 'closed')
  return undefined
}

/** Sends messages until no load balancer sends more, then waits until the service closes the connection. */
async function talk(target: Target, clock: Clock): Promise<void> {
  const socket = await connect(target)
  if (socket === undefined) return
  const closed = once(socket, 'close')
  for (let index = 0; !clock.propagated; index++) {
    if (!(await ask(socket, target, index % 10 === 0 ? 200 : 0))) break
    await sleep(Math.random() * 40)
    if (socket.readyState !== WebSocket.OPEN) break
  }
  const [code] = await closed
  if (code === 1006) target.tally.wrong('closed without a close frame')
}

async function oneMessage(target: Target): Promise<void> {
  const socket = await connect(target)
  if (socket === undefined) return
  await ask(socket, target, 0)
  socket.close()
}

/** WebSockets: ten that stay open, and ten new ones per second. */
export const webSockets: Load = {
  async ready(target) {
    const socket = open(target)
    socket.on('error', () => {})
    await Promise.race([once(socket, 'open').catch(() => {}), once(socket, 'close').catch(() => {})])
    const isOpen = socket.readyState === WebSocket.OPEN
    socket.terminate()
    return isOpen
  },
  async run(target, clock) {
    const clients = [
      ...Array.from({ length: 10 }, () => talk(target, clock)),
      clock.every(100, () => oneMessage(target)),
    ]
    await sleep(WARM_UP)
    target.signal()
    await Promise.all(clients)
  },
}
