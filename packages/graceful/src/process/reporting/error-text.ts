import { inspect } from 'node:util'

/** Code can throw any value, even one that throws when it is inspected: a proxy, or an object with a failing getter. */
const UNREADABLE = 'an error that cannot be converted to text'

/** Returns the message of an error, or the text of any other thrown value. Never throws. */
export const errorMessage = (error: unknown): string => textOf(error, ({ message }) => message)

/** Returns the stack of an error, or its message if it has no stack, or the text of any other thrown value. Never throws. */
export const errorStack = (error: unknown): string => textOf(error, ({ stack, message }) => stack ?? message)

function textOf(error: unknown, read: (error: Error) => unknown): string {
  try {
    if (!(error instanceof Error)) return inspect(error)
    const text = read(error)
    return typeof text === 'string' ? text : inspect(text)
  } catch {
    return UNREADABLE
  }
}
