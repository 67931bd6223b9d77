import { wordsOf } from '../model/container.js'
import type { Problem, Rule } from '../rule.js'
import { served } from './served.js'

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
    'SIGKILL cuts its requests at the end of the grace period. npm and yarn start the service through a shell.',
  sameAs: [],
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
    for (const { workload } of served(world)) {
      for (const container of workload.containers) {
        const problem = firstProcess(wordsOf(container))
        if (problem === undefined) continue
        const key = container.command.length > 0 ? 'command' : 'args'
        yield {
          object: workload.object,
          path: [...container.path, key],
          message: `container ${container.name} ${problem.message}`,
          instead: problem.instead,
        }
      }
    }
  },
}

interface FirstProcess {
  readonly message: string
  readonly instead: string
}

function firstProcess(words: readonly string[]): FirstProcess | undefined {
  const [program = '', ...rest] = words
  if (INITS.has(base(program))) return undefined
  if (RUNNERS.has(base(program))) {
    return {
      message: `starts its service with ${base(program)}, which runs it below a shell: SIGTERM does not reach the service`,
      instead: 'the program itself, as in command: ["node", "server.js"]',
    }
  }
  if (!SHELLS.has(base(program))) return undefined
  const at = rest.findIndex((word) => /^-\w*c$/u.test(word))
  const script = rest[at + 1]
  if (at === -1 || script === undefined) return undefined
  if (!hidesSignal(base(program), script)) return undefined
  return {
    message: `runs ${base(program)} -c without exec: the shell gets SIGTERM and does not pass it on`,
    instead: `exec before the last command: ${base(program)} -c "… exec ${lastCommand(script).split(/\s+/u)[0]} …", or no shell`,
  }
}

function hidesSignal(shell: string, script: string): boolean {
  // A script with a trap handles the signal itself.
  if (/\bexec\s|\btrap\s|\btini\b|dumb-init/u.test(script)) return false
  const last = lastCommand(script)
  if (last === '' || /^(?:sleep|tail|echo|wait|done|fi)\b/u.test(last)) return false
  if (RUNNERS.has(base(last.split(/\s+/u)[0] ?? ''))) return true
  // bash executes the last command of a list in its own process, unless it is a part of a pipe.
  return shell !== 'bash' || last.includes('|')
}

/** The last command of a script, without what stands before it. */
const lastCommand = (script: string): string =>
  script
    .trim()
    .replace(/\\\n/gu, ' ')
    .split(/\n|;|&&/u)
    .map((each) => each.trim())
    .findLast((each) => each !== '' && !each.startsWith('#')) ?? ''
