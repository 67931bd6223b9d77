import { readFileSync } from 'node:fs'

/** How far up the process tree a watcher can be: a shell or a package manager may stand between. */
const LEVELS = 3

/**
 * Returns the name of the development tool that restarts this process when a file changes: `node --watch`, `tsx watch` or `nodemon`.
 * Returns undefined without one, in Kubernetes, and with `NODE_ENV=production`. Only Linux shows the command lines of the parent
 * processes; elsewhere `node --watch` alone is recognized.
 */
export function findWatcher(): string | undefined {
  const { env, ppid } = process
  if (env['KUBERNETES_SERVICE_HOST'] !== undefined || env['NODE_ENV'] === 'production') return undefined
  // Node sets this variable in the processes that it watches.
  if (env['WATCH_REPORT_DEPENDENCIES'] !== undefined) return 'node --watch'
  try {
    let parent = ppid
    for (let level = 0; level < LEVELS && parent > 1; level++) {
      const watcher = watcherIn(readFileSync(`/proc/${parent}/cmdline`, 'utf8').split('\0'))
      if (watcher !== undefined) return watcher
      parent = parentOf(readFileSync(`/proc/${parent}/stat`, 'utf8'))
    }
  } catch {
    // Another platform, or a permission model that forbids the read.
  }
  return undefined
}

/** Returns the watcher that a command line starts. */
export function watcherIn(argv: readonly string[]): string | undefined {
  const [runtime = '', program = '', command] = argv
  const name = /(?:^|\/)node$/u.test(runtime) ? program : runtime
  if (/(?:^|\/)nodemon(?:\.js)?$/u.test(name)) return 'nodemon'
  const isTsx = /(?:^|\/)tsx(?:\/dist\/cli\.m?js)?$/u.test(name)
  return isTsx && (name === program ? command : program) === 'watch' ? 'tsx watch' : undefined
}

/** Returns the parent's process ID from `/proc/PID/stat`. The name of the program can contain spaces and brackets (proc(5)). */
const parentOf = (stat: string): number => Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
