import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { connect } from 'node:net'
import type { ProbeHandler } from '../../../../inputs/manifests/manifests.js'

/** The result of one probe. */
export type ProbeResult = { readonly ok: true } | { readonly ok: false; readonly reason: string }

export type LocalProbeHandler = Extract<ProbeHandler, { type: 'httpGet' | 'tcpSocket' }>

/** The way of a probe to its pod. */
export interface ProbeRoute {
  /** A port of 127.0.0.1. */
  readonly port: number
  /** The source address: that of the node. */
  readonly from: string
}

const MAX_REDIRECTS = 10

/**
 * Probes a port of 127.0.0.1 once, as the kubelet does. Each probe has a new connection. An HTTP status from 200 to 399 is a
 * success, redirects on the same host are followed, and certificates are not verified.
 *
 * Source: kubernetes `pkg/probe/http/http.go`.
 */
export function runProbe(handler: LocalProbeHandler, route: ProbeRoute, timeoutMs: number): Promise<ProbeResult> {
  if (handler.type === 'tcpSocket') return probeTcp(route, timeoutMs)
  const origin = `${handler.scheme.toLowerCase()}://127.0.0.1:${route.port}`
  const headers = Object.fromEntries(handler.headers.map(({ name, value }) => [name, value]))
  return probeHttp(new URL(handler.path, origin), { from: route.from, headers }, Date.now() + timeoutMs, 0)
}

function probeHttp(
  url: URL,
  how: { readonly from: string; readonly headers: Readonly<Record<string, string>> },
  deadline: number,
  redirects: number,
): Promise<ProbeResult> {
  return new Promise((resolve) => {
    const fail = (reason: string): void => resolve({ ok: false, reason: `GET ${url.pathname}: ${reason}` })
    const send = url.protocol === 'https:' ? requestHttps : requestHttp
    const request = send(
      url,
      {
        agent: false,
        headers: { 'user-agent': 'kube-probe/1.34', accept: '*/*', connection: 'close', ...how.headers },
        localAddress: how.from,
        rejectUnauthorized: false,
        signal: AbortSignal.timeout(Math.max(deadline - Date.now(), 1)),
      },
      (response) => {
        const { statusCode = 0 } = response
        response.resume()
        response.on('error', () => fail('the response was cut off'))
        response.on('end', () => {
          const location = statusCode >= 300 && statusCode < 400 ? response.headers.location : undefined
          const next = location === undefined ? undefined : new URL(location, url)
          if (next?.hostname === url.hostname && redirects < MAX_REDIRECTS) {
            resolve(probeHttp(next, how, deadline, redirects + 1))
          } else if (statusCode >= 200 && statusCode < 400) resolve({ ok: true })
          else fail(`status ${statusCode}`)
        })
      },
    )
    request.on('error', (error: NodeJS.ErrnoException) => {
      fail(error.name === 'AbortError' ? 'no response in time' : (error.code ?? error.message))
    })
    request.end()
  })
}

function probeTcp({ port, from }: ProbeRoute, timeoutMs: number): Promise<ProbeResult> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, localAddress: from, signal: AbortSignal.timeout(timeoutMs) })
    const fail = (reason: string): void => resolve({ ok: false, reason: `connecting to port ${port}: ${reason}` })
    socket.once('connect', () => {
      resolve({ ok: true })
      socket.destroy()
    })
    socket.on('error', (error: NodeJS.ErrnoException) => {
      fail(error.name === 'AbortError' ? 'no response in time' : (error.code ?? error.message))
    })
  })
}
