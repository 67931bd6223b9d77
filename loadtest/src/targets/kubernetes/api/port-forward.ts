import { Duplex } from 'node:stream'
import type { RequestOptions } from 'node:https'
import { once } from 'node:events'
import type { KubeConfig } from '@kubernetes/client-node'
import { WebSocket } from 'ws'
import type { ClientOptions } from 'ws'
import { ApiUnreachable, describe } from './api-error.js'
import { podPath } from './paths.js'

/** The channels of a port-forward with one port: its data, and what the kubelet says about it. */
const DATA = 0
const ERRORS = 1
/** The first message of each channel begins with the number of the port. */
const PORT_BYTES = 2
const HANDSHAKE_LIMIT_MS = 10_000

/**
 * Opens a stream to a port on which a pod listens, as `kubectl port-forward` does: over the API and the kubelet, so that the port
 * can belong to 127.0.0.1 of the pod, and no network policy needs to allow it.
 *
 * @throws {ApiUnreachable} the API refuses, or nothing listens there
 */
export async function portForward(config: KubeConfig, namespace: string, pod: string, port: number): Promise<Duplex> {
  const server = config.getCurrentCluster()?.server ?? ''
  const options: RequestOptions = {}
  await config.applyToHTTPSOptions(options)
  const url = `${server.replace(/^http/u, 'ws')}${podPath(namespace, pod, 'portforward')}?ports=${port}`
  // The certificates and headers of the user; the types differ in the certificate check alone.
  const settings = { ...options, handshakeTimeout: HANDSHAKE_LIMIT_MS } as unknown as ClientOptions
  const socket = new WebSocket(url, 'v4.channel.k8s.io', settings)
  // The first messages can arrive together with the response to the upgrade.
  const stream = streamOf(socket)
  try {
    await Promise.race([once(socket, 'open'), once(stream, 'close')])
  } catch (error) {
    throw new ApiUnreachable(describe(error), { cause: error })
  }
  return stream
}

function streamOf(socket: WebSocket): Duplex {
  const begun = new Set<number>()
  const stream = new Duplex({
    read: () => socket.resume(),
    write: (chunk: Buffer, _encoding, done) => socket.send(Buffer.concat([Buffer.from([DATA]), chunk]), done),
    final: (done) => {
      socket.close()
      done()
    },
    destroy: (error, done) => {
      socket.terminate()
      done(error)
    },
  })
  socket.on('message', (data: Buffer) => {
    const channel = data[0] ?? DATA
    const bytes = data.subarray(begun.has(channel) ? 1 : 1 + PORT_BYTES)
    begun.add(channel)
    if (bytes.length === 0) return
    if (channel === ERRORS) stream.destroy(new ApiUnreachable(bytes.toString('utf8').trim()))
    else if (!stream.push(bytes)) socket.pause()
  })
  socket.on('close', () => void (stream.destroyed || stream.push(null)))
  socket.on('error', (error) => stream.destroy(error))
  // An error ends the stream, too, so its reader needs no listener for errors.
  stream.on('error', () => undefined)
  return stream
}
