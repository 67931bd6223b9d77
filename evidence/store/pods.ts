import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createBalancer } from './balancer.ts'
import { atEnd } from '../base/cleanup.ts'
import { createPodLogs } from './pod-logs.ts'
import type { PodLogs } from './pod-logs.ts'

export type Program = 'main' | 'naive'

/** The sample service on this machine: processes behind a balancer that learns late of a termination. */
export interface Pods {
  readonly url: string
  /** Starts a new pod for each old one, then sends SIGTERM to the old pods. Resolves when they have ended. */
  readonly roll: () => Promise<void>
  /** The exit code or signal of each pod that a rollout has ended. */
  readonly exits: readonly (number | NodeJS.Signals)[]
  /** The warnings and errors in their logs. */
  readonly logs: PodLogs
}

interface Pod {
  readonly child: ChildProcess
  readonly port: number
}

const REPLICAS = 3
/** How long the balancer keeps sending connections to a pod after SIGTERM, in ms. */
const PROPAGATION_MS = 1_000
/** How long a pod keeps accepting connections: longer than that. */
const DELAY_MS = 2_000

/** Starts the pods. They are killed when the program ends. */
export const createPods = async (program: Program, databaseUrl: string): Promise<Pods> => {
  const balancer = await createBalancer()
  const logs = createPodLogs()
  atEnd(async () => {
    balancer.close()
    await Promise.all([...running].map((child) => kill(child)))
  })
  const exits: (number | NodeJS.Signals)[] = []
  let generation = 0
  let serving: Pod[] = []

  const startAll = async (): Promise<void> => {
    generation += 1
    const version = `v1.0.${generation}`
    serving = await Promise.all(
      Array.from({ length: REPLICAS }, (_, index) =>
        startPod(program, databaseUrl, version, `pod-${generation}-${index}`, logs),
      ),
    )
    for (const { port } of serving) balancer.add(port)
  }
  const end = async ({ child, port }: Pod): Promise<void> => {
    const exited = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>
    child.kill('SIGTERM')
    await sleep(PROPAGATION_MS)
    balancer.remove(port)
    const [code, signal] = await exited
    exits.push(code ?? signal ?? 'SIGKILL')
  }

  await startAll()
  return {
    url: balancer.url,
    exits,
    logs,
    roll: async () => {
      const old = serving
      await startAll()
      await Promise.all(old.map((pod) => end(pod)))
    },
  }
}

/** These processes are killed when this one exits, even after a crash. */
const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

const kill = async (child: ChildProcess): Promise<void> => {
  const exited = once(child, 'exit')
  // Only running processes are killed, so the `exit` event is still to come.
  child.kill('SIGKILL')
  await exited
}

const startPod = async (
  program: Program,
  databaseUrl: string,
  version: string,
  name: string,
  logs: PodLogs,
): Promise<Pod> => {
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL(`../../packages/cloud-communal-service/dist/${program}.js`, import.meta.url))],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        PORT: '0',
        ADMIN_PORT: '0',
        VERSION: version,
        POD_NAME: name,
        DATABASE_URL: databaseUrl,
        SHUTDOWN_DELAY_MS: `${DELAY_MS}`,
      },
    },
  )
  running.add(child)
  child.once('exit', () => running.delete(child))
  let port: number | undefined
  let open = false
  return new Promise((resolve, reject) => {
    child.once('exit', (code) =>
      reject(new Error([`${name} ended with ${code} before it was ready`, ...logs.others()].join('\n'))),
    )
    createInterface({ input: child.stdout }).on('line', (text) => {
      logs.take(name, text)
      const line = JSON.parse(text) as { msg: string; port?: number }
      if (line.msg.endsWith('(PORT)')) port = line.port
      if (line.msg.startsWith('keeping notices')) open = true
      if (port !== undefined && open) resolve({ child, port })
    })
  })
}
