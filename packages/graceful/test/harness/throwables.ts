const fail = (): never => {
  throw new Error('planted in what was thrown')
}

/** What JavaScript lets one throw, and `String` cannot put into words. */
export const throwables: readonly (readonly [string, unknown])[] = [
  ['an object without a prototype', Object.create(null)],
  ['an object whose toString throws', { toString: fail }],
  ['an object that throws when it is inspected', { toString: fail, [Symbol.for('nodejs.util.inspect.custom')]: fail }],
  ['an object that throws when asked what it is', new Proxy({}, { getPrototypeOf: fail, get: fail })],
  [
    'an error that throws when read',
    Object.defineProperties(new Error('hidden'), { message: { get: fail }, stack: { get: fail } }),
  ],
  [
    'an error whose message is no text',
    Object.defineProperties(new Error('hidden'), {
      message: { value: Object.create(null) as unknown },
      stack: { value: Object.create(null) as unknown },
    }),
  ],
]
