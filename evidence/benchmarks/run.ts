import { parseArgs } from 'node:util'
import { markdown, write } from './document.ts'
import type { Findings, Section } from './section.ts'
import { delaySection } from './sections/delay.ts'
import { http2Section } from './sections/http2.ts'
import { manyConnectionsSection } from './sections/many-connections.ts'
import { memorySection } from './sections/memory.ts'
import { keepAliveSection, newConnectionSection } from './sections/per-request.ts'
import { webSocketsSection } from './sections/web-sockets.ts'

/** In the order of the document. A new question is one file in `sections/` and its line here. */
const sections: readonly Section[] = [
  keepAliveSection,
  newConnectionSection,
  memorySection,
  manyConnectionsSection,
  delaySection,
  webSocketsSection,
  http2Section,
]

const ids = sections.map(({ id }) => id).join(', ')
const usage = `pnpm bench [options]
  --only a,b   of ${ids}; default: all, one after the other
  --quick      fewer rounds and connections, for a look: prints, and writes nothing`

function readArguments(): { readonly only: readonly Section[]; readonly quick: boolean } {
  const { values } = parseArgs({ options: { only: { type: 'string' }, quick: { type: 'boolean', default: false } } })
  const only = values.only?.split(',').map((id) => {
    const section = sections.find((one) => one.id === id)
    if (section === undefined) throw new Error(`--only: there is no '${id}'; there are ${ids}`)
    return section
  })
  return { only: only ?? sections, quick: values.quick }
}

/** Exit codes: 0 measured, 2 the command line is wrong. */
async function main(): Promise<number> {
  let args: ReturnType<typeof readArguments>
  try {
    args = readArguments()
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${usage}`)
    return 2
  }
  const measured = new Map<Section, Findings | string>()
  for (const section of args.only) {
    console.log(`\n# ${section.title}`)
    const findings = await section.measure({ quick: args.quick, log: (line) => console.log(line) })
    measured.set(section, findings)
    console.log(markdown(section, findings))
    if (!args.quick) await write(sections, measured)
  }
  console.log(args.quick ? 'nothing written: leave --quick out for that' : 'written to docs/benchmarks.md')
  return 0
}

process.exitCode = await main()
