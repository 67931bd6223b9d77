import type { Cell } from '../table.js'

export type Pair<Value> = readonly [Value, Value]

/** One line of a comparison. The change is empty where a difference says nothing. */
export interface Row {
  readonly name: string
  readonly cells: Pair<Cell>
  readonly change: string
}

export const both = <From, To>([first, second]: Pair<From>, of: (value: From) => To): Pair<To> => [
  of(first),
  of(second),
]

export const plain = (name: string, texts: Pair<string>): Row => ({
  name,
  cells: both(texts, (text) => ({ text })),
  change: texts[0] === texts[1] ? 'same' : 'differs',
})

/** @param bad a value above 0 is a fault */
export function numeric(name: string, values: Pair<number | null>, show: (value: number) => string, bad = false): Row {
  const [before, after] = values
  const cell = (value: number | null): Cell => {
    const text = value === null ? '–' : show(value)
    return bad && value !== null && value > 0 ? { text, tone: 'bad' } : { text }
  }
  const difference = before === null || after === null ? null : after - before
  const change =
    difference === null
      ? ''
      : difference === 0 || show(before ?? 0) === show(after ?? 0)
        ? 'same'
        : `${difference > 0 ? '+' : '−'}${show(Math.abs(difference))}`
  return { name, cells: both(values, cell), change }
}
