import { setTimeout as sleep } from 'node:timers/promises'
import { askAndAsk, hundredAsking, idleAfterClose } from '../clients.ts'
import { expect } from '../expect.ts'
import type { Row } from '../row.ts'
import { answered } from '../trial.ts'

export const keepAliveRows: readonly Row[] = [
  {
    id: 'idle-in-delay',
    title: 'A request on an idle connection is answered during the delay',
    async run(trial) {
      await trial.start()
      const client = await trial.idle()
      await trial.signal()
      await sleep(150)
      answered(await client.get('/idle').responses(2), 2, client)
    },
  },
  {
    id: 'idle-in-drain',
    title: 'A request on an idle connection is answered after the listener has closed',
    async run(trial) {
      await trial.start({ delay: 300 })
      await idleAfterClose(trial)
    },
  },
  {
    id: 'busy',
    title:
      '100 keep-alive connections with occasional requests, over a network with 10 ms of latency: no request is lost',
    repeat: 3,
    async run(trial) {
      await trial.start({ delay: 400 })
      const clients = await hundredAsking(trial, 1_000, performance.now() + 3_500)
      await clients.ready
      await trial.signal()
      const lost = (await clients.results).reduce((sum, one) => sum + one.lost, 0)
      expect(lost === 0, `${lost} requests lost`)
    },
  },
  {
    id: 'executed',
    title: '… no executed request is lost, and none is executed twice',
    repeat: 3,
    async run(trial) {
      await trial.start({ delay: 400 })
      const clients = await hundredAsking(trial, 100, performance.now() + 2_500)
      await clients.ready
      await trial.signal()
      const answers = new Set((await clients.results).flatMap(({ answers: own }) => own))
      await trial.ending()
      const ran = trial.service.messages.flatMap(({ handler }) =>
        String(handler).startsWith('/busy') ? [handler] : [],
      )
      const unanswered = ran.filter((url) => !answers.has(`answer to ${String(url)}`)).length
      expect(ran.length === new Set(ran).size, `${ran.length - new Set(ran).size} requests executed twice`)
      expect(unanswered === 0, `${unanswered} requests executed and lost`)
    },
  },
  {
    id: 'after-close',
    title: 'A request that is sent after Connection: close is not executed without a response',
    async run(trial) {
      await trial.start()
      const client = await trial.idle()
      await trial.signal()
      const first = (await client.get('/first').responses(2))[1]
      client.get('/after-close')
      const answers = (await client.responses(3)).length - 2
      await sleep(200)
      expect(first !== undefined, 'no response during the delay')
      const ran = trial.service.handlersRun('/after-close')
      expect(ran === Math.max(0, answers), `the handler ran ${ran} times, the client has ${answers} answers`)
    },
  },
  {
    id: 'chatty',
    title: 'A client that sends requests until it gets Connection: close does not delay the exit',
    async run(trial) {
      await trial.start({ budget: 8_000, delay: 300 })
      const client = askAndAsk(trial, '/chatty?client=0', { pause: 100, until: performance.now() + 15_000 })
      await trial.handled('/chatty?client=0&request=1')
      await trial.signal()
      await trial.endsEarly('a busy keep-alive connection')
      await client
    },
  },
  {
    id: 'idle-exit',
    title: 'An idle connection is closed after the keep-alive timeout and does not delay the exit',
    async run(trial) {
      await trial.start({ budget: 8_000, delay: 300, env: { KEEP_ALIVE_TIMEOUT: '1000' } })
      const client = await trial.idle()
      await trial.signal()
      await trial.endsEarly('an idle connection')
      expect((await client.ended()) === 'end', `the connection ended with ${client.closed}`)
    },
  },
  {
    id: 'silent',
    title: 'A connection without any request does not delay the exit',
    async run(trial) {
      await trial.start({ budget: 9_000, delay: 300 })
      await trial.silent()
      await trial.signal()
      await trial.endsEarly('a silent connection')
    },
  },
]
