import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import { createApp } from '../src/app.js'
import type { AppOptions } from '../src/app.js'
import { createLogger } from '../src/logger.js'
import { memoryStore } from '../src/notices/memory.js'
import type { LogLevel } from '../src/config.js'

export const VERSION = 'v9.8.7'
export const POD = 'pod-a'

export interface Line {
  level: string
  msg: string
  requestId: string
  [field: string]: unknown
}

interface Logged {
  app: ReturnType<typeof createApp>
  lines: Line[]
  /** Waits for a matching line. The line of a request can be written after its client has the response. */
  line: (matches: (line: Line) => boolean) => Promise<Line>
}

/** Creates the app and collects its log. */
export const loggedApp = (options: Partial<Pick<AppOptions, 'notices'>> & { logLevel?: LogLevel } = {}): Logged => {
  const lines: Line[] = []
  const waiting = new Set<() => void>()
  const write = (text: string): void => {
    lines.push(JSON.parse(text) as Line)
    for (const check of waiting) check()
  }
  const logger = createLogger({ logLevel: options.logLevel ?? 'info', pod: POD, version: VERSION }, { write })
  const line = (matches: (line: Line) => boolean): Promise<Line> =>
    new Promise((resolve) => {
      const check = (): void => {
        const found = lines.find((candidate) => matches(candidate))
        if (!found) return
        waiting.delete(check)
        resolve(found)
      }
      waiting.add(check)
      check()
    })
  const notices = options.notices ?? memoryStore()
  return { app: createApp({ version: VERSION, pod: POD, logger, notices }), lines, line }
}

/** Starts the app on a free port until the test ends, for clients that supertest cannot replace. Returns the port. */
export const listening = async (app: Logged['app']): Promise<number> => {
  const server = createServer(app)
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  )
  return (server.address() as AddressInfo).port
}
