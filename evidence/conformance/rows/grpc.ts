import { GrpcClient } from '../../../packages/graceful/test/harness/grpc-client.ts'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from '../expect.ts'
import type { Row } from '../row.ts'
import type { Trial } from '../trial.ts'

const start = async (trial: Trial, delay: number): Promise<void> =>
  trial.start({ program: 'preloaded', file: 'grpc.mjs', delay })

function open(trial: Trial): GrpcClient {
  const client = new GrpcClient(trial.service.port)
  trial.onClose(() => client.close())
  return client
}

const started = async (trial: Trial, call: string): Promise<unknown> =>
  trial.service.waitFor((message) => message['call'] === call)

export const grpcRows: readonly Row[] = [
  {
    id: 'grpc-calls',
    title: 'Unary and streaming calls that are in flight at the signal finish, and the exit code is 0',
    needs: 'preload',
    async run(trial) {
      await start(trial, 300)
      const client = open(trial)
      const unary = client.unary('1500')
      const count = client.count(15)
      const { call: chat, result } = client.chat()
      chat.write('before')
      await Promise.all([started(trial, 'unary 1500'), started(trial, 'count'), started(trial, 'chat')])
      await trial.signal()
      await sleep(800)
      chat.write('after')
      chat.end()
      const codes = (await Promise.all([unary, count, result])).map(({ code }) => code)
      expect(codes.join() === '0,0,0', `the status codes were ${codes.join(', ')}`)
      await trial.endsWith(0)
    },
  },
  {
    id: 'grpc-delay',
    title: 'New calls on open and new connections are answered during the delay',
    needs: 'preload',
    async run(trial) {
      await start(trial, 1_500)
      const before = open(trial)
      await before.unary('0')
      await trial.signal()
      await sleep(300)
      for (const client of [before, open(trial)]) {
        const { code } = await client.unary('1')
        expect(code === 0, `a call ended with status ${code}`)
      }
    },
  },
  {
    id: 'grpc-not-serving',
    title: 'The health service says NOT_SERVING from the signal on',
    needs: 'preload',
    async run(trial) {
      await start(trial, 1_500)
      const client = open(trial)
      const before = await client.health()
      expect(before === 1, 'it did not say SERVING before the signal')
      await trial.signal()
      const status = await client.health()
      expect(status === 2, status === undefined ? 'no answer' : 'the answer was another one')
    },
  },
]
