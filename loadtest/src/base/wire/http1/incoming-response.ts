import type { Answer } from './exchange.js'
import type { ResponseHead } from './response-parser.js'

/** Longer bodies are counted, not kept. */
const MOST_BODY = 1024 * 1024

/** A response that is arriving. */
export class IncomingResponse {
  readonly head: ResponseHead
  /** It does not belong to the request whose response is awaited. */
  readonly foreign: boolean
  readonly #parts: Buffer[] = []
  #bytes = 0

  constructor(head: ResponseHead, foreign: boolean) {
    this.head = head
    this.foreign = foreign
  }

  add(part: Buffer): void {
    this.#bytes += part.length
    if (this.#bytes <= MOST_BODY) this.#parts.push(part)
  }

  /** @param behindClose the response came after one with `Connection: close` */
  answer(behindClose: boolean): Answer {
    const [only, ...more] = this.#parts
    const body = only !== undefined && more.length === 0 ? only : Buffer.concat(this.#parts)
    return { head: this.head, body, bodyBytes: this.#bytes, behindClose }
  }
}
