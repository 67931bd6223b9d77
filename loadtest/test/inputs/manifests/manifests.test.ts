import { UsageError } from '../../../src/base/errors.js'
import { chmodSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readManifests, resolveFenceposts, selects } from '../../../src/inputs/manifests/manifests.js'
import { withProgram } from '../../../src/inputs/manifests/with-program.js'

const FIXTURE = join(import.meta.dirname, '../../fixtures/manifests.yaml')
const BASE = join(import.meta.dirname, '../../../../k8s/k8s-cloud-communal.yaml')
const SEED_LIKE = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: plain }
spec:
  selector: { matchLabels: { app: plain } }
  template:
    metadata: { labels: { app: plain } }
    spec: { containers: [{ name: only, ports: [{ containerPort: 18080 }] }] }
---
apiVersion: v1
kind: Service
metadata: { name: plain }
spec: { selector: { app: plain }, ports: [{ port: 80, targetPort: 18080 }] }
`

let folder = ''
let file = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'manifests-'))
  file = join(folder, 'manifests.yaml')
  cpSync(FIXTURE, file)
})
afterEach(() => rmSync(folder, { recursive: true }))

/** Replaces text in the copied file. Throws if the text is not there, so that no case tests nothing. */
function change(from: string, to: string): void {
  const before = readFileSync(file, 'utf8')
  if (!before.includes(from)) throw new Error(`the manifests do not hold ${from}`)
  writeFileSync(file, before.replace(from, to))
}

/** Adds objects to the copied file. */
const add = (objects: string): void => writeFileSync(file, `${readFileSync(file, 'utf8')}\n---\n${objects}`)

/** The lines have a test of their own. */
const withoutLine = (message: string): string => message.replace(/\.yaml:\d+/u, '.yaml')

function usageError(path = file, deployment?: string): string {
  try {
    readManifests(path, { deployment })
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    return withoutLine(error.message.replaceAll(folder, '<folder>'))
  }
  return 'no usageError'
}

describe('reading manifests', () => {
  test('returns a Deployment and its Service', () => {
    const { deployment, service, container, containerPort, servicePort } = readManifests(FIXTURE)
    expect(deployment).toMatchObject({
      name: 'shop',
      namespace: 'store',
      replicas: 3,
      strategy: { type: 'RollingUpdate', maxSurge: 1, maxUnavailable: 0 },
      minReadySeconds: 1,
      progressDeadlineSeconds: 20,
      terminationGracePeriodSeconds: 5,
      labels: { app: 'shop', tier: 'front' },
    })
    expect(container.env).toEqual([
      { name: 'PORT', value: '8080' },
      { name: 'ADMIN_PORT', value: '8081' },
      { name: 'POD_NAME', fieldPath: 'metadata.name' },
    ])
    expect(container.readinessProbe).toMatchObject({
      handler: { type: 'httpGet', path: '/readyz', port: 8081, scheme: 'HTTP' },
      initialDelaySeconds: 0,
      periodSeconds: 1,
      timeoutSeconds: 10,
      successThreshold: 1,
      failureThreshold: 1,
    })
    expect(service).toMatchObject({ name: 'shop', type: 'NodePort', selector: { app: 'shop' } })
    expect(servicePort).toMatchObject({ port: 80, targetPort: 'http', nodePort: 30_081 })
    expect(containerPort).toBe(8080)
  })

  test('reads the committed manifests of this repository', () => {
    const { deployment, containerPort, servicePort } = readManifests(BASE)
    expect(deployment.name).toBe('cloud-communal-service')
    expect([containerPort, servicePort.nodePort]).toEqual([18_080, 30_080])
  })

  test('reads merge keys and octal numbers, as kubectl does', () => {
    const pod = 'spec: { <<: &pod { terminationGracePeriodSeconds: 074 }, containers:'
    writeFileSync(file, SEED_LIKE.replace('spec: { containers:', pod))
    expect(readManifests(file).deployment.terminationGracePeriodSeconds).toBe(60)
  })

  test('fills in the defaults of Kubernetes', () => {
    writeFileSync(file, SEED_LIKE)
    const { deployment, container, containerPort } = readManifests(file)
    expect(deployment).toMatchObject({
      namespace: 'default',
      replicas: 1,
      // 25 % of one: the surge is rounded up, the unavailable down
      strategy: { type: 'RollingUpdate', maxSurge: 1, maxUnavailable: 0 },
      minReadySeconds: 0,
      progressDeadlineSeconds: 600,
      terminationGracePeriodSeconds: 30,
    })
    expect([container.name, containerPort]).toEqual(['only', 18_080])
  })

  test('reads variables from ConfigMaps and Secrets, and marks those without a value', () => {
    add(`{ apiVersion: v1, kind: ConfigMap, metadata: { name: settings }, data: { LEVEL: info, PORT: "1" } }
