import { fields, texts } from '../model/values.js'
import type { Problem, Rule } from '../rule.js'
import { served, severe } from './served.js'

/** Images without a shell and without `sleep`. */
const SHELL_LESS =
  /distroless|^(?:cgr\.dev\/)?chainguard\/|^cgr\.dev\/|^scratch(?::|$)|(?:^|\/)pause(?::|$)|[:-]static(?:-|$)|[:-]nonroot$/u
/** chainguard's `-dev` and distroless' `debug` variants have a shell. */
const WITH_SHELL = /-dev(?:@|$)|:latest-dev|debug/u
const NEEDS_SHELL = /^(?:.*\/)?(?:sh|bash|ash|dash|sleep|env)$/u

export const preStopCannotRun: Rule = {
  id: 'prestop-cannot-run',
  severity: 'error',
  title: 'The preStop hook cannot run in this image',
  why:
    'An exec hook needs its program in the image. If the program does not exist, the hook fails at once, the kubelet only records an ' +
    'event, and SIGTERM follows without the delay.',
  sameAs: [],
  sources: ['https://kubernetes.io/docs/concepts/containers/container-lifecycle-hooks/#hook-handler-execution'],
  example: {
    wrong: `kind: Deployment
spec:
  template:
    spec:
      containers:
        - name: shop
          image: gcr.io/distroless/nodejs24-debian12:nonroot
          lifecycle:
            preStop:
              sleep: null
              exec:
                command: ["/bin/sh", "-c", "sleep 10"]`,
    right: `kind: Deployment
spec:
  template:
    spec:
      containers:
        - name: shop
          image: gcr.io/distroless/nodejs24-debian12:nonroot
          lifecycle:
            preStop:
              sleep:
                seconds: 10`,
  },
  *check(world): Iterable<Problem> {
    for (const { workload, traffic } of served(world)) {
      for (const { preStop, image, name, path: containerPath } of workload.running) {
        const command = texts(fields(preStop?.['exec'])['command'])
        const [program] = command
        if (program === undefined) continue
        const path = [...containerPath, 'lifecycle', 'preStop', 'exec', 'command']
        if (/\s/u.test(program.trim())) {
          yield {
            object: workload.object,
            path,
            message: `the preStop hook of container ${name} starts a program with the name ${JSON.stringify(program)}: no shell splits the words`,
            instead: `command: [${program
              .trim()
              .split(/\s+/u)
              .map((word) => JSON.stringify(word))
              .join(', ')}]`,
            severity: severe(traffic, 'error'),
            edits: command.length === 1 ? [{ object: workload.object, path, value: program.trim().split(/\s+/u) }] : [],
          }
        } else if (NEEDS_SHELL.test(program) && SHELL_LESS.test(image) && !WITH_SHELL.test(image)) {
          const seconds = /sleep\s+(\d+)/u.exec(command.join(' '))?.[1]
          yield {
            object: workload.object,
            path,
            message: `the preStop hook of container ${name} runs ${program}, but ${image} has no shell and no sleep: SIGTERM comes without the delay`,
            instead: `lifecycle.preStop.sleep.seconds: ${seconds ?? 10} (Kubernetes 1.30 or later)`,
            severity: severe(traffic, 'error'),
            edits:
              seconds === undefined
                ? []
                : [
                    {
                      object: workload.object,
                      path: path.slice(0, -2),
                      value: { sleep: { seconds: Number(seconds) } },
                    },
                  ],
          }
        }
      }
    }
  },
}
