/** The path of a field in an object: `['spec', 'template', 'spec', 'containers', 0]`. */
export type Path = readonly (string | number)[]

export type Fields = Readonly<Record<string, unknown>>

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Returns a map of fields, or an empty one for anything else. */
export const fields = (value: unknown): Fields => (isFields(value) ? value : {})

export const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

export const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

export const texts = (value: unknown): readonly string[] =>
  list(value).filter((each): each is string => typeof each === 'string')

export const whole = (value: unknown): number | undefined => (Number.isInteger(value) ? (value as number) : undefined)

/** Returns whether a later tool fills in the value: `$IMAGE` of envsubst, `${REPLICAS}` of Flux, `$(TAG)` of Tekton, `<tag>`, `{{ tag }}`. */
export const isPlaceholder = (value: unknown): boolean =>
  typeof value === 'string' && /\$[{(A-Za-z_]|\{\{|^<.*>$/u.test(value)

/** A number of pods. A number that is filled in later counts as several. */
export const podCount = (value: unknown): number | undefined => whole(value) ?? (isPlaceholder(value) ? 2 : undefined)

/** A number, or a percentage such as `25%`. */
export const amount = (value: unknown): number | string | undefined =>
  whole(value) ?? (typeof value === 'string' && /^\d+%$/u.test(value) ? value : undefined)

/** Labels and annotations. Values that YAML reads as numbers or booleans become text. */
export const labels = (value: unknown): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(fields(value)).flatMap(([key, each]) =>
      ['string', 'number', 'boolean'].includes(typeof each) ? [[key, String(each)]] : [],
    ),
  )

/** Returns a field below a value, or undefined if it does not exist. */
export function dig(value: unknown, path: Path): unknown {
  let found = value
  for (const key of path) found = (found as Record<string | number, unknown> | null | undefined)?.[key]
  return found
}

/** @example pathText(['spec', 'ports', 0, 'targetPort']) // 'spec.ports[0].targetPort' */
export const pathText = (path: Path): string =>
  path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`))
    .join('')
    .replace(/^\./u, '')

/** Returns a number of pods. `round` is the rounding of a percentage. */
export const podsOf = (value: number | string, replicas: number, round: (value: number) => number): number =>
  typeof value === 'number' ? value : round((Number.parseInt(value, 10) * replicas) / 100)

const UNITS: Readonly<Record<string, number>> = {
  h: 3_600,
  m: 60,
  s: 1,
  ms: 0.001,
  us: 0.000_001,
  µs: 0.000_001,
  ns: 0.000_000_001,
}

/**
 * Returns a duration as proxies write it, in seconds. 0 and `infinity` are no limit.
 *
 * @example seconds('1h30m') // 5400
 */
export function seconds(value: unknown): number | undefined {
  if (value === 'infinity' || value === 'infinite') return Infinity
  if (typeof value !== 'number' && typeof value !== 'string') return undefined
  const given = String(value)
  const parts = [...given.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s|us|µs|ns)/gu)]
  if (parts.map(([part]) => part).join('') !== given)
    return /^\d+$/u.test(given) ? Number(given) || Infinity : undefined
  return parts.reduce((sum, [, number, unit]) => sum + Number(number) * (UNITS[unit ?? ''] ?? 0), 0) || Infinity
}
