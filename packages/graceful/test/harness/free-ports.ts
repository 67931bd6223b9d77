import { createServer } from 'node:net'

/** Ports below those that Linux gives to clients, which could take one between the check and its use. */
const FIRST_PORT = 10_000
const LAST_PORT = 32_000

/** Returns ports that are free now. A program with the preload needs fixed ports, because a port that the system chooses is no service. */
export async function freePorts(count: number): Promise<number[]> {
  const free = new Set<number>()
  while (free.size < count) {
    const port = FIRST_PORT + Math.floor(Math.random() * (LAST_PORT - FIRST_PORT))
    // oxlint-disable-next-line no-await-in-loop -- one port after another, until there are enough
    if (await isFree(port)) free.add(port)
  }
  return [...free]
}

async function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.on('error', () => resolve(false))
    server.listen(port, () => server.close(() => resolve(true)))
  })
}
