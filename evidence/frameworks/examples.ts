import { readFileSync } from 'node:fs'
import { ROOT } from '../base/zero-drop.ts'
import { withCollector } from './loads/collector.ts'
import { grpc } from './loads/grpc.ts'
import { http } from './loads/http.ts'
import { jobs } from './loads/jobs.ts'
import type { Load } from './loads/load.ts'
import { socketIo } from './loads/socket-io.ts'
import { webSockets } from './loads/web-sockets.ts'

/** One service in `examples/`, set up as the documentation of its framework says. */
export interface Example {
  /** The name of its folder and of its value for `--only`. */
  readonly name: string
  /** The name in the table. */
  readonly title: string
  /** The package whose version the table shows. */
  readonly package: string
  readonly load: Load
  /** Its installation or its build takes long: `--light` leaves it out. */
  readonly heavy?: true
  /**
   * Returns whether the service's own clean-up finished.
   *
   * @param output its stdout and stderr
   * @param answered the ids of the answered requests
   */
  readonly cleanedUp?: (output: string, answered: readonly string[]) => boolean
}

const logged = (output: string): boolean => /^clean-up finished$/mu.test(output)

/** Whether each function that a request gave to `after()` has run. */
const afterEach = (output: string, answered: readonly string[]): boolean => {
  const ran = new Set([...output.matchAll(/^after (\S+)$/gmu)].map(([, id]) => id))
  return answered.every((id) => ran.has(id))
}

const graphql = http({
  request: (id, ms) =>
    `GET /?query=${encodeURIComponent(`{work(id:"${id}",ms:${ms})}`)} HTTP/1.1\r\nHost: example\r\nApollo-Require-Preflight: 1\r\n\r\n`,
})

const chat = http({
  request(id, ms) {
    const body = JSON.stringify({ id, ms })
    return `POST /chat HTTP/1.1\r\nHost: example\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`
  },
  // An answer is a stream of many parts, so that a service serves fewer of them.
  every: 100,
  busyClients: 2,
})

/** To add an example, add a folder in `examples/` and one entry here. */
export const examples: readonly Example[] = [
  { name: 'express-4', title: 'Express', package: 'express', load: http(), cleanedUp: logged },
  { name: 'express-5', title: 'Express', package: 'express', load: http(), cleanedUp: logged },
  { name: 'fastify', title: 'Fastify, close-with-grace', package: 'fastify', load: http(), cleanedUp: logged },
  { name: 'koa', title: 'Koa', package: 'koa', load: http() },
  { name: 'hono', title: 'Hono', package: 'hono', load: http(), cleanedUp: logged },
  { name: 'hapi', title: 'hapi', package: '@hapi/hapi', load: http(), cleanedUp: logged },
  { name: 'nestjs', title: 'NestJS', package: '@nestjs/core', load: http(), cleanedUp: logged, heavy: true },
  { name: 'nextjs', title: 'Next.js, standalone', package: 'next', load: http(), cleanedUp: afterEach, heavy: true },
  { name: 'nitro', title: 'Nitro', package: 'nitropack', load: http(), cleanedUp: logged, heavy: true },
  { name: 'srvx', title: 'srvx', package: 'srvx', load: http() },
  { name: 'sveltekit', title: 'SvelteKit', package: '@sveltejs/kit', load: http(), cleanedUp: logged, heavy: true },
  { name: 'astro', title: 'Astro', package: 'astro', load: http(), heavy: true },
  { name: 'apollo', title: 'Apollo Server', package: '@apollo/server', load: graphql, cleanedUp: logged },
  { name: 'socket.io', title: 'Socket.IO', package: 'socket.io', load: socketIo, cleanedUp: logged },
  { name: 'ws', title: 'ws', package: 'ws', load: webSockets, cleanedUp: logged },
  { name: 'grpc', title: 'gRPC', package: '@grpc/grpc-js', load: grpc, cleanedUp: logged },
  {
    name: 'queue-worker',
    title: 'pg-boss, a worker without a server',
    package: 'pg-boss',
    load: jobs,
    cleanedUp: logged,
  },
  { name: 'llm-stream', title: 'AI SDK, a stream over POST', package: 'ai', load: chat, cleanedUp: logged },
  {
    name: 'opentelemetry',
    title: 'OpenTelemetry, Express',
    package: '@opentelemetry/sdk-node',
    load: withCollector(http()),
    cleanedUp: logged,
  },
]

interface Manifest {
  readonly scripts: { readonly start: string; readonly build?: string }
  readonly dependencies: Readonly<Record<string, string>>
}

/** Returns the folder of an example in the repository, with a slash at its end. */
export const sourceOf = ({ name }: Pick<Example, 'name'>): string => `${ROOT}examples/${name}/`

export const manifestOf = (folder: string): Manifest =>
  JSON.parse(readFileSync(`${folder}package.json`, 'utf8')) as Manifest

/** Returns the title of an example with the version of its package, such as `Koa 3.3.0`. */
export function titleOf(example: Example): string {
  const version = manifestOf(sourceOf(example)).dependencies[example.package]
  const [name = '', ...rest] = example.title.split(',')
  return [`${name} ${version}`, ...rest].join(',')
}
