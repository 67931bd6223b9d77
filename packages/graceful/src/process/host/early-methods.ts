/*
 * The preload runs before the program. So it replaces `process.exit` and `process.kill` before any code can keep a reference to them, as
 * `const { exit } = process` does. The replacements do what the methods do, until the library asks for the calls.
 */

export type EarlyMethod = 'exit' | 'kill'

/** Returns whether the library has taken the call. */
type Take = (args: readonly unknown[]) => boolean

interface Slot {
  take?: Take | undefined
}

/** All copies of the library find the replacements of the first preload. */
const KEY = Symbol.for('@cloud-communal/graceful/early-methods')

type Replaced = { [KEY]?: Record<EarlyMethod, Slot> }

/** Replaces the methods of a process, once. */
export function replaceEarly(owner: object): void {
  const target = owner as Record<EarlyMethod, (...args: unknown[]) => unknown> & Replaced
  if (target[KEY] !== undefined) return
  const slots: Record<EarlyMethod, Slot> = { exit: {}, kill: {} }
  Object.defineProperty(target, KEY, { value: slots })
  for (const name of ['exit', 'kill'] as const) {
    const original = target[name]
    const slot = slots[name]
    target[name] = (...args) => (slot.take?.(args) === true ? true : Reflect.apply(original, target, args))
  }
}

/**
 * Takes the calls of a method that was replaced early.
 *
 * @returns a function that ends this; undefined if the method was not replaced
 */
export function takeEarly(owner: object, name: EarlyMethod, take: Take): (() => void) | undefined {
  const slot = (owner as Replaced)[KEY]?.[name]
  if (slot === undefined) return undefined
  slot.take = take
  return () => {
    slot.take = undefined
  }
}
