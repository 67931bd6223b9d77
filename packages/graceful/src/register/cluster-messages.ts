import type { ChildProcess } from 'node:child_process'

/*
 * The messages between the preload of a cluster's primary and those of its workers. Node does not pass messages with this prefix on to the
 * application (`child_process`, `subprocess.send`).
 */

const COMMAND = 'NODE_CLOUD_COMMUNAL_GRACEFUL'

/**
 * `stop`: the worker needs no more connections; the answer comes when the primary has stopped to accept them. `pass`: the answer comes after
 * the connections that the primary has handed over before it.
 */
export type Question = 'stop' | 'pass'

interface Message {
  readonly cmd: string
  readonly id: number
  readonly question?: Question
}

type Channel = Pick<ChildProcess, 'on' | 'off' | 'send'>

const isOurs = (message: unknown): message is Message => (message as Message | null)?.cmd === COMMAND

let lastId = 0

/** Asks the primary, and resolves with its answer, or after `limit` ms. */
export async function ask(question: Question, limit: number): Promise<void> {
  const channel = process as unknown as Channel
  const id = ++lastId
  await new Promise<void>((resolve) => {
    const onMessage = (message: unknown): void => {
      if (isOurs(message) && message.id === id) end()
    }
    const timer = setTimeout(end, limit)
    function end(): void {
      clearTimeout(timer)
      channel.off('internalMessage', onMessage)
      resolve()
    }
    channel.on('internalMessage', onMessage)
    // The primary can have gone.
    channel.send?.({ cmd: COMMAND, id, question } satisfies Message, (error) => error && end())
  })
}

/** Answers the questions of a worker, each when `answer` resolves. */
export function answerQuestions(worker: Channel, answer: (question: Question) => Promise<void>): void {
  worker.on('internalMessage', (message: unknown) => {
    if (!isOurs(message) || message.question === undefined) return
    const { id, question } = message
    void answer(question).then(() => worker.send({ cmd: COMMAND, id } satisfies Message, () => {}))
  })
}
