import { fields, isFields, labels, list, text, texts } from './values.js'

type Labels = Readonly<Record<string, string>>

/** Returns whether all pairs of a selector are among the labels. An empty selector selects nothing. */
export const hasAll = (selector: Labels, podLabels: Labels): boolean =>
  Object.keys(selector).length > 0 && Object.entries(selector).every(([key, value]) => podLabels[key] === value)

/** Returns whether a label selector (`matchLabels`, `matchExpressions`) selects the labels. An empty one selects everything. */
export function selectorMatches(selector: unknown, podLabels: Labels): boolean {
  if (!isFields(selector)) return false
  const pairs = Object.entries(labels(selector['matchLabels']))
  return (
    pairs.every(([key, value]) => podLabels[key] === value) &&
    list(selector['matchExpressions']).every((each) => matches(each, podLabels))
  )
}

function matches(expression: unknown, podLabels: Labels): boolean {
  const { key, operator, values } = fields(expression)
  const value = podLabels[text(key) ?? '']
  switch (operator) {
    case 'In':
      return value !== undefined && texts(values).includes(value)
    case 'NotIn':
      return value === undefined || !texts(values).includes(value)
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
    default:
      return false
  }
}
