import { describe, expect, it } from 'vitest'
import { examine } from '../../src/doctor/examine.ts'
import { findingsOf, idsOf, manifestWith, objectsOf } from './fixtures/manifest.ts'
import { container, env, ingress, NO_HOOK } from './fixtures/parts.ts'

const grace = (seconds: number): string => `kind: Deployment
spec:
  template:
    spec:
      terminationGracePeriodSeconds: ${seconds}`

const execHook = (command: readonly string[]): string =>
  `lifecycle:\n  preStop:\n    sleep: null\n    exec:\n      command: ${JSON.stringify(command)}`

const times = (budget: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: times\n  namespace: shop\ndata:\n  budget: "${budget}"\n  TIMEOUT: "${budget}"`

const budget = (fields: string): string => `kind: PodDisruptionBudget\nspec:\n  ${fields}`

const strategy = (surge: string, unavailable: string): string =>
  `kind: Deployment\nspec:\n  strategy:\n    rollingUpdate:\n      maxSurge: ${surge}\n      maxUnavailable: ${unavailable}`

type Case = readonly [what: string, parts: readonly string[], rules: readonly string[]]

describe('the arithmetic of the grace period', () => {
  it.each<Case>([
    ['a hook of 10 s in 60 s', [], []],
    ['a hook as long as the grace period', [grace(10)], ['grace-period-too-short']],
    ['a hook that leaves 4 s', [grace(14)], ['grace-period-too-short']],
    ['a hook that leaves 5 s', [grace(15)], []],
    ['sh -c sleep 58', [container(execHook(['sh', '-c', 'sleep 58']))], ['grace-period-too-short']],
    [
      'two sleeps in a script',
      [container(execHook(['sh', '-c', 'sleep 30 && drain; sleep 28s']))],
      ['grace-period-too-short'],
    ],
    ['sleep 1m', [container(execHook(['/bin/sleep', '1m']))], ['grace-period-too-short']],
    [
      'the default budget of the library in the default grace period',
      [grace(30), container(`${env({ GRACEFUL_LOGGER: 'off' })}\n${NO_HOOK}`)],
      [],
    ],
    [
      'the same with 25 s',
      [grace(25), container(`${env({ GRACEFUL_LOGGER: 'off' })}\n${NO_HOOK}`)],
      ['grace-period-too-short'],
    ],
    [
      'the preload in NODE_OPTIONS',
      [grace(20), container(`${env({ NODE_OPTIONS: '--import=@cloud-communal/graceful/register' })}\n${NO_HOOK}`)],
      ['grace-period-too-short'],
    ],
    [
      'the preload in the command',
      [grace(20), container(`command: [node, --import, "@cloud-communal/graceful/register", a.js]\n${NO_HOOK}`)],
      ['grace-period-too-short'],
    ],
    [
      'the variables of the sample service',
      [
        grace(70),
        container(`${env({ SHUTDOWN_DELAY_MS: '2000-15000-40000', SHUTDOWN_TIMEOUT_MS: '60000' })}\n${NO_HOOK}`),
      ],
      [],
    ],
    [
      'a hook and the delay together',
      [grace(30), container(env({ SHUTDOWN_DELAY_MS: '5000', SHUTDOWN_TIMEOUT_MS: '20000' }))],
      ['grace-period-too-short', 'prestop-beside-delay'],
    ],
    ['a hook and a delay of 0', [container(env({ SHUTDOWN_DELAY_MS: '0', SHUTDOWN_TIMEOUT_MS: '20000' }))], []],
    [
      'Spring',
      [container(`${env({ SPRING_LIFECYCLE_TIMEOUT_PER_SHUTDOWN_PHASE: '1m' })}\n${NO_HOOK}`)],
      ['grace-period-too-short'],
    ],
    ['gunicorn', [container(`args: [--graceful-timeout, "60"]\n${NO_HOOK}`)], ['grace-period-too-short']],
    [
      'uvicorn in a shell',
      [container(`command: [sh, -c, exec uvicorn a:b --timeout-graceful-shutdown=60]\n${NO_HOOK}`)],
      ['grace-period-too-short'],
    ],
    ['gunicorn in time', [container(`args: [--graceful-timeout, "30"]\n${NO_HOOK}`)], []],
  ])('%s', (_, parts, rules) => {
    expect(idsOf(manifestWith(...parts))).toEqual(rules)
  })

  it.each([
    [
      'env',
      'env:\n  - name: GRACEFUL_TIMEOUT\n    valueFrom:\n      configMapKeyRef:\n        name: times\n        key: budget',
    ],
    ['envFrom', 'envFrom:\n  - prefix: GRACEFUL_\n    configMapRef:\n      name: times'],
  ])('a budget in a ConfigMap, by %s', (_, fields) => {
    const parts = container(`${fields}\n${NO_HOOK}`)
    expect(idsOf(manifestWith(parts, times('60000')))).toEqual(['grace-period-too-short'])
    expect(idsOf(manifestWith(parts, times('40000')))).toEqual([])
  })
})

describe('the first process', () => {
  it.each<readonly [command: readonly string[], found: boolean]>([
    [['npm', 'start'], true],
    [['/usr/local/bin/yarn', 'start'], true],
    [['pnpm', 'run', 'start'], true],
    [['sh', '-c', 'node server.js'], true],
    [['/bin/sh', '-ec', 'migrate && node server.js'], true],
    [['sh', '-c', 'migrate && exec node server.js'], false],
    [['sh', '-c', "trap 'kill $pid' TERM; node server.js & pid=$!; wait"], false],
    [['bash', '-c', 'migrate && node server.js'], false],
    [['bash', '-c', 'node server.js | tee log'], true],
    [['bash', '-c', 'npm start'], true],
    [['tini', '--', 'npm', 'start'], false],
    [['dumb-init', 'sh', '-c', 'node server.js'], false],
    [['node', 'server.js'], false],
    [['sh', '/start.sh'], false],
  ])('%j: %s', (command, found) => {
    expect(idsOf(manifestWith(container(`command: ${JSON.stringify(command)}`)))).toEqual(
      found ? ['shell-as-pid-1'] : [],
    )
  })
})

describe('an exec hook', () => {
  it.each<readonly [image: string, command: readonly string[], found: boolean]>([
    ['gcr.io/distroless/nodejs24:nonroot', ['sleep', '10'], true],
    ['gcr.io/distroless/nodejs24:debug', ['sleep', '10'], false],
    ['cgr.dev/chainguard/node:24', ['/bin/sh', '-c', 'sleep 10'], true],
    ['cgr.dev/chainguard/node:24-dev', ['/bin/sh', '-c', 'sleep 10'], false],
    ['gcr.io/distroless/nodejs24:nonroot', ['/nodejs/bin/node', 'wait.js'], false],
    ['node:24-alpine', ['sleep', '10'], false],
    ['node:24-alpine', ['sleep 10'], true],
  ])('%s %j: %s', (image, command, found) => {
    expect(idsOf(manifestWith(container(`image: ${image}\n${execHook(command)}`)))).toEqual(
      found ? ['prestop-cannot-run'] : [],
    )
  })
})

describe('numbers of pods', () => {
  it.each<Case>([
    ['67 % of 3 is 3', [budget('maxUnavailable: null\n  minAvailable: 67%')], ['pdb-blocks-drain']],
    ['66 % of 3 is 2', [budget('maxUnavailable: null\n  minAvailable: 66%')], []],
    ['no eviction', [budget('maxUnavailable: 0')], ['pdb-blocks-drain']],
    ['all of 3', [budget('maxUnavailable: 3')], ['pdb-protects-nothing']],
    ['33 % of 3 is 0, and never both 0', [strategy('0', '33%')], []],
    ['99 % of 3 is 2', [strategy('25%', '99%')], []],
    ['3 of 3', [strategy('1', '3')], ['max-unavailable']],
    ['one replica that refuses evictions', ['kind: Deployment\nspec:\n  replicas: 1', budget('maxUnavailable: 0')], []],
    ['one replica that may be evicted', ['kind: Deployment\nspec:\n  replicas: 1'], ['single-replica']],
    [
      'one replica with a default strategy',
      ['kind: Deployment\nspec:\n  replicas: 1\n  strategy: null', budget('maxUnavailable: 0')],
      [],
    ],
  ])('%s', (_, parts, rules) => {
    expect(idsOf(manifestWith(...parts))).toEqual(rules)
  })

  it('counts the nodes, where they are known', () => {
    const objects = objectsOf(manifestWith('kind: Deployment\nspec:\n  template:\n    spec:\n      hostNetwork: true'))
    const rules = (nodes?: number): string[] => examine(objects, { nodes }).findings.map(({ rule }) => rule.id)
    expect([rules(), rules(3), rules(4)]).toEqual([['surge-without-node'], ['surge-without-node'], []])
  })
})

/** The findings of the Deployment without its Service. */
const alone = (...parts: readonly string[]): string[] =>
  findingsOf(manifestWith(...parts).split('---\n')[0] ?? '').map(({ rule, severity }) => `${severity} ${rule.id}`)

/** The findings of two probes with the same path. */
const same = (readiness: string, liveness: string): string[] =>
  findingsOf(
    manifestWith(container(`readinessProbe: {httpGet: {path: /live}, ${readiness}}\nlivenessProbe: {${liveness}}`)),
  ).map(({ rule, severity }) => `${severity} ${rule.id}`)

describe('a workload without a Service in the input', () => {
  it.each([
    ['no grace period', grace(0), 'no-grace-period'],
    ['a hook as long as the grace period', grace(10), 'grace-period-too-short'],
    ['a shell', container('command: ["sh", "-c", "node server.js"]'), 'shell-as-pid-1'],
    ['an eager liveness probe', container('livenessProbe:\n  failureThreshold: 1'), 'eager-liveness'],
    ['a slow readiness probe', container('readinessProbe:\n  periodSeconds: 60'), 'slow-readiness'],
    ['a mutable tag', container('image: shop'), 'mutable-tag'],
    ['no old version', 'kind: Deployment\nspec:\n  revisionHistoryLimit: 0', 'revision-history'],
    ['a port of the node', container('ports: [{name: http, hostPort: 80}]'), 'surge-without-node'],
    ['SIGKILL', container('lifecycle:\n  stopSignal: SIGKILL'), 'stop-signal'],
  ])('has an info for %s', (_, part, rule) => {
    expect(alone(part)).toContain(`info ${rule}`)
    expect(findingsOf(manifestWith(part)).find((finding) => finding.rule.id === rule)?.severity).not.toBe('info')
  })
})

describe('a liveness probe that asks the same as the readiness probe', () => {
  it.each([
    ['fails as early', 'periodSeconds: 10, failureThreshold: 3', 'periodSeconds: 10', 'warning'],
    ['fails later, as Kubernetes recommends', 'periodSeconds: 5, failureThreshold: 3', 'periodSeconds: 10', 'info'],
    [
      'has another header',
      'periodSeconds: 10, failureThreshold: 3',
      'httpGet: {httpHeaders: [{name: Cookie, value: a}]}',
      'warning',
    ],
  ])('%s', (_, readiness, liveness, severity) => {
    expect(same(readiness, liveness)).toEqual([`${severity} readiness-equals-liveness`])
  })

  it('asks another virtual host', () => {
    expect(same('periodSeconds: 10, failureThreshold: 3', 'httpGet: {httpHeaders: [{name: Host, value: a}]}')).toEqual(
      [],
    )
  })
})

it('a StatefulSet of one pod has no next pod that could go too early', () => {
  const ids = idsOf(manifestWith('kind: StatefulSet\nspec:\n  replicas: 1\n  minReadySeconds: null'))
  expect(ids).toEqual(['single-replica'])
})

it('the name of an action of the AWS load balancer controller is no Service', () => {
  const action = ingress('alb')
    .replace('name: http', 'name: use-annotation')
    .replace('service:\n      name: shop', 'service:\n      name: weighted')
  expect(idsOf(manifestWith(action))).not.toContain('ingress-backend')
})

it.each([
  ['maxUnavailable: 51%', ['max-unavailable']],
  ['maxUnavailable: 50%', []],
])('a DaemonSet on two nodes with %s: the percentage is rounded up', (fields, rules) => {
  const text = manifestWith().replace(
    /kind: Deployment[\s\S]*?  template:/u,
    (head) =>
      `kind: DaemonSet\nmetadata: {name: shop, namespace: shop}\nspec:\n  minReadySeconds: 10\n  updateStrategy: {rollingUpdate: {${fields}}}\n  selector: {matchLabels: {app: shop}}\n${head.slice(-11)}`,
  )
  const { findings } = examine(objectsOf(text), { nodes: 2 })
  expect(findings.map(({ rule }) => rule.id)).toEqual(rules)
})

it.each([
  ['periodSeconds: 2\n  failureThreshold: 30', 'failureThreshold'],
  ['periodSeconds: 60\n  failureThreshold: 2', 'periodSeconds'],
])('a slow readiness probe (%s) shows the field that makes it slow', (fields, field) => {
  const [found] = findingsOf(manifestWith(container(`readinessProbe:\n  ${fields}`)))
  expect([found?.rule.id, found?.path.at(-1)]).toEqual(['slow-readiness', field])
})

it.each([
  [0, 'scaleDownDelaySeconds is 0: the controller of Argo Rollouts never ends the old pods'],
  [5, 'scaleDownDelaySeconds is 5: old pods end while proxies still send to them'],
])('names the mistake of a blue-green Rollout with scaleDownDelaySeconds: %i', (delay, message) => {
  const rollout = `apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nspec:\n  strategy:\n    blueGreen:\n      activeService: shop\n      scaleDownDelaySeconds: ${delay}`
  const found = findingsOf(manifestWith(rollout)).filter(({ rule }) => rule.id === 'rollout-switch')
  expect(found.map((each) => each.message)).toEqual([message])
})
