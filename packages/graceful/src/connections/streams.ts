import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerRequest, ServerHttp2Stream } from 'node:http2'
import { sentHead } from './node-internals.js'

/** What becomes of server-sent events when the drain starts: see {@link GracefulOptions.eventStreams}. */
export type EventStreams = 'end' | 'finish'

export type AnyRequest = IncomingMessage | Http2ServerRequest

/**
 * Responses that would not end by themselves. A handler can learn of the drain from its request's signal; server-sent events are
 * ended for those that do not, for a client of theirs reconnects (HTML Living Standard §9.2) and then reaches another pod.
 */
export class Streams {
  readonly #policy: EventStreams
  readonly #controllers = new Map<AnyRequest, AbortController>()
  #draining = false

  constructor(policy: EventStreams) {
    this.#policy = policy
  }

  /** Aborted when the drain starts; forgotten when the request is over, so that nothing gathers on a service that runs for weeks. */
  signalFor(request: AnyRequest): AbortSignal {
    const known = this.#controllers.get(request)
    if (known !== undefined) return known.signal
    const controller = new AbortController()
    if (this.#draining) controller.abort()
    else {
      this.#controllers.set(request, controller)
      request.once('close', () => this.#controllers.delete(request))
    }
    return controller.signal
  }

  drain(responses: Iterable<ServerResponse>, streams: Iterable<ServerHttp2Stream>): void {
    if (!this.#draining) {
      this.#draining = true
      for (const controller of this.#controllers.values()) controller.abort()
      this.#controllers.clear()
    }
    for (const response of responses) this.headSent(response)
    for (const stream of streams) {
      if (this.#policy === 'end' && isEventStream(`${stream.sentHeaders?.['content-type']}`)) end(stream)
    }
  }

  /** Told of each response whose head is out, also of those that begin during the drain. */
  headSent(response: ServerResponse): void {
    const type = /^content-type: *(.*)$/im.exec(sentHead(response) ?? '')?.[1]
    if (!this.#draining || this.#policy !== 'end' || !isEventStream(type)) return
    // Not under the hands of a handler that has just written the head.
    setImmediate(() => end(response))
  }
}

const isEventStream = (type: string | undefined): boolean => type?.startsWith('text/event-stream') ?? false

function end(response: ServerResponse | ServerHttp2Stream): void {
  // A handler that writes one more event before it hears of the close must not bring the process down.
  response.on('error', () => {})
  response.end()
}
