import { spawn, type ChildProcess } from 'node:child_process'
import { Socket } from 'node:net'
import type { Writable } from 'node:stream'

/**
 * The process groups that must not outlive the harness. At a normal exit `process.on('exit')` kills them. After SIGKILL or a crash
 * a watchdog kills them: a shell that waits for the end of its standard input, which ends with the harness.
 */
const groups = new Set<number>()
let watchdog: ChildProcess | undefined
let watchesExit = false

// A group leaves the list before the system can reuse its number. `kill -s KILL --`, because dash does not support `kill -9 --`.
const SCRIPT = `
live=
while read -r verb group; do
  case $verb in
    guard) live="$live $group" ;;
    release) kept=; for each in $live; do [ "$each" = "$group" ] || kept="$kept $each"; done; live=$kept ;;
  esac
done
for group in $live; do kill -s KILL -- "-$group" 2>/dev/null; done
`

/** Ends a process group with the harness. */
export function guardGroup(group: number): void {
  groups.add(group)
  if (!watchesExit) {
    watchesExit = true
    process.on('exit', () => {
      for (const each of groups) killGroup(each)
    })
  }
  if (watchdog === undefined) watchdog = startWatchdog()
  else watchdog.stdin?.write(`guard ${group}\n`)
}

/** Forgets a process group that has ended. */
export function releaseGroup(group: number): void {
  groups.delete(group)
  watchdog?.stdin?.write(`release ${group}\n`)
  if (groups.size > 0) return
  watchdog?.stdin?.end()
  watchdog = undefined
}

/** Sends SIGKILL to every process of a group, if it still exists. */
export function killGroup(group: number): void {
  try {
    process.kill(-group, 'SIGKILL')
  } catch {
    // ESRCH: the group has ended.
  }
}

function startWatchdog(): ChildProcess {
  // Detached, because Ctrl-C at the terminal must not end the watchdog before the harness.
  const child = spawn('/bin/sh', ['-c', SCRIPT], { stdio: ['pipe', 'ignore', 'ignore'], detached: true })
  const gone = (): void => {
    if (watchdog === child) watchdog = undefined
  }
  child.once('error', gone)
  child.once('exit', gone)
  // Without a free file descriptor, Node creates no pipe, against its types. The next process group starts a watchdog again.
  const input: Writable | undefined = child.stdin
  input?.on('error', gone)
  for (const group of groups) input?.write(`guard ${group}\n`)
  // The shell and its pipe must not keep the harness alive.
  child.unref()
  if (input instanceof Socket) input.unref()
  return child
}