---
{ apiVersion: v1, kind: Secret, metadata: { name: keys }, data: { key: aHVudGVyMg== } }`)
    change(
      '          env:\n',
      `          envFrom: [{ configMapRef: { name: settings } }]
          env:
            - { name: KEY, valueFrom: { secretKeyRef: { name: keys, key: key } } }
            - { name: FAR, valueFrom: { secretKeyRef: { name: vault, key: key } } }
            - { name: MAYBE, valueFrom: { configMapKeyRef: { name: none, key: key, optional: true } } }
`,
    )
    const { container } = readManifests(file)
    expect(container.env).toEqual(
      expect.arrayContaining([
        { name: 'LEVEL', value: 'info' },
        { name: 'PORT', value: '8080' },
        { name: 'KEY', value: 'hunter2' },
        { name: 'FAR', origin: 'Secret vault, key key', field: 'spec.template.spec.containers[0].env[1]' },
      ]),
    )
    expect(container.env.map(({ name }) => name)).not.toContain('MAYBE')
  })

  test('prefers a Service that is not headless', () => {
    const headless =
      '{ kind: Service, metadata: { name: peers }, spec: { clusterIP: None, selector: { app: shop }, ports: [{ port: 1 }] } }'
    writeFileSync(file, `${headless}\n---\n${readFileSync(file, 'utf8')}`)
    expect(readManifests(file).service.name).toBe('shop')
  })
})

/** Installs a shell script as a program on the PATH. */
function install(program: string, script: string): void {
  writeFileSync(join(folder, program), `#!/bin/sh\n${script}\n`)
  chmodSync(join(folder, program), 0o755)
}

const printing = (replicas: number): string =>
  `echo "$@" > ${folder}/arguments
while IFS= read -r line; do
  case "$line" in *'replicas: 3') echo '  replicas: ${replicas}' ;; *) printf '%s\\n' "$line" ;; esac
done < ${file}`

test('a field that holds null counts as missing, as in kubectl and in the output of Helm', () => {
  const container = 'containers: [{ name: only, ports: [{ containerPort: 18080 }] }]'
  const nulls =
    'containers: [{ name: only, command: null, args: , env: null, ports: [{ name: null, containerPort: 18080 }] }]'
  writeFileSync(file, SEED_LIKE.replace(container, nulls))
  expect(readManifests(file).container).toMatchObject({ command: undefined, args: undefined, env: [] })
})

