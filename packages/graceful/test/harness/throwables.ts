const fail = (): never => {
  throw new Error('test error of a thrown value')
}

/** Values that JavaScript code can throw, but that `String` cannot convert. */
export const throwables: readonly (readonly [string, unknown])[] = [
  ['an object without a prototype', Object.create(null)],
  ['an object whose toString throws', { toString: fail }],
  ['an object that throws when it is inspected', { toString: fail, [Symbol.for('nodejs.util.inspect.custom')]: fail }],
  ['a proxy that throws on every access', new Proxy({}, { getPrototypeOf: fail, get: fail })],
  [
    'an error whose properties throw when they are read',
    Object.defineProperties(new Error('hidden'), { message: { get: fail }, stack: { get: fail } }),
  ],
  [
    'an error whose message is not a string',
    Object.defineProperties(new Error('hidden'), {
      message: { value: Object.create(null) as unknown },
      stack: { value: Object.create(null) as unknown },
    }),
  ],
]
