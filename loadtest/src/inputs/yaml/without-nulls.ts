/** Removes the fields that hold null. They count as missing, as in kubectl; Helm renders such fields. */
export function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([, each]) => each !== null)
  return Object.fromEntries(entries.map(([key, each]: [string, unknown]) => [key, withoutNulls(each)]))
}
