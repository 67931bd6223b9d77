/** Groups items by a key, in their order. */
export const groupBy = <T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, readonly T[]> =>
  inverse(items, (item) => [keyOf(item)])

/** Returns a function that computes the value of each key once. */
export function memo<K extends object, V>(compute: (key: K) => V): (key: K) => V {
  const known = new Map<K, V>()
  return (key) => {
    if (!known.has(key)) known.set(key, compute(key))
    return known.get(key) as V
  }
}

/** Returns a function that computes its value at the first call. */
export function once<V>(compute: () => V): () => V {
  let known: { readonly value: V } | undefined
  return () => (known ??= { value: compute() }).value
}

/** Returns for each value the keys that lead to it, in the order of the keys. */
export function inverse<K, V>(keys: readonly K[], valuesOf: (key: K) => readonly V[]): ReadonlyMap<V, readonly K[]> {
  const found = new Map<V, K[]>()
  for (const key of keys) {
    for (const value of valuesOf(key)) {
      const before = found.get(value)
      if (before === undefined) found.set(value, [key])
      else before.push(key)
    }
  }
  return found
}
