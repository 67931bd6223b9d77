import type { Problem, Rule } from '../rule.js'

export const probePort: Rule = {
  id: 'probe-port',
  severity: 'error',
  title: 'A probe asks a port that the container does not have',
  why:
    'A probe of a missing port always fails. With readiness, no new pod becomes ready and the rollout stops. With liveness or startup, ' +
    'the container restarts for ever.',
  sameAs: ['kube-linter readiness-port', 'kube-linter liveness-port', 'kube-linter startup-port'],
  example: {
    wrong: `kind: Deployment
spec:
  template:
    spec:
      containers:
        - name: shop
          readinessProbe:
            httpGet:
              port: web`,
    right: `kind: Deployment
spec:
  template:
    spec:
      containers:
        - name: shop
          readinessProbe:
            httpGet:
              port: http`,
  },
  *check(world): Iterable<Problem> {
    for (const { object, running } of world.workloads) {
      for (const { name, ports, probes } of running) {
        const undeclared = new Set<number>()
        for (const probe of Object.values(probes)) {
          const [kind, { port }] = probe?.handler ?? ['exec', {}]
          if (probe === undefined || kind === 'exec') continue
          const path = [...probe.path, kind, 'port']
          const names = ports.flatMap((each) => (each.name === undefined || each.protocol !== 'TCP' ? [] : [each.name]))
          if (typeof port === 'string' && !names.includes(port) && !/^\d+$/u.test(port)) {
            const have = names.join(', ') || 'no named TCP port'
            const instead = names.length === 0 ? `a port with the name ${port}` : `one of ${names.join(', ')}`
            const message = `the ${String(probe.path.at(-1))} of container ${name} asks port ${port}, but the container has ${have}: the probe always fails`
            yield { object, path, message, instead }
          } else if (typeof port === 'number' && ports.length > 0 && !ports.some(({ number }) => number === port)) {
            // One declaration is missing, however many probes ask the port.
            if (undeclared.has(port)) continue
            undeclared.add(port)
            const declared = ports.map(({ number }) => number).join(', ')
            yield {
              object,
              path,
              message: `the ${String(probe.path.at(-1))} of container ${name} asks port ${port}, but the container declares ${declared}: the probe fails unless the process listens there`,
              instead: `one of ${declared}, or a declaration of ${port}`,
              severity: 'info',
            }
          }
        }
      }
    }
  },
}
