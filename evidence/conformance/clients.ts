import { setTimeout as sleep } from 'node:timers/promises'
import { farAway } from './latency.ts'
import type { Trial } from './trial.ts'

export interface AskAndAskResult {
  /** Requests that were written on an open connection and got no complete answer. */
  readonly lost: number
  /** The bodies of the answers. */
  readonly answers: readonly string[]
}

export interface AskAndAskSettings {
  /** The longest pause after an answer, in ms. */
  readonly pause: number
  /** When it stops by itself, of `performance.now`. */
  readonly until: number
  /** Where it connects, if not to the service itself. */
  readonly port?: number
  readonly onAnswer?: () => void
}

/**
 * A keep-alive client that asks again and again, pausing in between, until it is told `Connection: close`, finds its
 * connection closed, or its time is over. It never retries and opens no second connection.
 */
export async function askAndAsk(
  trial: Trial,
  path: string,
  { pause, until, port = trial.service.port, onAnswer = () => {} }: AskAndAskSettings,
): Promise<AskAndAskResult> {
  const client = await trial.client({ port }).connected()
  const answers: string[] = []
  let lost = 0
  for (let request = 0; client.closed === undefined && performance.now() < until; request++) {
    client.received = ''
    const [response] = await client.get(`${path}&request=${request}`).responses(1)
    if (response === undefined) lost += 1
    else answers.push(response.body)
    onAnswer()
    if (response === undefined || response.headers['connection'] === 'close') break
    await sleep(Math.random() * pause)
    // A FIN that has arrived by now is read first: a request is lost only where it was on its way already.
    await new Promise((resolve) => void setImmediate(resolve))
  }
  client.end()
  return { lost, answers }
}

/** A hundred of them, 10 ms away from the server. `ready`: each has had an answer. */
export async function hundredAsking(
  trial: Trial,
  pause: number,
  until: number,
): Promise<{ readonly ready: Promise<unknown>; readonly results: Promise<AskAndAskResult[]> }> {
  const { port, close } = await farAway(trial.service.port, 10)
  trial.onClose(close)
  const ready: Promise<void>[] = []
  const results = Array.from({ length: 100 }, async (_, index) => {
    let onAnswer!: () => void
    ready.push(new Promise((resolve) => (onAnswer = resolve)))
    return askAndAsk(trial, `/busy?client=${index}`, { pause, until, port, onAnswer })
  })
  return { ready: Promise.all(ready), results: Promise.all(results) }
}
