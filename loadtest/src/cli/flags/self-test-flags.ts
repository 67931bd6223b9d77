import type { Flag } from './flag.js'

/** Every flag of `zero-drop self-test`, in the order of its help. */
export const SELF_TEST_FLAGS: readonly Flag[] = [
  { name: 'json', group: 'Output', help: 'print the result to stdout as JSON' },
  { name: 'help', group: 'Output', help: 'print this' },
]
