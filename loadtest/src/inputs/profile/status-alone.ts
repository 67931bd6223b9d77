import type { Profile, ReadPath } from './profile.js'

/** Returns the paths whose responses are judged by their status alone. A wrong body is not seen there, which the verdict must say. */
export const byStatusAlone = ({ paths: { read, slow } }: Profile): readonly string[] =>
  [read, ...(slow ? [slow] : [])]
    .filter(({ json, contains }) => !json && contains === undefined)
    .map(({ path }) => path)

/**
 * Returns the paths whose bodies are checked, but do not show to which request they belong: the service does not return the id of the
 * request, and the checks do not contain it. The response to another request is not seen there.
 */
export function unmatched({ requestId, paths: { read, slow, stream } }: Profile): readonly string[] {
  if (requestId.echoed) return []
  const checked = [read, ...(slow ? [slow] : [])].filter(
    (each) => (each.json || each.contains !== undefined) && !holdsId(each),
  )
  return [...checked, ...(stream ? [stream] : [])].map(({ path }) => path)
}

const holdsId = ({ contains = '', json }: ReadPath): boolean => `${contains}${JSON.stringify(json)}`.includes('{id}')
