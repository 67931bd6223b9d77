import { once } from 'node:events'
import { WebSocket } from 'ws'
import { expect } from '../expect.ts'
import type { Row } from '../row.ts'
import type { Trial } from '../trial.ts'

async function open(trial: Trial): Promise<WebSocket> {
  const client = new WebSocket(`ws://127.0.0.1:${trial.service.port}/ws`)
  trial.onClose(() => client.terminate())
  client.on('error', () => {})
  await Promise.race([
    once(client, 'open'),
    once(client, 'close').then(() => Promise.reject(new Error('no WebSocket'))),
  ])
  return client
}

/** Returns the close codes of five WebSockets that are open at the signal. 1006 means that no close frame came. */
async function closeCodes(trial: Trial, webSockets: true | 'piped'): Promise<number[]> {
  await trial.start({ budget: 9_000, delay: 300, env: { WEB_SOCKETS: JSON.stringify(webSockets) } })
  const clients = await Promise.all(Array.from({ length: 5 }, async () => open(trial)))
  const closes = clients.map(async (client) => once(client, 'close'))
  await trial.signal()
  await trial.endsEarly('the WebSockets')
  return (await Promise.all(closes)).map(([code]) => code as number)
}

export const webSocketRows: readonly Row[] = [
  {
    id: 'web-socket-delay',
    title: 'During the delay, an open WebSocket keeps working and a new one opens',
    async run(trial) {
      await trial.start({ env: { WEB_SOCKETS: 'true' } })
      const before = await open(trial)
      await trial.signal()
      for (const client of [before, await open(trial)]) {
        client.send('hello')
        const answer = await Promise.race([
          once(client, 'message').then(([data]) => String(data)),
          once(client, 'close'),
        ])
        expect(answer === 'echo hello', 'a WebSocket was closed at once')
      }
    },
  },
  {
    id: 'web-socket-close',
    title: 'WebSockets get a close frame and do not delay the exit',
    async run(trial) {
      const codes = await closeCodes(trial, true)
      expect(!codes.includes(1006), 'the connections closed without a close frame')
    },
  },
  {
    id: 'web-socket-1001',
    title: '… with the code 1001, "going away"',
    async run(trial) {
      const codes = await closeCodes(trial, true)
      expect(
        codes.every((code) => code === 1001),
        `close code ${codes[0]}`,
      )
    },
  },
  {
    id: 'web-socket-piped',
    title: '… also the WebSockets that a proxy in the application passes to another server',
    async run(trial) {
      const codes = await closeCodes(trial, 'piped')
      expect(
        codes.every((code) => code === 1001),
        `close code ${codes[0]}`,
      )
    },
  },
]
