import { inspect } from 'node:util'

/** What is thrown need not be an error, and may refuse to be looked at: a proxy, a getter that throws. */
const WORDLESS = 'something that cannot be put into words'

/** What an error says, or what was thrown instead of one. Never throws. */
export const errorMessage = (error: unknown): string => inWords(error, ({ message }) => message)

/** The same with the stack, where there is one. */
export const errorStack = (error: unknown): string => inWords(error, ({ stack, message }) => stack ?? message)

function inWords(error: unknown, look: (error: Error) => unknown): string {
  try {
    if (!(error instanceof Error)) return inspect(error)
    const said = look(error)
    return typeof said === 'string' ? said : inspect(said)
  } catch {
    return WORDLESS
  }
}
