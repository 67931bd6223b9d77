import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { stringify } from 'yaml'

/** These processes are killed when this one exits. `rollout status` and `logs -f` would otherwise run on. */
const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

const start = (args: readonly string[]): ChildProcess & { stdin: {}; stdout: {}; stderr: {} } => {
  // In a process group of its own: Ctrl-C must not end the kubectl that cleans up.
  const child = spawn('kubectl', args, { stdio: 'pipe', detached: true })
  running.add(child)
  child.once('close', () => running.delete(child))
  return child
}

const ended = async (child: ReturnType<typeof start>, args: readonly string[]): Promise<string> => {
  const [[code], stdout, stderr] = await Promise.all([once(child, 'close'), text(child.stdout), text(child.stderr)])
  if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr.trim() || `ended with ${String(code)}`}`)
  return stdout
}

/** Runs kubectl and returns its output. Rejects with its error output if it fails. */
export const kubectl = (...args: string[]): Promise<string> => {
  const child = start(args)
  child.stdin.end()
  return ended(child, args)
}

/** Runs `kubectl apply` with these objects. */
export const apply = async (...objects: object[]): Promise<void> => {
  const args = ['apply', '-f', '-']
  const child = start(args)
  child.stdin.end(objects.map((object) => stringify(object)).join('---\n'))
  await ended(child, args)
}

/** Calls `take` with each line of a pod's log, from the first to the last. */
export const follow = (namespace: string, pod: string, take: (line: string) => void): void => {
  const child = start(['logs', '-f', '-n', namespace, pod])
  child.stdin.end()
  child.stderr.resume()
  createInterface({ input: child.stdout }).on('line', take)
}
