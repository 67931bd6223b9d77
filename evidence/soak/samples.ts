const MIB = 1024 * 1024

/** How far the JavaScript heap of the last third, after a collection, may exceed that of the middle third. */
const HEAP_SLACK = 4 * MIB
/** The bytes that the ledger keeps of each request, including the spare room of its columns. */
const PER_REQUEST = 64
/** The bytes of all other buffers. */
const OTHER_BUFFERS = 32 * MIB

/** The memory of the load test at one moment, in bytes. */
export interface Sample {
  readonly seconds: number
  readonly heap: number
  readonly buffers: number
  readonly rss: number
  readonly attempts: number
}

export const mib = (bytes: number): string => `${(bytes / MIB).toFixed(1)} MiB`

const highest = (samples: readonly Sample[], what: 'heap' | 'rss'): number =>
  Math.max(0, ...samples.map((sample) => sample[what]))

/** The figures of a whole soak, in bytes. */
export interface Memory {
  /** The highest heap in the middle third and in the last. */
  readonly middle: number
  readonly last: number
  readonly rss: number
  /** At the end. */
  readonly buffers: number
}

export function memoryOf(samples: readonly Sample[]): Memory {
  const third = Math.floor(samples.length / 3)
  return {
    middle: highest(samples.slice(third, 2 * third), 'heap'),
    last: highest(samples.slice(2 * third), 'heap'),
    rss: highest(samples, 'rss'),
    buffers: samples.at(-1)?.buffers ?? 0,
  }
}

/** Returns a sentence for each reason why the memory of a soak with so many requests is not bounded. */
export function unbounded(samples: readonly Sample[], requests: number): string[] {
  if (samples.length < 6) return ['too few samples: raise --seconds to 60 or more']
  const { middle, last, buffers } = memoryOf(samples)
  return [
    ...(last > middle + HEAP_SLACK
      ? [`the heap grows: ${mib(middle)} in the middle third, ${mib(last)} in the last third`]
      : []),
    ...(buffers > requests * PER_REQUEST + OTHER_BUFFERS
      ? [`the buffers (${mib(buffers)}) exceed ${PER_REQUEST} bytes per request`]
      : []),
  ]
}

/**
 * Returns a sentence if a whole second of requests waits for a response. The machine cannot carry the load then: the requests in flight
 * would grow until the process has no file descriptor left.
 */
export function overloaded(inFlight: number, rate: number, seconds: number): string | undefined {
  if (inFlight <= rate) return undefined
  return `${inFlight} requests were in flight after ${seconds} s: this machine is too slow or too busy for --rate ${rate}; close other programs, or give a lower rate`
}
