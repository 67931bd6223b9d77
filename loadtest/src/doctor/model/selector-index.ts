import { inverse } from './lookup.js'

type Labels = Readonly<Record<string, string>>

/** Finds items by the pairs of a selector without a look at every item. */
export class SelectorIndex<T> {
  readonly #items: readonly T[]
  readonly #byPair: ReadonlyMap<string, readonly T[]>

  /** @param labelSetsOf the sets of labels that an item has at some time */
  constructor(items: readonly T[], labelSetsOf: (item: T) => readonly Labels[]) {
    this.#items = items
    this.#byPair = inverse(items, (item) => [
      ...new Set(labelSetsOf(item).flatMap((labels) => Object.entries(labels).map(keyOf))),
    ])
  }

  /** Returns the items with the rarest pair, in their order: all that have every pair, and perhaps others. */
  candidates(selector: Labels): readonly T[] {
    let best = this.#items
    for (const pair of Object.entries(selector)) {
      const found = this.#byPair.get(keyOf(pair)) ?? []
      if (found.length < best.length) best = found
    }
    return best
  }
}

const keyOf = (pair: readonly [string, string]): string => JSON.stringify(pair)
