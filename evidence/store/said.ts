/** What the pods logged that is more than a line for a request, so that a proof can say why a POST was not answered 201. */
export interface Said {
  /** Takes a line of a pod's log. */
  readonly take: (pod: string, line: string) => void
  /** Why a request failed, in the words of the pod that had it. */
  readonly of: (requestId: string) => string | undefined
  /** Every warning and error that is of no request, a line each, after the pods that said it. */
  readonly others: () => string[]
}

interface Line {
  level: string
  msg: string
  requestId?: string
  err?: { message: string }
}

const WORTH = new Set(['warn', 'error', 'fatal'])

export const createSaid = (): Said => {
  const byRequest = new Map<string, string>()
  const others = new Map<string, Set<string>>()
  return {
    take: (pod, text) => {
      const line = parsed(text)
      if (!WORTH.has(line.level)) return
      const words = line.err === undefined ? line.msg : `${line.msg}: ${line.err.message}`
      if (line.requestId === undefined) others.set(words, (others.get(words) ?? new Set()).add(pod))
      else byRequest.set(line.requestId, `${pod}: ${words}`)
    },
    of: (requestId) => byRequest.get(requestId),
    others: () => [...others].map(([words, pods]) => `${[...pods].join(', ')}: ${words}`),
  }
}

/** What is no line of the service's (Node's last words before it crashes) counts as an error. */
const parsed = (text: string): Line => {
  try {
    return JSON.parse(text) as Line
  } catch {
    return { level: 'error', msg: text }
  }
}