describe('a folder with a kustomization', () => {
  const path = process.env['PATH']
  beforeEach(() => {
    writeFileSync(join(folder, 'kustomization.yaml'), 'resources: [manifests.yaml]')
    process.env['PATH'] = folder
  })
  afterEach(() => {
    process.env['PATH'] = path
  })

  test('is rendered by kubectl', () => {
    install('kubectl', printing(5))
    install('kustomize', 'exit 1')
    expect(readManifests(folder).deployment.replicas).toBe(5)
    expect(readFileSync(join(folder, 'arguments'), 'utf8')).toBe(`kustomize ${folder}\n`)
  })

  test('is rendered by kustomize if there is no kubectl', () => {
    install('kustomize', printing(7))
    expect(readManifests(folder).deployment.replicas).toBe(7)
    expect(readFileSync(join(folder, 'arguments'), 'utf8')).toBe(`build ${folder}\n`)
  })

  test('cannot be read without either', () => {
    expect(usageError(folder)).toBe(
      "<folder> has a kustomization, and neither kubectl nor kustomize is on the PATH to render it: install one of them, or give the file that 'kubectl kustomize <folder>' prints elsewhere",
    )
  })

  test.each([
    'error: no such file: svc.yaml',
    'E1129 21:26:05.167563   26193 run.go:72] "command failed" err="no such file: svc.yaml"',
    '# Warning: commonLabels is deprecated\nE1129 21:26:05.1   2 run.go:72] "command failed" err=<\n  no such file:\n  svc.yaml\n >',
  ])('that cannot be rendered is reported with the reason: %s', (stderr) => {
    install(
      'kubectl',
      `${stderr
        .split('\n')
        .map((line) => `echo '${line}' >&2`)
        .join('\n')}\nexit 1`,
    )
    expect(usageError(folder).replace(':;', ':')).toBe(
      "<folder> cannot be rendered by 'kubectl kustomize': no such file: svc.yaml",
    )
  })

  test('is named in an error about one of its objects', () => {
    install('kubectl', printing(-1))
    expect(usageError(folder)).toBe(
      '<folder> (as rendered):7: Deployment shop: spec.replicas must not be negative, not -1',
    )
  })

  test('is not required: the YAML files of a folder are read, each with lines of its own', () => {
    rmSync(join(folder, 'kustomization.yaml'))
    expect(readManifests(folder).deployment.name).toBe('shop')
    writeFileSync(join(folder, 'another.yaml'), SEED_LIKE)
    expect(usageError(folder)).toBe(
      '<folder> has several Deployments: plain (<folder>/another.yaml), shop (<folder>/manifests.yaml:1): name one of them, as in --workload deployment/plain',
    )
    writeFileSync(join(folder, 'another.yaml'), 'replicaCount: 3\n')
    expect(usageError(folder)).toBe(
      '<folder>/another.yaml has no kind, so it is not a Kubernetes object: leave it out, or name the file with the Deployment and its Service',
    )
  })

  test('a folder without YAML files, and a Helm chart, name the way out', () => {
    for (const name of ['kustomization.yaml', 'manifests.yaml']) rmSync(join(folder, name))
    expect(usageError(folder)).toMatch(/^<folder> has neither YAML files nor a kustomization\.yaml: give a YAML file/u)
    writeFileSync(join(folder, 'Chart.yaml'), 'name: shop\n')
    expect(usageError(folder)).toBe(
      "<folder> is a Helm chart: render it first, as in 'helm template <folder> | zero-drop prove --manifests -'",
    )
  })
})

describe('maxSurge and maxUnavailable', () => {
  test.each([
    // [maxSurge, maxUnavailable], replicas, then both as the Deployment controller resolves them
    [['25%', '25%'], 1, 1, 0],
    [['25%', '25%'], 3, 1, 0],
    [['25%', '25%'], 4, 1, 1],
    [['25%', '25%'], 10, 3, 2],
    [['33%', '33%'], 3, 1, 0],
    [['0%', '25%'], 3, 0, 1],
    [[0, '10%'], 5, 0, 1],
    [[1, 0], 3, 1, 0],
    [[0, 5], 3, 0, 3],
    [['100%', '100%'], 3, 3, 3],
  ] as const)('%j of %i pods', ([surge, unavailable], replicas, maxSurge, maxUnavailable) => {
    expect(resolveFenceposts(surge, unavailable, replicas)).toEqual({ maxSurge, maxUnavailable })
  })
})

