import { setTimeout as sleep } from 'node:timers/promises'
import { freePorts } from '../../packages/graceful/test/harness/free-ports.ts'
import { manifestOf, type Example } from './examples.ts'
import { Clock, type Target } from './loads/load.ts'
import { Service, type Exit } from './service.ts'
import { Tally } from './tally.ts'

/** The preload, as its user starts it. */
const PRELOAD = ['--import', '@cloud-communal/graceful/register']
export const DELAY = 1_500
export const BUDGET = 10_000
/** The time from SIGTERM to SIGKILL, in ms. */
export const GRACE_PERIOD = 12_000
/** The time limit for the start of a service, in ms. */
const START = 60_000

export type CleanUp = 'finished' | 'cut' | 'none'

/** The time limit for the clients after the exit of the service, in ms. */
const CLIENTS = 10_000

/** The result of one run of an example. */
export interface Outcome {
  readonly requests: number
  readonly lost: number
  readonly wrong: number
  /** The service's own clean-up. `none`: its documentation has none. */
  readonly cleanUp: CleanUp
  readonly exit: Exit
  /** From SIGTERM to the exit, in ms. */
  readonly lasted: number
  /** How often each failure was seen. */
  readonly failures: readonly string[]
  readonly output: string
}

export interface Settings {
  /** The folder in which the example is installed, with a slash at its end. */
  readonly folder: string
  readonly preload: boolean
  /** The program that runs the service. Default: that of this process. */
  readonly node?: string
}

/** Starts an example, sends it the load and SIGTERM, and returns what happened. */
export async function trial(example: Example, settings: Settings): Promise<Outcome> {
  const { load } = example
  const prepared = await load.prepare?.()
  try {
    return await withClients(example, settings, prepared?.env ?? {})
  } finally {
    await prepared?.remove()
  }
}

async function withClients(
  example: Example,
  { folder, preload, node = process.execPath }: Settings,
  env: Readonly<Record<string, string>>,
): Promise<Outcome> {
  const { load, cleanedUp } = example
  const [port = 0, admin = 0] = await freePorts(2)
  const [, ...command] = manifestOf(folder).scripts.start.split(' ')
  const own = { PORT: `${port}`, HOST: '0.0.0.0', HOSTNAME: '0.0.0.0', ...env }
  const service = preload
    ? new Service(node, folder, [...PRELOAD, ...command], { ...own, ...variables(admin) })
    : new Service(node, folder, command, own)
  const tally = new Tally()
  const clock = new Clock()
  let killer: NodeJS.Timeout | undefined
  const target: Target = {
    port,
    folder,
    env,
    tally,
    output: () => service.output,
    signal() {
      service.kill('SIGTERM')
      clock.signalled()
      killer = setTimeout(() => service.kill('SIGKILL'), GRACE_PERIOD)
    },
    exited: service.exited,
  }
  const over = new AbortController()
  const ended = service.exited.then((exit) => ({ exit, lasted: clock.sinceSignal }))
  try {
    await started(example, target, service, preload && !load.withoutServer ? admin : undefined)
    await Promise.race([load.run(target, clock), overdue(example, service, over.signal)])
    const { exit, lasted } = await ended
    const finished = cleanedUp?.(service.output, tally.ids)
    const cleanUp = finished === undefined ? 'none' : finished ? 'finished' : 'cut'
    return { ...tally.counts, cleanUp, exit, lasted, failures: tally.failures, output: service.output }
  } finally {
    over.abort()
    clearTimeout(killer)
    service.kill('SIGKILL')
    await service.exited
  }
}

const variables = (admin: number): Readonly<Record<string, string>> => ({
  GRACEFUL_SHUTDOWN_DELAY: `${DELAY}`,
  GRACEFUL_TIMEOUT: `${BUDGET}`,
  GRACEFUL_ADMIN_PORT: `${admin}`,
})

/** Rejects if the clients have not finished some time after the exit of the service: a client waits for something that cannot come. */
async function overdue({ name }: Example, service: Service, signal: AbortSignal): Promise<never> {
  await service.exited
  await sleep(CLIENTS, undefined, { signal })
  throw new Error(`the clients of ${name} did not finish within ${CLIENTS} ms after its exit`)
}

/** @throws {Error} the service exits or does not serve in time */
async function started({ name, load }: Example, target: Target, service: Service, admin?: number): Promise<void> {
  const limit = performance.now() + START
  const ready = async () => (await load.ready(target)) && (admin === undefined || (await readiness(admin)))
  while (!(await ready())) {
    if (!service.running) throw new Error(`${name} exited before it served:\n${service.output}`)
    if (performance.now() > limit) throw new Error(`${name} did not serve within ${START} ms:\n${service.output}`)
    await sleep(50)
  }
}

/** Whether the preload runs and reports readiness. */
async function readiness(port: number): Promise<boolean> {
  const response = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined)
  await response?.arrayBuffer()
  return response?.status === 200
}

/** Returns why a run does not pass, or nothing if it does: each request answered, the clean-up finished, exit code 0. */
export function shortfalls({ requests, lost, wrong, cleanUp, exit, failures }: Outcome): readonly string[] {
  return [
    ...(requests === 0 ? ['no request was sent'] : []),
    ...(lost + wrong > 0 ? failures : []),
    ...(cleanUp === 'cut' ? ['its own clean-up did not finish'] : []),
    ...(exit.code === 0 ? [] : [exitText(exit)]),
  ]
}

/** Returns how a process ended, such as `exit 0` or `SIGTERM`. */
export const exitText = ({ code, signal }: Exit): string => signal ?? `exit ${code}`
