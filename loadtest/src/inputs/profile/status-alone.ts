import type { Profile } from './profile.js'

/** The paths whose answers are taken for good by their status: a wrong body goes unseen there, and a verdict must say so. */
export const byStatusAlone = ({ paths: { read, slow } }: Profile): readonly string[] =>
  [read, ...(slow ? [slow] : [])]
    .filter(({ json, contains }) => !json && contains === undefined)
    .map(({ path }) => path)