describe('usage errors name the file, the object, the field and the value', () => {
  test.each([
    ['replicas: 3', 'replicas: three', 'spec.replicas must be a whole number, not "three"'],
    ['replicas: 3', 'replicas: -1', 'spec.replicas must not be negative, not -1'],
    [
      'maxSurge: 1',
      'maxSurge: some',
      'spec.strategy.rollingUpdate.maxSurge must be a whole number or a percentage such as "25%", not "some"',
    ],
    [
      'maxSurge: 1',
      'maxSurge: 0%',
      'spec.strategy.rollingUpdate has maxSurge and maxUnavailable both 0, so no pod could be replaced: raise one of them',
    ],
    [
      "value: '8080'",
      'value: 8080',
      'spec.template.spec.containers[0].env[0].value must be text (numbers and yes/no in quotes), not 8080',
    ],
    [
      'port: admin',
      'port: admim',
      'spec.template.spec.containers[0].startupProbe.httpGet.port names a port "admim" that no container has; there are: http, admin; name a port of the container, or give its number',
    ],
    [
      'path: /readyz',
      'path: /readyz\n              scheme: http',
      'spec.template.spec.containers[0].readinessProbe.httpGet.scheme must be HTTP or HTTPS, not "http"',
    ],
    [
      'containerPort: 8080',
      'containerPort: 99999',
      'spec.template.spec.containers[0].ports[0].containerPort must be a port number, not 99999',
    ],
    [
      '        app: shop\n        tier',
      '        app: shoe\n        tier',
      'spec.selector.matchLabels.app (shop) is not among spec.template.metadata.labels: add it there',
    ],
    ['      containers:', '      pods:', 'spec.template.spec.containers is missing'],
    [
      '          ports:',
      '          lifecycle: { preStop: { sleep: { seconds: 9 } } }\n          ports:',
      'spec.template.spec.containers[0].lifecycle.preStop.sleep.seconds (9) is above terminationGracePeriodSeconds (5): raise that one',
    ],
  ])('%j as %j', (from, to, expected) => {
    change(from, to)
    expect(usageError()).toBe(`<folder>/manifests.yaml: Deployment shop: ${expected}`)
  })

  test('a Service that does not select the pods', () => {
    change('  selector:\n    app: shop', '  selector:\n    app: shoe')
    expect(usageError()).toBe(
      '<folder>/manifests.yaml: Deployment shop: spec.template.metadata.labels (app=shop,tier=front) are selected by no Service; there are: shop (app=shoe); add a Service that selects them',
    )
  })

  test('a targetPort that no container has', () => {
    change('targetPort: http', 'targetPort: web')
    expect(usageError()).toBe(
      '<folder>/manifests.yaml: Service shop: spec.ports.targetPort names a port "web" that no container has; there are: http, admin; name a port of the container, or give its number',
    )
  })

  test('a path that does not exist', () => {
    expect(usageError(join(folder, 'none'))).toBe(
      '<folder>/none does not exist; give a YAML file, or a folder with YAML files or a kustomization',
    )
  })

  test('text that is not YAML', () => {
    change('replicas: 3', 'replicas: [3')
    expect(usageError()).toMatch(/^<folder>\/manifests\.yaml is not YAML: Flow sequence .+; correct this line$/u)
  })

  test('several Deployments, no Deployment, and an unknown name', () => {
    writeFileSync(join(folder, 'both.yaml'), `${SEED_LIKE}---\n${SEED_LIKE.replaceAll('plain', 'other')}`)
    expect(usageError(join(folder, 'both.yaml'))).toBe(
      '<folder>/both.yaml has several Deployments: plain (line 2), other (line 17): name one of them, as in --workload deployment/plain',
    )
    expect(readManifests(join(folder, 'both.yaml'), { deployment: 'other' }).deployment.name).toBe('other')
    expect(usageError(file, 'shoe')).toBe(
      '<folder>/manifests.yaml has no Deployment shoe; there are: shop; name one of them with --workload',
    )
    writeFileSync(file, SEED_LIKE.slice(SEED_LIKE.indexOf('---')))
    expect(usageError()).toBe(
      '<folder>/manifests.yaml has no Deployment (it has Service): name the file that has one with --manifests',
    )
  })
})

test('a Service without a selector selects nothing', () => {
  expect(selects({}, { app: 'shop' })).toBe(false)
  expect(selects({ app: 'shop' }, { app: 'shop', tier: 'front' })).toBe(true)
  expect(selects({ app: 'shop', tier: 'back' }, { app: 'shop', tier: 'front' })).toBe(false)
})

