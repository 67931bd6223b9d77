/**
 * How one attempt ended. Every attempt ends in exactly one of these. What the client alone cannot know, it is told by the
 * servers' logs after the run: see `reconcile.ts`.
 */
export type Outcome =
  | 'answered'
  | 'not-processed'
  | 'refused'
  | 'unreachable'
  | 'reset-before-start'
  | 'reset-after-start'
  | 'reset'
  | 'closed'
  | 'executed-unanswered'
  | 'executed-twice'
  | 'truncated'
  | 'wrong-body'
  | 'duplicated'
  | '5xx'
  | '4xx'
  | 'timed-out'
  | 'starved'
  | 'unfinished'
  | 'harness-fault'
  | 'unclassified'

/**
 * What an outcome says about the service. `drop`: the client did not get the one complete, correct answer that it was
 * owed. `apart`: the protocol told the client that nothing was done, so that sending it again is safe. `harness`: it
 * says nothing about the service, and a run with one of these proves nothing.
 */
type Standing = 'answered' | 'apart' | 'drop' | 'harness'

interface Meaning {
  readonly standing: Standing
  readonly meaning: string
}

/** Every outcome, in the order in which reports show them. */
export const OUTCOMES: Readonly<Record<Outcome, Meaning>> = {
  answered: { standing: 'answered', meaning: 'one complete, correct response' },
  'not-processed': {
    standing: 'apart',
    meaning:
      'sent to a server that was closing by then, and that the protocol says did not take it: safe to send again',
  },
  refused: { standing: 'drop', meaning: 'the connection was refused' },
  unreachable: { standing: 'drop', meaning: 'no connection within the limit, or no route' },
  'reset-before-start': {
    standing: 'drop',
    meaning: 'RST or FIN before a complete response head; no server had started it',
  },
  'reset-after-start': {
    standing: 'drop',
    meaning: 'RST or FIN before a complete response head; its handler had started and did not finish',
  },
  reset: { standing: 'drop', meaning: "RST before a complete response head; the servers' logs do not tell more" },
  closed: { standing: 'drop', meaning: "FIN before a complete response head; the servers' logs do not tell more" },
  'executed-unanswered': { standing: 'drop', meaning: 'executed, and its answer did not arrive' },
  'executed-twice': { standing: 'drop', meaning: "executed more than once, by the servers' logs" },
  truncated: { standing: 'drop', meaning: 'the connection ended inside a response body' },
  'wrong-body': { standing: 'drop', meaning: 'a complete response that is not the answer to this request' },
  duplicated: { standing: 'drop', meaning: 'answered more than once' },
  '5xx': { standing: 'drop', meaning: 'a 5xx status' },
  '4xx': { standing: 'drop', meaning: 'another status than the expected one' },
  'timed-out': { standing: 'drop', meaning: 'no complete response within the limit' },
  starved: {
    standing: 'harness',
    meaning: 'no answer in time while this machine had no CPU to spare, and no log that blames the service',
  },
  unfinished: { standing: 'harness', meaning: 'still in flight when the run ended' },
  'harness-fault': {
    standing: 'harness',
    meaning: 'this machine ran out of ports, files or memory, or had no network',
  },
  unclassified: { standing: 'harness', meaning: 'ended in a way that has no name here' },
}

export const OUTCOME_NAMES: readonly Outcome[] = Object.keys(OUTCOMES) as Outcome[]

export const isDrop = (outcome: Outcome): boolean => OUTCOMES[outcome].standing === 'drop'

/** One request that was or is about to be put on the wire. Times are moments on the harness's monotonic clock, in ms. */
export interface Attempt {
  /** What `X-Request-Id` carries; unique in the run. */
  readonly id: string
  /** The client class that made it. */
  readonly client: string
  /** The base URL that it went to. */
  readonly url: string
  readonly method: string
  readonly path: string
  /** When it was due. Latency counts from here, so that a stalled server is not spared the requests it held up. */
  readonly scheduledAt: number
  readonly startedAt: number
  /** On a connection that had answered before. */
  readonly reused: boolean
  /** The pod that answered last on this connection. */
  readonly pod: string | undefined
  /** Given up, as timed out, when this moment has passed. */
  readonly deadline: number
}

/** What became of an attempt. */
export interface Ending {
  readonly outcome: Outcome
  /** In words, for a person: what the client saw. Required of everything but `answered`. */
  readonly detail?: string
  /** The system's error code, as `ECONNRESET`. */
  readonly code?: string
  /** The client's port, where there was a connection. */
  readonly localPort?: number
  readonly status?: number
  readonly pod?: string
  readonly version?: string
}
