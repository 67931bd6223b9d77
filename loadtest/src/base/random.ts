/** A seeded source of random numbers. The same seed and labels give the same numbers on every machine. */
export interface Random {
  /** Returns a number, uniform in [0, 1). */
  next(): number
  /** Returns a number, uniform in [min, max). */
  between(min: number, max: number): number
  /** Returns an integer, uniform from min to max, both included. */
  whole(min: number, max: number): number
  /** Returns an exponentially distributed number: the time between two arrivals of a Poisson process. */
  exponential(mean: number): number
}

/**
 * Creates the random numbers for one purpose. Each set of labels has its own stream, so a new client class does not change the
 * load of the others.
 *
 * @example createRandom(7, 'keep-alive', 'http://10.0.0.1:30080')
 */
export function createRandom(seed: number, ...labels: readonly string[]): Random {
  const next = mulberry32(hash([String(seed), ...labels].join('\0')))
  return {
    next,
    between: (min, max) => min + next() * (max - min),
    whole: (min, max) => min + Math.floor(next() * (max - min + 1)),
    exponential: (mean) => -mean * Math.log(1 - next()),
  }
}

/** Returns a function that returns numbers, uniform in [0, 1). The same state gives the same numbers. */
export function mulberry32(state: number): () => number {
  let current = state
  return () => {
    current = (current + 0x6d_2b_79_f5) | 0
    let mixed = Math.imul(current ^ (current >>> 15), 1 | current)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x81_1c_9d_c5
  for (let index = 0; index < text.length; index += 1) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01_00_01_93)
  }
  return value
}
