import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from '../expect.ts'
import type { Row } from '../row.ts'
import { answered, type Trial } from '../trial.ts'

async function saysClose(trial: Trial, path: string): Promise<void> {
  await trial.start()
  await trial.signal()
  const client = trial.client().get(path)
  const responses = await client.responses(1)
  answered(responses, 1, client)
  expect(responses[0]!.headers['connection'] === 'close', `Connection: ${responses[0]!.headers['connection']}`)
}

export const lameDuckRows: readonly Row[] = [
  {
    id: 'new-connections',
    title: 'New connections are served during the whole delay',
    async run(trial) {
      await trial.start({ delay: 1_000 })
      await trial.signal()
      const until = performance.now() + 600
      while (performance.now() < until) {
        const client = trial.client().get('/fresh')
        answered(await client.responses(1), 1, client)
        client.destroy()
        await sleep(10)
      }
    },
  },
  {
    id: 'fed',
    title:
      'A server that gets its connections from other code (sticky sessions) serves new ones during the whole delay',
    async run(trial) {
      await trial.start({ delay: 1_000, env: { FED: '1' } })
      expect(await trial.served(), 'no response before the signal')
      await trial.signal()
      await sleep(600)
      const client = trial.client().get('/fresh')
      answered(await client.responses(1), 1, client)
      client.destroy()
    },
  },
  {
    id: 'refused',
    title: 'After the delay, new connections are refused; none is accepted and then reset',
    repeat: 3,
    async run(trial) {
      await trial.start({ delay: 400 })
      const holder = await trial.busy('/slow?ms=1500')
      const ends = new Map<string, number>()
      const over = new AbortController()
      const hammer = async () => {
        while (!over.signal.aborted) {
          const client = trial.client().get('/hammer')
          const [response] = await client.responses(1)
          const end = response === undefined ? client.closed! : response.status === 200 ? 'served' : 'served an error'
          ends.set(end, (ends.get(end) ?? 0) + 1)
          client.destroy()
          await sleep(2)
        }
      }
      const hammers = Array.from({ length: 4 }, hammer)
      await sleep(100)
      await trial.signal()
      await holder.responses(1)
      over.abort()
      await Promise.all(hammers)
      const bad = [...ends].filter(([end]) => end !== 'served' && end !== 'ECONNREFUSED')
      expect(bad.length === 0, bad.map(([end, times]) => `${times} × ${end}`).join(', '))
      expect(ends.has('ECONNREFUSED'), 'no connection was refused while a request was in flight')
    },
  },
  {
    id: 'late-proxy',
    title:
      'A proxy that learns of the removal after the expected delay loses no connection, and the process exits after it',
    needs: 'adaptiveDelay',
    async run(trial) {
      await trial.start({ delay: { min: 500, expected: 1_000, max: 25_000 }, budget: 30_000 })
      const stop = new AbortController()
      const proxy = async () => {
        while (!stop.signal.aborted) {
          const client = trial.client().get('/proxied')
          answered(await client.responses(1), 1, client)
          client.destroy()
          await sleep(150)
        }
      }
      const finished = proxy()
      // The library knows the rate of a source after three seconds.
      await Promise.race([sleep(3_200), finished])
      await trial.signal()
      await Promise.race([sleep(3_000), finished])
      stop.abort()
      await finished
      await trial.endsEarly('a proxy that has stopped')
    },
  },
  {
    id: 'close-asynchronous',
    title: 'A response during the delay has Connection: close',
    run: async (trial) => saysClose(trial, '/slow?ms=50'),
  },
  {
    id: 'close-synchronous',
    title: '… also from a handler that responds synchronously',
    run: async (trial) => saysClose(trial, '/at-once'),
  },
  {
    id: 'close-insisting',
    title: '… also if the handler sets Connection: keep-alive',
    run: async (trial) => saysClose(trial, '/keep-alive'),
  },
  {
    id: 'close-in-flight',
    title: 'A request whose handler started before the signal gets a response with Connection: close',
    async run(trial) {
      await trial.start({ delay: 200 })
      const client = await trial.busy('/slow?ms=1000')
      await trial.signal()
      const responses = await client.responses(1)
      answered(responses, 1, client)
      expect(responses[0]!.headers['connection'] === 'close', `Connection: ${responses[0]!.headers['connection']}`)
    },
  },
]
