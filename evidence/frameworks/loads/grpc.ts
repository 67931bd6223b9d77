import { createRequire } from 'node:module'
import { setTimeout as sleep } from 'node:timers/promises'
import { answerTo, IN_FLIGHT, LONG, nextId, WARM_UP, type Clock, type Load, type Target } from './load.ts'

interface Reply {
  readonly text: string
}
interface Failure {
  readonly code: number
  readonly details: string
}

/** The part that this load uses of `@grpc/grpc-js`, which the example brings. */
interface Client {
  do(task: object, callback: (failure: Failure | null, reply?: Reply) => void): void
  stream(task: object): {
    on(event: 'data', listener: (reply: Reply) => void): void
    on(event: 'error', listener: (failure: Failure) => void): void
    on(event: 'end', listener: () => void): void
  }
  close(): void
}

function clientOf({ folder, port }: Target): Client {
  const require = createRequire(folder)
  const { loadPackageDefinition, credentials } = require('@grpc/grpc-js') as {
    loadPackageDefinition: (definition: unknown) => {
      work: { Work: new (address: string, credentials: unknown, options: object) => Client }
    }
    credentials: { createInsecure: () => unknown }
  }
  const { loadSync } = require('@grpc/proto-loader') as { loadSync: (file: string) => unknown }
  const { Work } = loadPackageDefinition(loadSync(`${folder}work.proto`)).work
  // Each client has a connection of its own.
  const options = { 'grpc.use_local_subchannel_pool': 1 }
  return new Work(`127.0.0.1:${port}`, credentials.createInsecure(), options)
}

async function call(client: Client, { tally }: Target, ms: number): Promise<void> {
  const id = nextId()
  const text = await new Promise<string | undefined>((resolve) => {
    client.do({ id, ms }, (failure, reply) => {
      if (failure !== null) tally.lost(`${failure.code} ${failure.details}`)
      resolve(reply?.text)
    })
  })
  if (text === answerTo(id)) tally.answered(id)
  else if (text !== undefined) tally.wrong(text)
}

async function stream(client: Client, { tally }: Target, ms: number): Promise<void> {
  const id = nextId()
  const parts: string[] = []
  const failure = await new Promise<Failure | undefined>((resolve) => {
    const replies = client.stream({ id, ms })
    replies.on('data', ({ text }) => void parts.push(text))
    replies.on('error', resolve)
    replies.on('end', () => resolve(undefined))
  })
  if (failure !== undefined) tally.lost(`${failure.code} ${failure.details}`)
  else if (parts.length === 10 && parts.at(-1) === `work ${id} part 10`) tally.answered(id)
  else tally.wrong(`${parts.length} of 10 parts`)
}

async function once(target: Target, ask: typeof call, ms: number): Promise<void> {
  const client = clientOf(target)
  await ask(client, target, ms)
  client.close()
}

/** Sends one call after the other on one connection. */
async function busy(target: Target, clock: Clock): Promise<void> {
  const client = clientOf(target)
  while (!clock.propagated) {
    await call(client, target, 0)
    await sleep(Math.random() * 40)
  }
  await target.exited
  client.close()
}

/** gRPC: connections that stay open, twenty new ones per second, and long calls that are in flight at SIGTERM. */
export const grpc: Load = {
  async ready(target) {
    const client = clientOf(target)
    const failure = await new Promise((resolve) => client.do({ id: 'ready', ms: 0 }, resolve))
    client.close()
    return failure === null
  },
  async run(target, clock) {
    const clients = [
      clock.every(50, () => once(target, call, 0)),
      ...Array.from({ length: 5 }, () => busy(target, clock)),
    ]
    await sleep(WARM_UP - IN_FLIGHT)
    clients.push(...Array.from({ length: 5 }, () => once(target, call, LONG)))
    clients.push(...Array.from({ length: 5 }, () => once(target, stream, LONG)))
    await sleep(IN_FLIGHT)
    target.signal()
    await Promise.all(clients)
  },
}
