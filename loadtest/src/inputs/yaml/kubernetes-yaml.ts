import type { DocumentOptions, ParseOptions, SchemaOptions, Tags } from 'yaml'

/** Parts of YAML 1.1 that the parser of kubectl does not have: base 60, dates, and types that JSON does not have. */
const NOT_IN_KUBECTL = /:(?:timestamp|binary|omap|pairs|set)$/u

/**
 * Reads YAML as kubectl does, with the types of YAML 1.1: `yes`, `on` and `y` are true, `0400` is octal, and `<<` merges a map.
 *
 * Source: https://github.com/kubernetes-sigs/yaml
 */
export const KUBERNETES_YAML: ParseOptions & DocumentOptions & SchemaOptions = {
  schema: 'yaml-1.1',
  merge: true,
  customTags: (tags: Tags): Tags =>
    tags.filter((tag) => typeof tag === 'string' || !(NOT_IN_KUBECTL.test(tag.tag) || isBase60(tag))).map(withDigit),
}

const isBase60 = (tag: Exclude<Tags[number], string>): boolean => 'format' in tag && tag.format === 'TIME'

/** The parser takes `.` and `e2` for numbers, which are text for kubectl. */
function withDigit(tag: Tags[number]): Tags[number] {
  if (typeof tag === 'string' || !tag.tag.endsWith(':float') || !('test' in tag) || tag.test === undefined) return tag
  return { ...tag, test: new RegExp(`^(?=[-+]?\\.?[0-9]|[-+]?\\.[iIN]|\\.n)${tag.test.source.slice(1)}`, 'u') }
}
