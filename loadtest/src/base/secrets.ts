/**
 * The values that zero-drop must not print: it sends them, and the service, its log or an error can hold them. They are state of the
 * process, because every output must leave them out, however far it is from the place that knows them.
 */
const secrets = new Set<string>()

/** A shorter text is part of too many words to be replaced. */
const SHORTEST = 4
export const MASK = '***'

/** Adds a value that must not be printed. Texts with fewer than 4 characters are ignored. */
export function keepSecret(value: string): void {
  if (value.length >= SHORTEST) secrets.add(value)
}

/** Returns a text in which every secret is `***`. */
export function withoutSecrets(text: string): string {
  let masked = text
  // The longest first: one secret can be part of another, as a token of its header.
  for (const secret of [...secrets].toSorted((a, b) => b.length - a.length)) masked = masked.replaceAll(secret, MASK)
  return masked
}

/** Returns a value of plain data in which every secret is `***` in every text. */
export function withoutSecretsIn<T>(value: T): T {
  return secrets.size === 0 ? value : (maskAll(value) as T)
}

function maskAll(value: unknown): unknown {
  if (typeof value === 'string') return withoutSecrets(value)
  if (Array.isArray(value)) return value.map(maskAll)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, each]: [string, unknown]) => [withoutSecrets(key), maskAll(each)]),
  )
}
