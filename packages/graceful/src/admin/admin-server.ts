import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import terminus from '@godaddy/terminus'
import { errorMessage } from '../process/reporting/error-text.js'
import { markAsAdmin } from '../process/handover.js'
import { failuresOf, probePath, type Probe, type ProbePath } from './probes.js'

export interface AdminSettings {
  readonly port: number
  readonly host: string | undefined
  readonly probes: Readonly<Record<ProbePath, Probe>>
  /** Called if the listener cannot listen, or fails later. */
  readonly onError: (error: Error) => void
  readonly metrics: () => Promise<{ readonly contentType: string; readonly body: string }>
}

/** terminus requires a signal. Nothing sends this one: the library handles signals and the exit. */
const NO_SIGNAL = '@cloud-communal/graceful: no signal'

/**
 * The listener for the kubelet and for Prometheus. It has its own port for three reasons. The port closes last. Its connections are
 * no evidence for the adaptive delay. A probe never waits for the application's connections.
 *
 * terminus answers the probes. It compares the whole URL, so the listener first removes the query and slashes at the end of the
 * path.
 */
export class AdminServer {
  readonly #server: Server
  readonly #settings: AdminSettings
  /** Resolves with the port; with undefined if the listener closes first. Rejects if it cannot listen. */
  readonly listening: Promise<number | undefined>

  constructor(settings: AdminSettings) {
    this.#settings = settings
    this.#server = createServer((request, response) => {
      void answer(request, response, settings)
    })
    markAsAdmin(this.#server)
    terminus.createTerminus(this.#server, {
      healthChecks: Object.fromEntries(
        Object.entries(settings.probes).map(([path, probe]) => [path, toHealthCheck(probe)]),
      ),
      signal: NO_SIGNAL,
      signals: [],
      useExit0: true,
      sendFailuresDuringShutdown: false,
    })
    process.removeAllListeners(NO_SIGNAL)
    // The wait for other code ends when nothing keeps the process alive.
    this.#server.on('connection', (socket) => socket.unref())
    this.#server.prependListener('request', (request: IncomingMessage) => {
      request.url = probePath(request.url)
    })
    this.listening = new Promise((resolve, reject) => {
      this.#server.on('listening', () => resolve(this.port))
      this.#server.on('close', () => resolve(undefined))
      this.#server.on('error', (cause: NodeJS.ErrnoException) => {
        const error = listenError(settings, cause)
        reject(error)
        settings.onError(error)
      })
    })
    // A caller that does not await the promise must not get an unhandled rejection, which would end the service.
    this.listening.catch(() => {})
  }

  /**
   * Starts to listen. Neither the listener nor its connections keep the process alive: a program whose servers are closed, or a test
   * that forgets `uninstall()`, must end.
   */
  open(): void {
    const { port, host } = this.#settings
    this.#server.listen(port, host)
    this.#server.unref()
    this.#server.on('connection', (socket) => socket.unref())
  }

  get port(): number | undefined {
    return (this.#server.address() as AddressInfo | null)?.port
  }

  /** Lets the process end although the listener is open. */
  unref(): void {
    this.#server.unref()
  }

  close(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }
}

const listenError = ({ port, host }: AdminSettings, cause: NodeJS.ErrnoException): Error =>
  Object.assign(
    new Error(
      `graceful: the admin listener cannot listen on port ${port}${host === undefined ? '' : ` of ${host}`} ` +
        `(${cause.code ?? cause.message}), so this process does not answer probes there; ` +
        `choose another port with admin: { port }, or disable the listener with admin: false ` +
        `(with the preload: GRACEFUL_ADMIN_PORT, a port or off)`,
      { cause },
    ),
    { code: cause.code },
  )

/** Converts a probe to a health check of terminus, which reports a failure as an error with `causes`. */
const toHealthCheck = (probe: Probe) => async (): Promise<void> => {
  const causes = failuresOf(await probe())
  if (causes === undefined) return
  throw Object.assign(new Error('not ready'), { causes })
}

async function answer(request: IncomingMessage, response: ServerResponse, settings: AdminSettings): Promise<void> {
  if (request.url !== '/metrics') {
    response.writeHead(404, { 'Content-Type': 'application/json' })
    response.end('{"error":"unknown path; use /livez, /readyz, /startupz or /metrics"}')
    return
  }
  try {
    const { contentType, body } = await settings.metrics()
    response.writeHead(200, { 'Content-Type': contentType })
    response.end(body)
  } catch (error) {
    response.writeHead(500, { 'Content-Type': 'text/plain' })
    response.end(`cannot collect the metrics: ${errorMessage(error)}`)
  }
}
