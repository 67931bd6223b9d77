import { spawn, type ChildProcess } from 'node:child_process'
import { Socket } from 'node:net'

/**
 * Process groups that must not outlive the harness. An orderly end kills them from `process.on('exit')`; for the rest
 * (SIGKILL, a crash) a small shell waits for the end of its standard input, which comes with the death of the harness
 * however that dies, and kills what is left.
 */
const groups = new Set<number>()
let reaper: ChildProcess | undefined
let watchesExit = false

// A group's number leaves the list before the system can give it to somebody else. `kill -s KILL --`, not `kill -9 --`,
// which dash does not know.
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

/** From now on the process group dies with the harness. */
export function guardGroup(group: number): void {
  groups.add(group)
  if (!watchesExit) {
    watchesExit = true
    process.on('exit', () => {
      for (const each of groups) killGroup(each)
    })
  }
  if (reaper === undefined) reaper = startReaper()
  else reaper.stdin?.write(`guard ${group}\n`)
}

/** The group has ended. */
export function releaseGroup(group: number): void {
  groups.delete(group)
  reaper?.stdin?.write(`release ${group}\n`)
  if (groups.size > 0) return
  reaper?.stdin?.end()
  reaper = undefined
}

/** SIGKILL to every process of a group; nothing where it has ended. */
export function killGroup(group: number): void {
  try {
    process.kill(-group, 'SIGKILL')
  } catch {
    // ESRCH: it has ended
  }
}

function startReaper(): ChildProcess {
  // Detached: a Ctrl-C at the terminal goes to the foreground group and must not end the reaper first.
  const child = spawn('/bin/sh', ['-c', SCRIPT], { stdio: ['pipe', 'ignore', 'ignore'], detached: true })
  const gone = (): void => {
    if (reaper === child) reaper = undefined
  }
  child.once('error', gone)
  child.once('exit', gone)
  child.stdin.on('error', gone)
  for (const group of groups) child.stdin.write(`guard ${group}\n`)
  // Neither the shell nor its pipe keeps the harness alive.
  child.unref()
  if (child.stdin instanceof Socket) child.stdin.unref()
  return child
}
