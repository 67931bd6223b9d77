/** `method` of an attempt that is a message on an open WebSocket. */
export const MESSAGE = 'message'

/**
 * How one attempt ended. Every attempt has exactly one outcome. Some outcomes need the server logs, which are read after the run:
 * see `ledger/reconcile.ts`.
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
 * The meaning of an outcome for the service. `drop`: the client did not get one complete, correct answer. `apart`: the protocol told
 * the client that the server did nothing, so sending again is safe. `harness`: it says nothing about the service, and a run with
 * such an outcome proves nothing.
 */
type Standing = 'answered' | 'apart' | 'drop' | 'harness'

interface Meaning {
  readonly standing: Standing
  readonly meaning: string
}

/** Every outcome, in the order of the reports. */
export const OUTCOMES: Readonly<Record<Outcome, Meaning>> = {
  answered: { standing: 'answered', meaning: 'one complete, correct response' },
  'not-processed': {
    standing: 'apart',
    meaning: 'sent while the server was closing the connection; by the protocol not processed, so safe to send again',
  },
  refused: { standing: 'drop', meaning: 'the connection was refused' },
  unreachable: { standing: 'drop', meaning: 'no connection within the limit, or no route' },
  'reset-before-start': {
    standing: 'drop',
    meaning: 'RST or FIN before a complete response head; no server had started it',
  },
  'reset-after-start': {
    standing: 'drop',
    meaning: 'RST or FIN before a complete response head; its handler had started, and did not finish',
  },
  reset: { standing: 'drop', meaning: 'RST before a complete response head; the server logs do not say more' },
  closed: { standing: 'drop', meaning: 'FIN before a complete response head; the server logs do not say more' },
  'executed-unanswered': { standing: 'drop', meaning: 'executed, but its response did not arrive' },
  'executed-twice': { standing: 'drop', meaning: 'executed more than once, according to the server logs' },
  truncated: { standing: 'drop', meaning: 'the connection ended inside a response body' },
  'wrong-body': { standing: 'drop', meaning: 'a complete response that is not the response to this request' },
  duplicated: { standing: 'drop', meaning: 'answered more than once' },
  '5xx': { standing: 'drop', meaning: 'a 5xx status' },
  '4xx': { standing: 'drop', meaning: 'a status other than the expected one' },
  'timed-out': { standing: 'drop', meaning: 'no complete response within the limit' },
  starved: {
    standing: 'harness',
    meaning: 'no response in time while this machine had no CPU to spare, and no server log blames the service',
  },
  unfinished: { standing: 'harness', meaning: 'still in flight when the run ended' },
  'harness-fault': {
    standing: 'harness',
    meaning: 'this machine ran out of ports, files or memory, or had no network',
  },
  unclassified: { standing: 'harness', meaning: 'ended in a way that has no class' },
}

export const OUTCOME_NAMES: readonly Outcome[] = Object.keys(OUTCOMES) as Outcome[]

/** The connection ended before a complete response head, and no log shows that a handler had started. */
export const CUT: ReadonlySet<Outcome> = new Set(['reset', 'closed', 'reset-before-start'])

export const isDrop = (outcome: Outcome): boolean => OUTCOMES[outcome].standing === 'drop'

/** One request that was or is about to be sent. Times are on the harness's monotonic clock, in ms. */
export interface Attempt {
  /** The value of `X-Request-Id`; unique in the run. */
  readonly id: string
  /** The client class that made it. */
  readonly client: string
  /** The base URL that it went to. */
  readonly url: string
  readonly method: string
  readonly path: string
  /** When it was due. Latency counts from here, so that requests which a stalled server holds up count in full. */
  readonly scheduledAt: number
  readonly startedAt: number
  /** Whether its connection had answered before. */
  readonly reused: boolean
  /** The earliest time at which the server may close the idle connection, on the harness's clock; undefined if it promised none. */
  readonly mayCloseAt?: number | undefined
  /** The pod that answered last on this connection. */
  readonly pod: string | undefined
  /** When the client gives up. */
  readonly deadline: number
  /** The time that the client asked the service to take, in ms. Default: 0. */
  readonly expectedMs?: number
}

/** The end of an attempt. */
export interface Ending {
  readonly outcome: Outcome
  /**
   * How much of the duration the client itself asked for, in ms: the pauses of a stream, the time for which it kept a WebSocket open.
   * Latency counts without it. Default: 0.
   */
  readonly askedMs?: number
  /** The view of the client, for people. Required for every outcome but `answered`. */
  readonly detail?: string
  /** The system's error code, as `ECONNRESET`. */
  readonly code?: string
  /** The client's port, if there was a connection. */
  readonly localPort?: number
  readonly status?: number
  readonly pod?: string
  readonly version?: string
  readonly webSocket?: WebSocketLoss
}

/**
 * How the server lost an open WebSocket or a message on it. `cut`: the connection ended without a close frame. `unanswered`: the server
 * read the message, and closed in order without a reply.
 */
export type WebSocketLoss = 'cut' | 'unanswered'
