import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test, type TestContext } from 'vitest'
import { chooseScenario } from '../../src/scenarios/index.js'
import { createLocalTarget, type LocalTargetOptions } from '../../src/targets/local.js'
import { TargetError, type RolloutOutcome, type Target, type TargetEvent } from '../../src/targets/target.js'

/** What is waited for comes, however busy the machine is. */
const WAIT = { timeout: 15_000 }

const FIXTURES = join(import.meta.dirname, '../fixtures')
const MANIFESTS = join(FIXTURES, 'manifests')
const POD = join(FIXTURES, 'pod.js')

type Cleaner = Pick<TestContext, 'onTestFinished'>

/** A folder that goes with the test. */
function temporaryFolder({ onTestFinished }: Cleaner): string {
  const folder = mkdtempSync(join(tmpdir(), 'target-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}

/** The fixture's Deployment in one file, with some of its text exchanged. */
function manifestsWith(context: Cleaner, changes: Readonly<Record<string, string>>): string {
  let text = ['deployment.yaml', 'service.yaml']
    .map((file) => readFileSync(join(MANIFESTS, file), 'utf8'))
    .join('\n---\n')
  for (const [from, to] of Object.entries(changes)) {
    if (!text.includes(from)) throw new Error(`the manifests do not hold ${from}`)
    text = text.replace(from, to)
  }
  const file = join(temporaryFolder(context), 'manifests.yaml')
  writeFileSync(file, text)
  return file
}

interface Run {
  readonly target: Target
  readonly events: TargetEvent[]
  readonly output: string[]
}

function make({ onTestFinished }: Cleaner, options: Partial<LocalTargetOptions> = {}): Run {
  const output: string[] = []
  const target = createLocalTarget({
    manifests: MANIFESTS,
    command: [process.execPath, POD],
    fromVersion: 'v1',
    toVersion: 'v2',
    scenario: chooseScenario('set-image'),
    seed: 1,
    propagation: { min: 0, max: 300 },
    onPodOutput: (pod, line) => output.push(`${pod} ${line}`),
    ...options,
  })
  onTestFinished(async () => void (await target.restore({ kept: false })))
  return { target, events: [], output }
}

const start = ({ target, events }: Run): Promise<void> => target.start((event) => events.push(event))
const roll = ({ target }: Run): Promise<RolloutOutcome> => target.rollout(new AbortController().signal)

async function complaint(run: Run): Promise<string> {
  const error: unknown = await start(run).catch((reason: unknown) => reason)
  if (!(error instanceof TargetError) || error.kind !== 'usage') throw new Error('no complaint', { cause: error })
  return error.message
}

const ofType = <Type extends TargetEvent['type']>(events: readonly TargetEvent[], type: Type) =>
  events.filter((event): event is Extract<TargetEvent, { type: Type }> => event.type === type)

const versions = ({ events }: Run): string[] => ofType(events, 'pod-created').map(({ version }) => version)
const names = ({ events }: Run): string[] => ofType(events, 'pod-created').map(({ pod }) => pod)

/** The place of an event in the order in which things happened. */
function place(events: readonly TargetEvent[], type: TargetEvent['type'], pod: string): number {
  return events.findIndex(
    (event) => event.type === type && 'pod' in event && event.pod === pod && !('through' in event),
  )
}

/** Sends one request on a connection of its own. */
function get(url: string): Promise<{ version: string; pod: string }> {
  return new Promise((resolve, reject) => {
    request(url, { agent: false }, (response) => {
      response.resume()
      const { 'x-service-version': version, 'x-pod': pod } = response.headers
      response.on('end', () => resolve({ version: String(version), pod: String(pod) }))
      response.on('error', reject)
    })
      .on('error', reject)
      .end()
  })
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' })
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}

/** The ports on which pods said that they listen and still do. */
async function stillOpen(output: readonly string[]): Promise<number[]> {
  const ports = output.flatMap((line) => /listens on (?<port>\d+)/u.exec(line)?.groups?.['port'] ?? []).map(Number)
  expect(ports.length).toBeGreaterThan(0)
  const open = await Promise.all(ports.map(accepts))
  return ports.filter((_, index) => open[index])
}

describe.concurrent('a rolling update', () => {
  test('goes as the Deployment controller and the kubelet do it, and every step is an event', async (context) => {
    const run = make(context)
    await start(run)
    expect(run.target.urls.length).toBe(3)
    expect(run.target.description).toBe(
      'shop on this machine (3 processes behind 3 load balancers): set-image from v1 to v2',
    )
    expect((await Promise.all(run.target.urls.map(get))).map(({ version }) => version)).toEqual(['v1', 'v1', 'v1'])
    const began = run.events.length
    expect(await roll(run)).toEqual({ status: 'finished' })
    expect((await Promise.all(run.target.urls.map(get))).map(({ version }) => version)).toEqual(['v2', 'v2', 'v2'])

    const events = run.events.slice(began)
    expect(events[0]?.type).toBe('rollout-started')
    expect(events.at(-1)?.type).toBe('rollout-finished')
    const [created, going, gone] = [
      ofType(events, 'pod-created'),
      ofType(events, 'pod-terminating'),
      ofType(events, 'pod-gone'),
    ]
    expect(created.map(({ version }) => version)).toEqual(['v2', 'v2', 'v2'])
    expect(new Set(created.map(({ pod }) => pod)).size).toBe(3)
    expect(created.every(({ pod }) => /^shop-[b-z2-9]{10}-[b-z2-9]{5}$/u.test(pod))).toBe(true)
    expect(gone.map(({ exitCode, killed }) => [exitCode, killed])).toEqual([
      [0, false],
      [0, false],
      [0, false],
    ])

    // Counts at every moment: never above replicas + surge, never fewer ready than replicas − unavailable.
    const alive = new Set(ofType(run.events.slice(0, began), 'pod-created').map(({ pod }) => pod))
    const ready = new Set(alive)
    for (const event of events) {
      if (event.type === 'pod-created') alive.add(event.pod)
      if (event.type === 'pod-ready') ready.add(event.pod)
      if (event.type === 'pod-terminating') alive.delete(event.pod)
      if (event.type === 'pod-terminating' || event.type === 'pod-unready') ready.delete(event.pod)
      expect(alive.size).toBeLessThanOrEqual(4)
      expect(ready.size).toBeGreaterThanOrEqual(3)
    }

    // The order in the life of each pod.
    for (const { pod } of created) {
      expect(place(events, 'pod-ready', pod)).toBeGreaterThan(place(events, 'pod-created', pod))
      expect(place(events, 'endpoint-added', pod)).toBe(place(events, 'pod-ready', pod) + 1)
    }
    for (const { pod } of going) {
      expect(place(events, 'endpoint-removed', pod)).toBe(place(events, 'pod-terminating', pod) + 1)
      expect(place(events, 'pod-gone', pod)).toBeGreaterThan(place(events, 'endpoint-removed', pod))
    }
    // An old pod goes only when a new one has been ready for minReadySeconds.
    for (const [index, { at }] of going.entries()) {
      const since = ofType(events, 'pod-ready')[index]?.at ?? Infinity
      expect(at - since).toBeGreaterThanOrEqual(1_000)
    }
    // Each balancer learns of each change once, and none before the slice changed.
    for (const { pod } of going) {
      const removals = ofType(events, 'endpoint-removed').filter((event) => event.pod === pod)
      expect(removals.length).toBe(4)
      expect(new Set(removals.map(({ through }) => through))).toEqual(new Set([undefined, ...run.target.urls]))
      expect(removals[0]?.through).toBeUndefined()
    }
    expect(run.output.filter((line) => line.includes('SIGTERM in')).length).toBe(3)
  })

  test('undo goes back from the newer version; restart stays at the old one', async (context) => {
    const [undo, restart] = [
      make(context, { scenario: chooseScenario('undo') }),
      make(context, { scenario: chooseScenario('restart') }),
    ]
    await Promise.all([undo, restart].map(start))
    expect(await Promise.all([undo, restart].map(roll))).toEqual([{ status: 'finished' }, { status: 'finished' }])
    expect(versions(undo)).toEqual(['v2', 'v2', 'v2', 'v1', 'v1', 'v1'])
    expect(versions(restart)).toEqual(['v1', 'v1', 'v1', 'v1', 'v1', 'v1'])
    expect((await get(undo.target.urls[0] ?? '')).version).toBe('v1')
  })

  test('without surge a pod goes before its successor comes', async (context) => {
    const run = make(context, {
      manifests: manifestsWith(context, {
        'maxSurge: 1': 'maxSurge: 0',
        'maxUnavailable: 0': 'maxUnavailable: 1',
        'replicas: 3': 'replicas: 2',
      }),
    })
    await start(run)
    expect(await roll(run)).toEqual({ status: 'finished' })
    const order = run.events
      .filter(({ type }) => type === 'pod-created' || type === 'pod-terminating')
      .map(({ type }) => type)
    expect(order.slice(2)).toEqual(['pod-terminating', 'pod-created', 'pod-terminating', 'pod-created'])
  })

  test('Recreate: every old pod is gone before the first new one comes', async (context) => {
    const recreate = {
      'rollingUpdate:\n      maxSurge: 1\n      maxUnavailable: 0': 'type: Recreate',
      'replicas: 3': 'replicas: 2',
    }
    const run = make(context, { manifests: manifestsWith(context, recreate) })
    await start(run)
    expect(await roll(run)).toEqual({ status: 'finished' })
    const order = run.events.filter(({ type }) => type === 'pod-created' || type === 'pod-gone').map(({ type }) => type)
    expect(order).toEqual(['pod-created', 'pod-created', 'pod-gone', 'pod-gone', 'pod-created', 'pod-created'])
  })

  test('pods that ignore SIGTERM are killed at the end of their grace period', async (context) => {
    const manifests = manifestsWith(context, {
      'terminationGracePeriodSeconds: 5': 'terminationGracePeriodSeconds: 2',
      'replicas: 3': 'replicas: 1',
    })
    const run = make(context, { manifests, env: { MODE: 'deaf' } })
    await start(run)
    expect(await roll(run)).toEqual({ status: 'finished' })
    const [gone] = ofType(run.events, 'pod-gone')
    const [going] = ofType(run.events, 'pod-terminating')
    expect(gone).toMatchObject({ exitCode: 137, killed: true })
    expect((gone?.at ?? 0) - (going?.at ?? 0)).toBeGreaterThanOrEqual(2_000)
  })

  test('preStop sleeps before SIGTERM, while the pod serves on and is already out of the endpoints', async (context) => {
    const manifests = manifestsWith(context, {
      'ports:\n            - name: http':
        'lifecycle: { preStop: { sleep: { seconds: 2 } } }\n          ports:\n            - name: http',
      'replicas: 3': 'replicas: 1',
    })
    const signalled: number[] = []
    const run = make(context, {
      manifests,
      env: { MODE: 'naive' },
      onPodOutput: (_, line) => line.includes('SIGTERM') && signalled.push(Date.now()),
    })
    await start(run)
    expect(await roll(run)).toEqual({ status: 'finished' })
    const [going] = ofType(run.events, 'pod-terminating')
    expect((signalled[0] ?? 0) - (going?.at ?? Infinity)).toBeGreaterThanOrEqual(1_900)
  })

  test('the same seed gives the same names', async (context) => {
    const [a, b] = [make(context, { seed: 7 }), make(context, { seed: 7 })]
    await Promise.all([a, b].map(start))
    expect(names(a)).toEqual(names(b))
  })
})

describe.concurrent('a new version that does not come up', () => {
  test('crashes: the reason holds exit code and last output, the old pods serve on', async (context) => {
    const run = make(context, { toCommand: ['/usr/bin/env', 'MODE=crash', process.execPath, POD] })
    await start(run)
    const outcome = await roll(run)
    expect(outcome).toMatchObject({
      status: 'failed',
      reason: expect.stringMatching(
        /^v2 does not come up: pod shop-\S+ ended 2 times \(exit code 3\); its last output: .*reading the configuration \| FATAL: no configuration$/u,
      ),
    })
    expect(run.events.at(-1)).toMatchObject({ type: 'rollout-failed' })
    expect(ofType(run.events, 'container-ended').map(({ exitCode }) => exitCode)).toEqual([3, 3])
    expect(ofType(run.events, 'pod-terminating')).toEqual([])
    expect((await get(run.target.urls[0] ?? '')).version).toBe('v1')
  })

  test('is never ready: the progress deadline ends it', async (context) => {
    const manifests = manifestsWith(context, {
      'progressDeadlineSeconds: 20': 'progressDeadlineSeconds: 4',
      'replicas: 3': 'replicas: 1',
    })
    const run = make(context, { manifests, toCommand: ['/usr/bin/env', 'MODE=never-ready', process.execPath, POD] })
    await start(run)
    expect(await roll(run)).toMatchObject({
      status: 'failed',
      reason: expect.stringMatching(
        /^no progress for 4 s \(progressDeadlineSeconds\): pod shop-\S+ is not ready \(GET \/readyz: status 503\); its last output: shop-\S+ v2 listens on \d+$/u,
      ),
    })
    expect((await get(run.target.urls[0] ?? '')).version).toBe('v1')
  })

  test('a command that is not there fails at the first pod', async (context) => {
    const run = make(context, { toCommand: ['no-such-program'] })
    await start(run)
    expect(await roll(run)).toMatchObject({
      status: 'failed',
      reason: expect.stringContaining('cannot start no-such-program: ENOENT'),
    })
  })
})

test.concurrent('a pod that fails liveness is restarted, and its endpoint goes and comes with its readiness', async (context) => {
  const run = make(context, { env: { MODE: 'wedged' } })
  await start(run)
  const url = run.target.urls[0] ?? ''
  const { pod } = await get(`${url}/wedge`)
  await context.expect.poll(() => ofType(run.events, 'container-ended').length, WAIT).toBe(1)
  expect(ofType(run.events, 'container-ended')[0]).toMatchObject({
    pod,
    reason: 'livenessProbe failed: GET /livez: status 503',
  })
  const readied = (): number => ofType(run.events, 'pod-ready').filter((event) => event.pod === pod).length
  await context.expect.poll(readied, WAIT).toBe(2)
  // It was never terminating: only its readiness took it out.
  const about = run.events
    .filter((event) => 'pod' in event && event.pod === pod && !('through' in event))
    .map(({ type }) => type)
  expect(about.slice(0, 3)).toEqual(['pod-created', 'pod-ready', 'endpoint-added'])
  expect(about).not.toContain('pod-terminating')
  expect(about.filter((type) => type === 'endpoint-removed').length).toBe(1)
})

describe.concurrent('the end', () => {
  test('restore ends every process, after a rollout, in the middle of one, and before one', async (context) => {
    const [after, middle, before] = [
      make(context, { seed: 11 }),
      make(context, { seed: 12 }),
      make(context, { seed: 13 }),
    ]
    await Promise.all([after, middle].map(start))
    await roll(after)
    const abort = new AbortController()
    const rolling = middle.target.rollout(abort.signal)
    const starting = start(before).catch((error: unknown) => error)
    await context.expect.poll(() => ofType(middle.events, 'pod-terminating').length, WAIT).toBe(1)
    abort.abort()
    expect(await rolling).toEqual({ status: 'interrupted' })
    const restored = [after, middle, before].map(({ target }) => target.restore({ kept: false }))
    expect(await Promise.all(restored)).toEqual([undefined, undefined, undefined])
    await starting
    const pods = [after, middle, before].flatMap(({ events }) => ofType(events, 'pod-created').map(({ pod }) => pod))
    expect(pods.length).toBeGreaterThan(9)
    expect(await Promise.all([after, middle].map(({ output }) => stillOpen(output)))).toEqual([[], []])
    await expect(get(after.target.urls[0] ?? '')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })

  test('restore during the start: the start fails, nothing is left', async (context) => {
    const run = make(context)
    const starting = start(run).catch((error: unknown) => error)
    await context.expect.poll(() => run.output.length, WAIT).toBeGreaterThan(0)
    await run.target.restore({ kept: false })
    expect(await starting).toMatchObject({ name: 'TargetError', kind: 'harness' })
    expect(await stillOpen(run.output)).toEqual([])
  })

  test('logs hold what each pod wrote to its end', async (context) => {
    const logDirectory = temporaryFolder(context)
    const run = make(context, { logDirectory, manifests: manifestsWith(context, { 'replicas: 3': 'replicas: 1' }) })
    await start(run)
    await roll(run)
    await run.target.restore({ kept: false })
    const [old] = ofType(run.events, 'pod-gone')
    expect(readFileSync(join(logDirectory, `${old?.pod}.log`), 'utf8')).toMatch(/listens on \d+\nSIGTERM in /u)
  })

  test.for(['SIGKILL', 'SIGTERM', 'SIGINT'] as const)(
    'no process outlives a harness that dies of %s',
    async (signal, context) => {
      const harness = fork(join(FIXTURES, 'harness.js'), [], {
        execArgv: [],
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      })
      const [pids] = (await once(harness, 'message')) as [number[]]
      expect(pids.length).toBe(3)
      expect(pids.every(isAlive)).toBe(true)
      harness.kill(signal)
      await once(harness, 'exit')
      await context.expect.poll(() => pids.filter(isAlive), WAIT).toEqual([])
    },
  )
})

describe.concurrent('complaints', () => {
  test.for([
    ['replicas: 3', 'replicas: 0', 'spec.replicas is 0, so there is nothing to roll out'],
    [
      'httpGet:\n              path: /readyz\n              port: admin',
      'exec: { command: [cat, /tmp/healthy] }',
      'spec.template.spec.containers[0].readinessProbe.exec needs a container: the local target does httpGet and tcpSocket',
    ],
    [
      "- name: PORT\n              value: '8080'",
      '- name: LEVEL\n              value: info',
      'spec.template.spec.containers[0].env has no variable with the value "8080", so pods cannot be given ports of their own on this machine: add one (for example PORT) that the service listens on',
    ],
    [
      "value: '8081'",
      'valueFrom: { secretKeyRef: { name: vault, key: port } }',
      'spec.template.spec.containers[0].env ADMIN_PORT comes from Secret vault, key port, which is not among the manifests: give ADMIN_PORT a value for the local target',
    ],
  ])('%j', async ([from = '', to = '', expected], context) => {
    const manifests = manifestsWith(context, { [from]: to })
    expect(await complaint(make(context, { manifests }))).toBe(`${manifests}: Deployment shop: ${expected}`)
  })

  test('a value given for the run stands in for one that the manifests do not hold', async (context) => {
    const manifests = manifestsWith(context, {
      "value: '8081'": 'valueFrom: { secretKeyRef: { name: vault, key: port } }',
      'replicas: 3': 'replicas: 1',
    })
    const run = make(context, { manifests, env: { ADMIN_PORT: '8081' } })
    await start(run)
    expect((await get(run.target.urls[0] ?? '')).version).toBe('v1')
  })

  test('a first version that crashes, or that is not there, or does not answer', async (context) => {
    expect(await complaint(make(context, { env: { MODE: 'crash' } }))).toMatch(
      /^v1 does not start: pod shop-\S+ ended 2 times \(exit code 3\); its last output: .*FATAL: no configuration$/u,
    )
    expect(await complaint(make(context, { command: ['no-such-program'] }))).toMatch(
      /^v1 does not start: .+cannot start no-such-program: ENOENT/u,
    )
  })

  test('options that make no sense', async (context) => {
    expect(await complaint(make(context, { toVersion: 'v1' }))).toBe(
      'both versions are v1, so nothing would roll: for that there is the scenario restart',
    )
    expect(await complaint(make(context, { scenario: chooseScenario('undo', { 'to-revision': 2 }) }))).toBe(
      'there is no revision 2 to go back to: here revision 1 is v1, and 2 (v2) is the present one',
    )
    expect(await complaint(make(context, { command: [] }))).toBe('the command of a pod is empty')
    expect(await complaint(make(context, { balancers: 0 }))).toBe(
      'balancers must be a whole number from 1 to 100, not 0',
    )
    expect(await complaint(make(context, { propagation: { min: 5, max: 1 } }))).toBe(
      "propagation's min (5) is above its max (1)",
    )
    expect(await complaint(make(context, { propagation: [-1] }))).toBe(
      'propagation must be milliseconds of 0 or more, not [-1]',
    )
  })
})
