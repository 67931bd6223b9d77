import { setTimeout as sleep } from 'node:timers/promises'
import { farAway } from './latency.ts'
import { answered, type Trial } from './trial.ts'

export interface AskAndAskResult {
  /** Requests that were written on an open connection and got no complete response. */
  readonly lost: number
  /** The bodies of the responses. */
  readonly answers: readonly string[]
}

export interface AskAndAskSettings {
  /** The longest pause after a response, in ms. */
  readonly pause: number
  /** When the client stops, as a value of `performance.now()`. */
  readonly until: number
  /** The port to connect to. Default: that of the service. */
  readonly port?: number
  readonly onAnswer?: () => void
}

/**
 * Sends requests on one keep-alive connection, with pauses, until a response has `Connection: close`, the connection is closed, or the time
 * is over. It never retries and opens no second connection.
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
    // Reads a FIN that has already arrived, so that a request is lost only if it was on its way before the FIN.
    await new Promise((resolve) => void setImmediate(resolve))
  }
  client.end()
  return { lost, answers }
}

/** Starts a hundred such clients, with 10 ms of latency to the server. `ready` resolves when each has got a response. */
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

/** Checks that a request on an idle connection is answered after the listener has closed, while another request is in flight. */
export async function idleAfterClose(trial: Trial): Promise<void> {
  const client = await trial.idle()
  const holder = await trial.busy('/slow?ms=2500')
  await trial.signal()
  await trial.unserved()
  await sleep(700)
  answered(await client.get('/idle').responses(2), 2, client)
  await holder.responses(1)
}
