export const count = (value: number): string => value.toLocaleString('en-US')

/** `12:30:05.250`, UTC. */
export const clock = (epoch: number): string => new Date(epoch).toISOString().slice(11, 23)

/** Since the rollout began: `+12.3 s`. */
export const since = (at: number | null, origin: number): string => {
  if (at === null) return '–'
  const seconds = (at - origin) / 1_000
  return `${seconds < 0 ? '−' : '+'}${Math.abs(seconds).toFixed(1)}`
}

export const milliseconds = (ms: number | null): string => {
  if (ms === null) return '–'
  if (Math.abs(ms) >= 10_000) return `${(ms / 1_000).toFixed(1)} s`
  return `${ms < 10 && ms > -10 ? ms.toFixed(1) : Math.round(ms)} ms`
}

/** What names of pods differ in comes last. */
export const shortName = (pod: string, most = 26): string => (pod.length <= most ? pod : `…${pod.slice(1 - most)}`)
