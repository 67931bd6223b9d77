/** The last line of a client program: the CPU time of its process while it sent requests. */
export interface ClientUsage {
  readonly cpuMs: number
}

/** The arguments of a client program. */
export interface ClientArguments {
  readonly url: string
  readonly rate: number
  readonly ms: number
  readonly reuse: boolean
}

/** Reads the arguments of this process: the URL, the rate, the time in ms, and `reuse` or `new`. */
export function readArguments(): ClientArguments {
  const [url = '', rate = '', ms = '', connections = ''] = process.argv.slice(2)
  return { url, rate: Number(rate), ms: Number(ms), reuse: connections === 'reuse' }
}

/** Returns a function that prints the usage since now. */
export function measure(): () => void {
  const before = process.cpuUsage()
  return () => {
    const { user, system } = process.cpuUsage(before)
    const usage: ClientUsage = { cpuMs: (user + system) / 1_000 }
    console.log(JSON.stringify(usage))
  }
}
