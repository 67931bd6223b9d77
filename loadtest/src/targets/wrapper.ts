import { basename } from 'node:path'

/** Programs that start a service as their child. */
const RUNNERS: ReadonlySet<string> = new Set(['npm', 'npx', 'pnpm', 'pnpx', 'yarn'])
const SHELLS: ReadonlySet<string> = new Set(['sh', 'bash', 'dash', 'ash', 'zsh'])
const NODE: ReadonlySet<string> = new Set(['node', 'nodejs'])

/**
 * Returns the program of a command line that starts the service as its child, and so takes SIGTERM in its place: `npm`, `npx`, `pnpm`,
 * `yarn`, `sh -c`, `sh` with a script, or `go run`. Returns undefined for every other command.
 *
 * @param argv the arguments of a process, or its title alone
 * @example
 * wrapperIn(['node', '/usr/bin/npm', 'start']) // 'npm'
 * wrapperIn(['sh', '-c', 'node server.js']) // 'sh -c'
 */
export function wrapperIn(argv: readonly string[]): string | undefined {
  // npm and pnpm replace their arguments by a title.
  const words = argv.length === 1 ? (argv[0] ?? '').split(' ') : argv
  const [file = '', first = '', ...rest] = words
  const name = basename(file)
  if (NODE.has(name)) {
    const script = first.startsWith('-') ? '' : basename(first).replace(/(?:-cli)?\.[cm]?js$/u, '')
    return RUNNERS.has(script) ? runner(script, rest[0]) : undefined
  }
  if (RUNNERS.has(name)) return runner(name, first)
  if (name === 'go' && first === 'run') return 'go run'
  if (!SHELLS.has(name) || first === '') return undefined
  if (!/^-[a-z]*c$/u.test(first)) return name
  // `exec` replaces the shell by the service.
  return /^\s*exec\s[^;&|]*$/u.test(rest[0] ?? '') ? undefined : `${name} -c`
}

const runner = (name: string, command: string | undefined): string =>
  name === 'npm' && command === 'exec' ? 'npx' : name
