import { wordsOf } from '../model/container.js'
import type { Dockerfile } from '../model/dockerfile.js'
import type { Problem, Rule } from '../rule.js'
import { served, severe } from './served.js'

const RUNNERS = new Set(['npm', 'npx', 'yarn', 'pnpm', 'pnpx', 'yarnpkg'])
/** These pass signals to their children. */
const INITS = new Set(['tini', 'dumb-init', 'catatonit', 's6-svscan', 'docker-init'])
/** dash and busybox. bash replaces itself by its last command. */
const SHELLS = new Set(['sh', 'ash', 'dash', 'bash'])

const base = (word: string): string => word.split('/').at(-1) ?? word

export const shellAsPid1: Rule = {
  id: 'shell-as-pid-1',
  severity: 'warning',
  title: 'A shell or a package manager gets SIGTERM instead of the service',
  why:
    'The kubelet sends SIGTERM to the first process of the container alone. A shell does not pass it on, so the service never drains, and ' +
    'SIGKILL cuts its requests at the end of the grace period. npm passes SIGTERM only to the shell in which it runs the script: that shell ' +
    'and npm end, and the service is killed at once. In a Dockerfile, the shell form of CMD and ENTRYPOINT starts a shell, too. A script ' +
    'that does not end with exec stays the first process.',
  sameAs: ['hadolint DL3025'],
  sources: ['https://github.com/nodejs/docker-node/blob/main/docs/BestPractices.md#cmd'],
  example: {
    wrong: `kind: Deployment
spec:
  template:
    spec:
      containers:
        - name: shop
          command: ["npm", "start"]`,
    right: `kind: Deployment
spec:
  template:
    spec:
      containers:
        - name: shop
          command: ["node", "server.js"]`,
  },
  *check(world): Iterable<Problem> {
    for (const { workload, traffic } of served(world)) {
      for (const container of workload.containers) {
        const problem = firstProcess(wordsOf(container))
        if (problem === undefined) continue
        const key = container.command.length > 0 ? 'command' : 'args'
        yield {
          object: workload.object,
          path: [...container.path, key],
          message: `container ${container.name} ${problem.message}`,
          instead: problem.instead,
          severity: severe(traffic, 'warning'),
        }
      }
    }
    for (const file of world.dockerfiles) {
      const problem = inImage(file)
      if (problem !== undefined) yield { object: file, path: [file.start.keyword], ...problem }
    }
  },
}

function inImage({ start: { keyword, isShellForm, words, script } }: Dockerfile): FirstProcess | undefined {
  if (script !== undefined) {
    if (!hidesSignal('sh', script.text)) return undefined
    return {
      message: `${script.name} does not end with exec of the service: its shell, or npm, gets SIGTERM and does not pass it on`,
      instead: `exec and the program itself at the end of ${script.name}, as in exec node server.js`,
    }
  }
  const problem = firstProcess(words)
  if (problem === undefined) return undefined
  return {
    message: `the image ${problem.message}`,
    instead:
      `the program itself in the exec form, as in ${keyword} ["node", "server.js"]` +
      (isShellForm ? `, or exec before the last command, as in ${keyword} exec node server.js` : ''),
  }
}

interface FirstProcess {
  readonly message: string
  readonly instead: string
}

function firstProcess(words: readonly string[]): FirstProcess | undefined {
  const [program = '', ...rest] = words
  if (INITS.has(base(program))) return undefined
  if (RUNNERS.has(base(program))) return runner(base(program))
  if (!SHELLS.has(base(program))) return undefined
  const at = rest.findIndex((word) => /^-\w*c$/u.test(word))
  const script = rest[at + 1]
  if (at === -1 || script === undefined) return undefined
  const last = programIn(script)
  if (RUNNERS.has(last) && !HANDLES_SIGNALS.test(script)) return runner(last)
  if (!hidesSignal(base(program), script)) return undefined
  return {
    message: `runs ${base(program)} -c without exec: the shell gets SIGTERM and does not pass it on, so the service runs until SIGKILL cuts its requests`,
    instead: `exec before the last command: ${base(program)} -c "… exec ${/^[\w./-]+/u.exec(lastCommand(script))?.[0] ?? 'PROGRAM'} …", or no shell`,
  }
}

const runner = (program: string): FirstProcess => ({
  message: `starts its service with ${program}, which runs it below a shell: SIGTERM does not reach the service, and SIGKILL cuts its requests`,
  instead: 'the program itself, as in command: ["node", "server.js"]',
})

/** A script with a trap handles the signal itself. */
const HANDLES_SIGNALS = /\btrap\s|\btini\b|dumb-init/u

/** Whether a script leaves the signal to its shell. */
function hidesSignal(shell: string, script: string): boolean {
  if (HANDLES_SIGNALS.test(script)) return false
  if (RUNNERS.has(programIn(script))) return true
  if (/\bexec\s/u.test(script)) return false
  const last = lastCommand(script)
  if (last === '' || /^(?:sleep|tail|echo|wait|done|fi)\b/u.test(last)) return false
  // bash executes the last command of a list in its own process, unless it is a part of a pipe.
  return shell !== 'bash' || last.includes('|')
}

/** The program that a script ends with. */
const programIn = (script: string): string =>
  base(
    lastCommand(script)
      .replace(/^exec\s+/u, '')
      .split(/\s+/u)[0] ?? '',
  )

/** The last command of a script, without what stands before it. */
const lastCommand = (script: string): string =>
  script
    .trim()
    .replace(/\\\n/gu, ' ')
    .split(/\n|;|&&/u)
    .map((each) => each.trim())
    .findLast((each) => each !== '' && !each.startsWith('#')) ?? ''
