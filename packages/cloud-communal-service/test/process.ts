import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import type { Line } from './app.js'

const PROGRAMS = {
  main: fileURLToPath(new URL('../dist/main.js', import.meta.url)),
  naive: fileURLToPath(new URL('../dist/naive.js', import.meta.url)),
}

interface Started {
  child: ChildProcess
  /** The exit code, or the signal that ended the process, and its stderr. */
  exit: Promise<{ code: number | NodeJS.Signals; stderr: string }>
  lines: Line[]
  /** Waits for a matching line of the log. Rejects if the process exits without one. */
  line: (matches: (line: Line) => boolean) => Promise<Line>
}

/** Starts `dist/<program>.js` with only these environment variables. Kills the process after the test. */
export const start = (program: keyof typeof PROGRAMS, env: Record<string, string>): Started => {
  const child = spawn(process.execPath, [PROGRAMS[program]], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  onTestFinished(() => void child.kill('SIGKILL'))

  const lines: Line[] = []
  const waiting = new Set<() => void>()
  let ended = false
  const tell = (): void => {
    for (const check of waiting) check()
  }
  createInterface({ input: child.stdout }).on('line', (text) => {
    lines.push(JSON.parse(text) as Line)
    tell()
  })
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const exit = new Promise<{ code: number | NodeJS.Signals; stderr: string }>((resolve) => {
    child.once('close', (code, signal) => {
      ended = true
      tell()
      resolve({ code: code ?? signal ?? -1, stderr })
    })
  })
  const line = (matches: (line: Line) => boolean): Promise<Line> =>
    new Promise((resolve, reject) => {
      const check = (): void => {
        const found = lines.find((candidate) => matches(candidate))
        if (!found && !ended) return
        waiting.delete(check)
        if (found) resolve(found)
        else reject(new Error(`the process exited without a matching line: ${JSON.stringify(lines)} ${stderr}`))
      }
      waiting.add(check)
      check()
    })
  return { child, exit, lines, line }
}

/** Waits until the program listens, and returns its port. */
export const portOf = async ({ line }: Started, variable = 'PORT'): Promise<number> =>
  (await line(({ msg }) => msg.startsWith('listening on port') && msg.endsWith(`(${variable})`)))['port'] as number

/** Returns a free port, for a listener that does not report its own. */
export const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })

/** Returns a port that is in use until the end of the test. */
export const takenPort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, () => resolve((server.address() as AddressInfo).port))
    onTestFinished(() => void server.close())
  })
