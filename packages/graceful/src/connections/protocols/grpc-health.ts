import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2'

/** The methods of `grpc.health.v1.Health` with which a client asks for the status of a service. */
const CHECK = '/grpc.health.v1.Health/Check'
const WATCH = '/grpc.health.v1.Health/Watch'

/** A gRPC message: not compressed, 2 bytes, `HealthCheckResponse { status: NOT_SERVING }`. */
const NOT_SERVING = Buffer.from([0, 0, 0, 0, 2, 0x08, 0x02])
/** Status codes of gRPC. The second one ends a watch: its client asks again elsewhere. */
const OK = '0'
const UNAVAILABLE = '14'

/**
 * Answers a health check of gRPC with NOT_SERVING, for every service, in place of the application. It is the readiness probe of gRPC: a
 * balancer that asks for it learns of the shutdown at the signal. Call it after the signal only.
 *
 * @param drain returns a signal that is aborted at the start of the drain, when a watch ends
 * @returns whether the stream is a health check
 */
export function answerHealthCheck(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  drain: (stream: ServerHttp2Stream) => AbortSignal,
): boolean {
  const path = headers[':path']
  const contentType = headers['content-type'] ?? ''
  if ((path !== CHECK && path !== WATCH) || !/^application\/grpc(?:\+proto)?(?:;|$)/u.test(contentType)) return false
  // The client can reset the stream at any time.
  stream.on('error', () => {})
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': path === CHECK ? OK : UNAVAILABLE }))
  stream.resume()
  stream.respond({ ':status': 200, 'content-type': contentType }, { waitForTrailers: true })
  stream.write(NOT_SERVING)
  if (path === CHECK) stream.end()
  else drain(stream).addEventListener('abort', () => stream.end(), { once: true })
  return true
}
