/** The life of one pod, as its target reports it. Epoch ms; null if not seen. */
export interface PodLife {
  readonly pod: string
  /** From 1. A StatefulSet gives the name of a pod that has gone to the next one, which is another life. */
  readonly life: number
  readonly version: string | null
  readonly createdAt: number | null
  readonly readyAt: number | null
  readonly unreadyAt: number | null
  /** SIGTERM. */
  readonly terminatingAt: number | null
  /** SIGKILL without SIGTERM, sent by the scenario. */
  readonly killedAt: number | null
  /** When its EndpointSlice last stopped listing it as ready. */
  readonly endpointRemovedAt: number | null
  /** When the first and the last known router removed it: the EndpointSlice, or a load balancer. */
  readonly firstEndpointRemovedAt: number | null
  readonly lastEndpointRemovedAt: number | null
  readonly goneAt: number | null
  /** When its process exited, if the target knows it. At most `goneAt`. */
  readonly exitedAt: number | null
  readonly exitCode: number | null
  readonly killed: boolean
  /** When no socket of the pod listened any more, after SIGTERM, if the target looks at the sockets. */
  readonly socketClosedAt: number | null
  /** The connections in its backlog at that moment. */
  readonly waitingAtClose: number | null
  /** The program that took SIGTERM, as `npm`, if it only started the service; null if the service took it, or that is unknown. */
  readonly wrapper: string | null
}

/** Returns the end of the process: its exit, or the moment when the pod was gone. */
export const endOf = ({ exitedAt, goneAt }: Pick<PodLife, 'exitedAt' | 'goneAt'>): number | null => exitedAt ?? goneAt

/** A process that does not handle SIGTERM, or exits in its handler, is gone within this time, in ms. */
const AT_ONCE = 1_000
/** 128 + 15, the number of SIGTERM. */
export const SIGTERM_CODE = 143

/** A process that is ending closes its sockets at most this much before its exit is seen, in ms. */
const ENDING = 300

type Ending = Pick<PodLife, 'terminatingAt' | 'exitedAt' | 'goneAt' | 'exitCode' | 'wrapper' | 'socketClosedAt'>

/**
 * Returns whether SIGTERM ended a pod: the program that started the service ended by the signal, or the pod was gone at once. A pod that first
 * closed its listener and had something to finish did not end at once.
 */
export function endedAtOnce(life: Ending): boolean {
  const { terminatingAt, exitCode, wrapper, socketClosedAt } = life
  const end = endOf(life)
  if (terminatingAt === null || end === null) return false
  if (exitCode === SIGTERM_CODE && wrapper !== null) return true
  if (socketClosedAt !== null && end - socketClosedAt > ENDING && exitCode !== SIGTERM_CODE) return false
  return goneAtOnce(life)
}

/** Returns whether a pod was gone within a second after SIGTERM. */
export function goneAtOnce(life: Pick<Ending, 'terminatingAt' | 'exitedAt' | 'goneAt'>): boolean {
  const end = endOf(life)
  return life.terminatingAt !== null && end !== null && end - life.terminatingAt < AT_ONCE
}

/** Returns the name under which an earlier life is recorded. The last life has the name of the pod. */
export const earlierName = (pod: string, life: number): string => `${pod} (${life})`

/** Returns the life at that epoch time, out of the lives of one name in order. */
export const lifeAt = <Life extends Pick<PodLife, 'createdAt'>>(lives: readonly Life[], at: number): Life | undefined =>
  lives.findLast(({ createdAt }) => (createdAt ?? 0) <= at) ?? lives[0]

/** `+120 ms after old-1 got SIGTERM`; undefined if the pod had not got SIGTERM by then. */
export function phaseOf({ pod, terminatingAt, goneAt }: PodLife, at: number): string | undefined {
  if (terminatingAt === null || at < terminatingAt) return undefined
  if (goneAt !== null && at >= goneAt) return `+${Math.round(at - goneAt)} ms after ${pod} was gone`
  return `+${Math.round(at - terminatingAt)} ms after ${pod} got SIGTERM`
}
