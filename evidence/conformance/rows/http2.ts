import { once } from 'node:events'
import { connect, type ClientHttp2Session } from 'node:http2'
import { setTimeout as sleep } from 'node:timers/promises'
import { secured } from '../certificate.ts'
import { expect } from '../expect.ts'
import type { Row } from '../row.ts'
import type { Trial } from '../trial.ts'

function open(trial: Trial, scheme = 'http'): ClientHttp2Session {
  const session = connect(`${scheme}://127.0.0.1:${trial.service.port}`, { rejectUnauthorized: false })
  session.on('error', () => {})
  trial.onClose(() => session.destroy())
  return session
}

/** Returns the body of the response, or the code of the error. */
async function ask(session: ClientHttp2Session, path: string, method = 'GET'): Promise<string> {
  return new Promise((resolve) => {
    const stream = session.request({ ':path': path, ':method': method })
    stream.end()
    let body = ''
    stream.setEncoding('utf8')
    stream.on('data', (data: string) => (body += data))
    stream.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    stream.on('close', () => resolve(body === '' ? 'nothing' : body))
  })
}

/** Opens a stream and waits until its handler runs. */
async function busy(trial: Trial, session: ClientHttp2Session, path: string): Promise<{ answer: Promise<string> }> {
  const answer = ask(session, path)
  await trial.handled(path)
  return { answer }
}

async function finishes(trial: Trial, scheme: string): Promise<void> {
  const session = open(trial, scheme)
  const slow = await busy(trial, session, '/slow?ms=1500&n=1')
  await trial.signal()
  const answer = await slow.answer
  expect(answer === 'slow 1', `the stream ended with ${answer}`)
}

/** Returns the number of the status in the answer to a health check of gRPC: 1 is SERVING, 2 is NOT_SERVING. */
async function checkHealth(session: ClientHttp2Session): Promise<number | undefined> {
  const stream = session.request({
    ':path': '/grpc.health.v1.Health/Check',
    ':method': 'POST',
    'content-type': 'application/grpc',
    te: 'trailers',
  })
  // An empty message: the health of the whole service.
  stream.end(Buffer.alloc(5))
  const chunks: Buffer[] = []
  stream.on('error', () => {})
  stream.on('data', (chunk: Buffer) => void chunks.push(chunk))
  await once(stream, 'close')
  // Five bytes for the flag and the length, one for the field.
  return Buffer.concat(chunks)[6]
}

export const http2Rows: readonly Row[] = [
  {
    id: 'http2-streams',
    title: 'A stream that is in flight at the signal is answered',
    needs: 'cleartextHttp2',
    async run(trial) {
      await trial.start({ delay: 300, env: { PROTOCOL: 'h2c' } })
      await finishes(trial, 'http')
    },
  },
  {
    id: 'http2-tls',
    title: '… also over TLS',
    async run(trial) {
      await trial.start({ delay: 300, env: { PROTOCOL: 'h2', ...secured() } })
      await finishes(trial, 'https')
    },
  },
  {
    id: 'http2-event-stream-post',
    title: '… also if it sends server-sent events in a response to POST',
    needs: 'cleartextHttp2',
    async run(trial) {
      await trial.start({ delay: 300, env: { PROTOCOL: 'h2c' } })
      const tokens = ask(open(trial), '/tokens', 'POST')
      await trial.handled('/tokens')
      await trial.signal()
      expect((await tokens).endsWith('data: [DONE]\n\n'), 'the events were cut off')
    },
  },
  {
    id: 'grpc-health',
    title: 'A health check of gRPC says NOT_SERVING during the delay',
    needs: 'cleartextHttp2',
    async run(trial) {
      await trial.start({ env: { PROTOCOL: 'h2c' } })
      const session = open(trial)
      await trial.signal()
      const status = await checkHealth(session)
      expect(status === 2, status === undefined ? 'no answer' : 'the answer was another one')
    },
  },
  {
    id: 'http2-delay',
    title: 'New streams on existing and new sessions are answered during the delay',
    needs: 'cleartextHttp2',
    async run(trial) {
      await trial.start({ env: { PROTOCOL: 'h2c' } })
      const session = open(trial)
      await ask(session, '/before')
      await trial.signal()
      await sleep(100)
      for (const one of [session, open(trial)]) {
        const answer = await ask(one, '/in-the-delay')
        expect(answer === 'answer to /in-the-delay', `a stream ended with ${answer}`)
      }
    },
  },
  {
    id: 'http2-goaway',
    title: 'A session gets GOAWAY, and its open streams finish',
    needs: 'cleartextHttp2',
    async run(trial) {
      await trial.start({ delay: 300, env: { PROTOCOL: 'h2c' } })
      const session = open(trial)
      const slow = await busy(trial, session, '/slow?ms=1500&n=1')
      const goaway = once(session, 'goaway').then(() => true)
      await trial.signal()
      const first = await Promise.race([goaway, slow.answer])
      const answer = await slow.answer
      expect(answer === 'slow 1', `the stream ended with ${answer}`)
      expect(first === true, 'no GOAWAY came while the stream was open')
    },
  },
  {
    id: 'http2-exit',
    title: 'An idle session does not delay the exit',
    needs: 'cleartextHttp2',
    async run(trial) {
      await trial.start({ budget: 9_000, delay: 300, env: { PROTOCOL: 'h2c' } })
      await ask(open(trial), '/before')
      await trial.signal()
      await trial.endsEarly('an idle session')
    },
  },
]
