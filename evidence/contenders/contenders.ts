import { readFileSync } from 'node:fs'

/** Something that stops a Node HTTP service: the library, and its peers. */
export interface Contender {
  readonly name: string
  /** The npm packages that it is made of; none for Node itself. */
  readonly packages: readonly string[]
  readonly fixture: URL
  /** Its probes, where it has some. */
  readonly probes?: { readonly readiness: string; readonly liveness: string }
  /** It runs the application's own clean-up. */
  readonly hooks?: true
  /** It has an option for how long to go on serving after the signal. */
  readonly delay?: true
  /** It tells the application that the drain starts. */
  readonly drainEvent?: true
  /** The lowest major version of Node that it runs on, where that is above 20. */
  readonly node?: number
}

const fixture = (file: string): URL => new URL(`${file}.mjs`, import.meta.url)

export const OURS = 'graceful'

/** A new contender is one file in `contenders/` and one entry here. */
export const contenders: readonly Contender[] = [
  {
    name: OURS,
    packages: [],
    fixture: fixture('graceful'),
    probes: { readiness: '/readyz', liveness: '/livez' },
    hooks: true,
    delay: true,
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
  { name: 'close-with-grace', packages: ['close-with-grace'], fixture: fixture('close-with-grace'), hooks: true },
  { name: 'fastify', packages: ['fastify', 'close-with-grace'], fixture: fixture('fastify'), hooks: true },
  { name: 'server.close()', packages: [], fixture: fixture('server-close') },
]

/** The versions that a contender is made of, as its column's heading tells them. */
export function versions({ packages }: Contender): string {
  return packages.map((name) => `${name} ${versionOf(name)}`).join(' + ')
}

function versionOf(name: string): string {
  const file = new URL(`../node_modules/${name}/package.json`, import.meta.url)
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}
