import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { evidence } from '../cli/evidence.ts'
import { names } from '../cli/names.ts'

/** Runs a command line in this process. */
async function run(...args: string[]): Promise<{ status: number; stdout: string; stderr: string }> {
  const spies = [vi.spyOn(console, 'log'), vi.spyOn(console, 'error')]
  onTestFinished(() => void vi.restoreAllMocks())
  for (const spy of spies) spy.mockImplementation(() => {})
  const status = await evidence(args)
  const [stdout = '', stderr = ''] = spies.map(({ mock }) => mock.calls.map((line) => line.join(' ')).join('\n'))
  vi.restoreAllMocks()
  return { status, stdout, stderr }
}

describe('pnpm evidence', () => {
  it('lists every name with one line', async () => {
    const { status, stdout } = await run()
    expect(status).toBe(0)
    const lines = stdout.split('\n').filter((line) => line.startsWith('  '))
    expect(lines.map((line) => line.trim().split(/\s+/)[0])).toEqual(names.map(({ name }) => name))
  })

  it('suggests a name for an unknown one, and exits with 2', async () => {
    expect(await run('conformence')).toEqual({
      status: 2,
      stdout: '',
      stderr: 'unknown name `conformence`: did you mean `conformance`?',
    })
    expect(await run('xyz')).toMatchObject({
      status: 2,
      stderr: 'unknown name `xyz`: `pnpm evidence` lists the names',
    })
  })

  it.each(names)('shows the flags of $name', async ({ name, load }) => {
    const { usage } = await load()
    expect(usage).toMatch(new RegExp(`^pnpm evidence ${name} `))
  })

  it.each([
    [
      'conformance',
      ['--contender', 'nobody'],
      /^conformance: --contender: unknown value 'nobody'; accepted: graceful, /,
    ],
    ['bench', ['--only', 'nothing'], /^bench: --only: unknown value 'nothing'; accepted: cpu, /],
    ['frameworks', ['--only', 'rails'], /^frameworks: --only: unknown value 'rails'; accepted: express-4, /],
    [
      'simulate',
      ['--terminations', '0'],
      /^simulate: --terminations: invalid value '0'; accepted: a whole number of at/,
    ],
    ['doctor', ['--target', 'url'], /^doctor: --target: invalid value 'url'; accepted: local, kubernetes/],
    ['doctor', ['--only', 'no-pdb'], /^doctor: --only: unknown value 'no-pdb'; accepted: no-readiness-probe, /],
    ['planted', ['--in', 'Ruby'], /^planted: --in: unknown value 'Ruby'; accepted: Node, /],
    ['headline', ['--rate', '1.5'], /^headline: --rate: invalid value '1.5'; accepted: a whole number/],
    ['compare', ['--side', 'kubernetes'], /^compare: --side kubernetes requires --url for each node/],
    [
      'prove:store',
      ['--rate', '1000'],
      /^prove:store: --rate: invalid value '1000'; accepted: a whole number from 1 to 999/,
    ],
    ['prove:store:kubernetes', [], /^prove:store:kubernetes: --image is required/],
    ['soak:memory', ['--minutes', '1'], /^soak:memory: Unknown option '--minutes'/],
  ])('%s refuses a wrong command line with its usage, and exits with 2', async (name, args, message) => {
    const { status, stderr } = await run(name, ...args)
    expect(stderr).toMatch(message)
    expect(stderr).toContain(`\n\npnpm evidence ${name} `)
    expect(status).toBe(2)
  })
})
