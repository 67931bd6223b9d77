import { parseArgs } from 'node:util'
import { pick } from '../base/flags.ts'
import { markdown, write } from './document.ts'
import type { Section } from './section.ts'
import { clientsSection } from './sections/clients.ts'
import { delaySection } from './sections/delay.ts'
import { heldSection } from './sections/held.ts'
import { http2Section } from './sections/http2.ts'
import { manyConnectionsSection } from './sections/many-connections.ts'
import { memorySection } from './sections/memory.ts'
import { keepAliveSection, newConnectionSection, preloadSection } from './sections/per-request.ts'
import { webSocketsSection } from './sections/web-sockets.ts'

/** In the order of the page. To add a section, write one file in `sections/` and add one line here. */
const sections: readonly Section[] = [
  keepAliveSection,
  newConnectionSection,
  preloadSection,
  memorySection,
  manyConnectionsSection,
  delaySection,
  webSocketsSection,
  http2Section,
  heldSection,
  clientsSection,
]

const ids = sections.map(({ id }) => id).join(', ')
export const usage = `pnpm evidence bench [flags]
  --only a,b   sections: ${ids}; default: all, one after the other
  --quick      fewer rounds and connections, to try it out: prints the results and writes nothing`

/** Exit codes: 0. */
export async function run(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { only: { type: 'string' }, quick: { type: 'boolean', default: false } },
  })
  const chosen = pick('--only', values.only, sections, ({ id }) => id)
  for (const section of chosen) {
    console.log(`\n# ${section.title}`)
    const findings = await section.measure({ quick: values.quick, log: (line) => console.log(line) })
    console.log(markdown(section, findings))
    if (!values.quick) await write(sections, section, findings)
  }
  if (values.quick) console.log('nothing written, since --quick was given')
  return 0
}
