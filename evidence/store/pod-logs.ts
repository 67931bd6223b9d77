/** The warnings and errors in the pods' logs. They explain why a POST was not answered 201. */
export interface PodLogs {
  /** Takes a line of a pod's log. */
  readonly take: (pod: string, line: string) => void
  /** Returns why a request failed, according to its pod. */
  readonly of: (requestId: string) => string | undefined
  /** Returns each warning and error that belongs to no request, once, with the pods that logged it. */
  readonly others: () => string[]
}

interface Line {
  level: string
  msg: string
  requestId?: string
  err?: { message: string }
}

const WORTH = new Set(['warn', 'error', 'fatal'])

export const createPodLogs = (): PodLogs => {
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

/** Parses a log line. Text that is not JSON, such as Node's message before a crash, counts as an error. */
const parsed = (text: string): Line => {
  try {
    return JSON.parse(text) as Line
  } catch {
    return { level: 'error', msg: text }
  }
}