describe('a message about a manifest names the line', () => {
  test.each([
    ['replicas: 3', 'replicas: -1', 7, 'spec.replicas must not be negative'],
    ['port: admin', 'port: admim', undefined, 'startupProbe.httpGet.port names a port'],
    ['targetPort: http', 'targetPort: web', undefined, 'spec.ports'],
  ] as const)('the line of %j as %j', (from, to, line, problem) => {
    change(from, to)
    const text = readFileSync(file, 'utf8').split('\n')
    const expected = text.findIndex((each) => each.includes(to)) + 1
    expect(expected).toBe(line ?? expected)
    const message = withLine()
    expect(message).toContain(problem)
    // The Service's ports are named as a whole.
    const own = Number(/manifests\.yaml:(\d+): /u.exec(message)?.[1])
    expect(Math.abs(own - expected)).toBeLessThanOrEqual(problem === 'spec.ports' ? 4 : 0)
  })

  test.each([
    [
      'StatefulSet',
      /^<folder>\/manifests\.yaml:\d+: StatefulSet shop cannot be rolled out on this machine, where zero-drop plays Deployments only: give the program alone, with --command and without --manifests, or use a cluster with --target kubernetes --workload statefulset\/shop$/u,
    ],
    ['DaemonSet', /--target kubernetes --workload daemonset\/shop$/u],
    [
      'Rollout',
      /^<folder>\/manifests\.yaml:\d+: Rollout shop cannot .*: give the program alone, with --command and without --manifests$/u,
    ],
  ])('a %s', (kind, message) => {
    change('kind: Deployment', `kind: ${kind}`)
    expect(withLine()).toMatch(message)
  })

  test('a template of Helm', () => {
    change('replicas: 3', 'replicas: {{ .Values.replicas }}\n  {{- if .Values.pause }}\n  paused: true\n  {{- end }}')
    expect(withLine()).toMatch(
      /^<folder>\/manifests\.yaml:\d+ is not YAML: .*; it looks like a template of Helm: render the chart/u,
    )
  })
})

function withLine(): string {
  try {
    readManifests(file)
  } catch (error) {
    if (error instanceof UsageError) return error.message.replaceAll(folder, '<folder>')
  }
  return 'no usageError'
}

describe('a program in place of the container', () => {
  const program = { portVariable: 'PORT', https: false }

  test('keeps the numbers of the manifests, and adds the variable with the port', () => {
    writeFileSync(file, SEED_LIKE)
    const { container, deployment } = withProgram(readManifests(file), program)
    expect(container.env).toEqual([{ name: 'PORT', value: '18080' }])
    expect(deployment).toMatchObject({ replicas: 1, terminationGracePeriodSeconds: 30, minReadySeconds: 0 })
    expect(container.readinessProbe).toBeUndefined()
  })

  test('flags replace the numbers, and --readiness-path replaces probes that need a container', () => {
    const own = {
      from: '          livenessProbe:\n            httpGet:',
      to: '          livenessProbe:\n            exec:',
    }
    change(
      `${own.from}\n              path: /livez\n              port: admin`,
      `${own.to}\n              command: ['true']`,
    )
    const read = readManifests(file, { replicas: 5 })
    expect(read.deployment.replicas).toBe(5)
    const { container, deployment } = withProgram(read, {
      ...program,
      readinessPath: '/up',
      minReadySeconds: 7,
      gracePeriodSeconds: 9,
    })
    expect(deployment).toMatchObject({ minReadySeconds: 7, terminationGracePeriodSeconds: 9 })
    expect(container.livenessProbe).toBeUndefined()
    expect(container.readinessProbe?.handler).toMatchObject({ type: 'httpGet', path: '/up', port: read.containerPort })
  })

  test('needs no Service: the load goes to the first port', () => {
    writeFileSync(file, SEED_LIKE.slice(0, SEED_LIKE.indexOf('---')))
    expect(readManifests(file, { serviceOptional: true }).containerPort).toBe(18_080)
    expect(usageError()).toMatch(/are selected by no Service; there are: none; add a Service that selects them$/u)
  })

  test.each([
    [['sleep', '15'], 15],
    [['/bin/sleep', '15'], 15],
    [['/bin/sh', '-c', 'sleep 15'], 15],
    [['/bin/bash', '-ec', ' /bin/sleep 15s; '], 15],
    [['/bin/sh', '-c', 'sleep 15; nginx -s quit'], undefined],
    [['/usr/sbin/nginx', '-s', 'quit'], undefined],
  ])('an exec preStop of %j sleeps %j s', (command, seconds) => {
    writeFileSync(
      file,
      SEED_LIKE.replace(
        'name: only,',
        `name: only, lifecycle: { preStop: { exec: { command: ${JSON.stringify(command)} } } },`,
      ),
    )
    expect(readManifests(file).container.preStop).toEqual(
      seconds === undefined ? { type: 'exec' } : { type: 'sleep', seconds },
    )
  })
})
