import type { Attempt, Ending } from '../../base/attempt.js'
import type { Ledger } from '../../ledger/ledger.js'
import type { ExchangeFailure } from '../../base/wire/http1/socket-failure.js'

export interface Message {
  readonly attempt: Attempt
  readonly text: string
  /** Its number in the session, from 1. */
  readonly number: number
  /** The server has read it: a pong to the ping after it, or after a later message, has arrived. */
  read: boolean
}

/** Answered messages that are remembered, to detect a second reply. */
const REMEMBERED = 64

/** The messages of one session, each from its start to its end. */
export class Messages {
  readonly #ledger: Ledger
  /** The fields that every ending of this session has: the pod, the version, the port. */
  readonly #common: () => Partial<Ending>
  readonly #pending: Message[] = []
  readonly #answered: Attempt[] = []
  #count = 0

  constructor(ledger: Ledger, common: () => Partial<Ending>) {
    this.#ledger = ledger
    this.#common = common
  }

  get pending(): readonly Message[] {
    return this.#pending
  }

  add(attempt: Attempt, text: string): Message {
    const message: Message = { attempt, text, number: (this.#count += 1), read: false }
    this.#pending.push(message)
    return message
  }

  /** A pong with this number arrived: the server has read every message up to it. */
  readUpTo(number: number): void {
    for (const message of this.#pending) if (message.number <= number) message.read = true
  }

  /** Takes a message of the server. Ignores messages that name no message of this session, such as a greeting. */
  take(text: string, exact: boolean): void {
    const message = this.#pending.find(({ attempt: { id } }) => names(text, id))
    if (message) {
      const detail = `the reply is ${JSON.stringify(text.slice(0, 60))} instead of an echo`
      this.end(message, exact && text !== message.text ? { outcome: 'wrong-body', detail } : { outcome: 'answered' })
      if (this.#answered.unshift(message.attempt) > REMEMBERED) this.#answered.pop()
      return
    }
    const earlier = this.#answered.find(({ id }) => names(text, id))
    if (earlier) this.#ledger.amend(earlier, { outcome: 'duplicated', detail: 'a second message answered it' })
  }

  end(message: Message, ending: Ending): void {
    const place = this.#pending.indexOf(message)
    if (place === -1) return
    this.#pending.splice(place, 1)
    this.#ledger.close(message.attempt, { ...ending, ...this.#common() })
  }

  endAll(reason: (message: Message) => ExchangeFailure): void {
    for (let message = this.#pending[0]; message; message = this.#pending[0]) this.end(message, reason(message))
  }
}

/** Returns whether the text contains the whole id, not only the beginning of a longer one. */
const names = (text: string, id: string): boolean => {
  const at = text.indexOf(id)
  return at !== -1 && !/[\da-z]/.test(text.charAt(at + id.length))
}
