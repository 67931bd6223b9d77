import type { Profile } from './profile.js'

/** Returns the paths whose responses are judged by their status alone. A wrong body is not seen there, which the verdict must say. */
export const byStatusAlone = ({ paths: { read, slow } }: Profile): readonly string[] =>
  [read, ...(slow ? [slow] : [])]
    .filter(({ json, contains }) => !json && contains === undefined)
    .map(({ path }) => path)
