import { readFileSync } from 'node:fs'

/** A way to shut down a Node HTTP service: the library, one of its peers, or no library at all. */
export interface Contender {
  readonly name: string
  /** The npm packages that it consists of. Empty for Node alone. */
  readonly packages: readonly string[]
  /** The program that sets it up and starts the application. */
  readonly fixture: URL
  /** The paths of its probes. */
  readonly probes?: { readonly readiness: string; readonly liveness: string }
  /**
   * Argument of Node with which it shuts down a program that has no code for it. Without one, the workers of a cluster run {@link fixture}.
   */
  readonly preload?: string
  /** The program that sets it up for a worker that has no server. */
  readonly worker?: URL
  /** It runs the application's own cleanup. */
  readonly hooks?: true
  /** Its options or its documentation say how to keep serving for a while after the signal. */
  readonly delay?: true
  /** Its delay can depend on the traffic: it takes `{ min, expected, max }`. */
  readonly adaptiveDelay?: true
  /** It notifies the application when the drain starts. */
  readonly drainEvent?: true
  /** It brings its own server and routing, so it cannot serve another application's routes at the same cost. */
  readonly framework?: true
  /** It serves HTTP/2 only over TLS. */
  readonly cleartextHttp2?: false
  /** Only the conformance table has it, so that the benchmarks and the headline stay short. */
  readonly onlyConformance?: true
  /** The lowest major version of Node that it supports, if above 20. */
  readonly node?: number
}

const fixture = (file: string): URL => new URL(`${file}.mjs`, import.meta.url)

/** The name of this project's library among the contenders. */
export const OURS = 'graceful'
/** The contender that does nothing before the signal: the baseline of the benchmarks. */
export const BARE = 'server.close()'

/** To add a contender, write one program in this folder and add one entry here. */
export const contenders: readonly Contender[] = [
  {
    name: OURS,
    packages: [],
    fixture: fixture('graceful'),
    preload: `--import=${import.meta.resolve('@cloud-communal/graceful/register')}`,
    worker: fixture('workers/graceful'),
    probes: { readiness: '/readyz', liveness: '/livez' },
    hooks: true,
    delay: true,
    adaptiveDelay: true,
    drainEvent: true,
  },
  {
    name: 'terminus',
    packages: ['@godaddy/terminus'],
    fixture: fixture('terminus'),
    probes: { readiness: '/readyz', liveness: '/livez' },
    hooks: true,
    delay: true,
  },
  {
    name: 'lightship',
    packages: ['lightship'],
    fixture: fixture('lightship'),
    worker: fixture('workers/lightship'),
    probes: { readiness: '/ready', liveness: '/live' },
    hooks: true,
    delay: true,
    node: 22,
  },
  {
    name: 'http-graceful-shutdown',
    packages: ['http-graceful-shutdown'],
    fixture: fixture('http-graceful-shutdown'),
    hooks: true,
    delay: true,
  },
  { name: 'http-terminator', packages: ['http-terminator'], fixture: fixture('http-terminator') },
  { name: 'stoppable', packages: ['stoppable'], fixture: fixture('stoppable') },
  {
    name: 'close-with-grace',
    packages: ['close-with-grace'],
    fixture: fixture('close-with-grace'),
    worker: fixture('workers/close-with-grace'),
    hooks: true,
  },
  {
    name: 'fastify',
    packages: ['fastify', 'close-with-grace'],
    fixture: fixture('fastify'),
    hooks: true,
    framework: true,
  },
  {
    name: 'http-shutdown',
    packages: ['http-shutdown'],
    fixture: fixture('http-shutdown'),
    onlyConformance: true,
  },
  {
    name: 'lil-http-terminator',
    packages: ['lil-http-terminator'],
    fixture: fixture('lil-http-terminator'),
    onlyConformance: true,
  },
  {
    name: 'graceful-server',
    packages: ['@gquittet/graceful-server'],
    fixture: fixture('graceful-server'),
    probes: { readiness: '/ready', liveness: '/live' },
    hooks: true,
    delay: true,
    onlyConformance: true,
  },
  {
    name: 'srvx',
    packages: ['srvx'],
    fixture: fixture('srvx'),
    framework: true,
    cleartextHttp2: false,
    onlyConformance: true,
  },
  { name: BARE, packages: [], fixture: fixture('server-close'), worker: fixture('workers/node') },
]

/** A service that ends at SIGTERM. Only the headline includes it: it passes no row of the conformance table. */
export const naive: Contender = { name: 'naive', packages: [], fixture: fixture('naive') }

/** The contenders of the benchmarks and the headline. */
export const measured: readonly Contender[] = contenders.filter(({ onlyConformance }) => !onlyConformance)

/** Those of them that can serve any application. */
export const layers: readonly Contender[] = measured.filter(({ framework }) => !framework)

/** Returns the packages of a contender with their versions, such as `stoppable 1.1.0`. */
export function versions({ packages }: Contender): string {
  return packages.map((name) => `${name} ${versionOf(name)}`).join(' + ')
}

function versionOf(name: string): string {
  const file = new URL(`../node_modules/${name}/package.json`, import.meta.url)
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}
