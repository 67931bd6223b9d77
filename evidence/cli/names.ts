import type { Program } from '../base/program.ts'

/** One name of `pnpm evidence NAME`, and its program. */
export interface Entry {
  readonly name: string
  /** One line for the list of names. */
  readonly summary: string
  readonly load: () => Promise<Program>
}

/** To add a name, write a module that exports a {@link Program} and add one entry here. */
export const names: readonly Entry[] = [
  {
    name: 'conformance',
    summary: 'tests each contender against each behaviour of a shutdown (docs/conformance.md)',
    load: () => import('../conformance/run.ts'),
  },
  {
    name: 'bench',
    summary: 'measures what each contender costs, before and during the drain (docs/benchmarks.md)',
    load: () => import('../benchmarks/run.ts'),
  },
  {
    name: 'headline',
    summary: 'rolls out the sample service with each contender, under one load (docs/headline.md)',
    load: () => import('../headline/run.ts'),
  },
  {
    name: 'frameworks',
    summary: 'runs each service of examples/ with and without the preload (docs/frameworks.md, README.md)',
    load: () => import('../frameworks/run.ts'),
  },
  {
    name: 'simulate',
    summary: 'simulates when each rule for the shutdown delay closes the listener (docs/propagation.md)',
    load: () => import('../simulation/run.ts'),
  },
  {
    name: 'compare',
    summary: 'runs the same scenarios on the local target and on a cluster (docs/local-target.md)',
    load: () => import('../comparison/run.ts'),
  },
  {
    name: 'doctor',
    summary: 'rolls out the mistakes that `zero-drop doctor` finds, and their corrections (docs/doctor-proof.md)',
    load: () => import('../doctor/run.ts'),
  },
  {
    name: 'planted',
    summary: 'plants faults in services in several languages and checks what the reports say (docs/planted.md)',
    load: () => import('../planted/run.ts'),
  },
  {
    name: 'pictures',
    summary: 'draws the pictures of README.md from one proof (docs/pictures)',
    load: () => import('../pictures/run.ts'),
  },
  {
    name: 'prove:store',
    summary: 'proves that each POST answered 201 is in PostgreSQL exactly once, through rollouts',
    load: () => import('../store/local.ts'),
  },
  {
    name: 'prove:store:kubernetes',
    summary: 'proves the same on the current cluster',
    load: () => import('../store/kubernetes.ts'),
  },
  {
    name: 'soak',
    summary: 'runs `prove` for 20 rollouts in a row and gives one verdict over all of them',
    load: () => import('../soak/rollouts.ts'),
  },
  {
    name: 'soak:memory',
    summary: 'runs the load for ten minutes and checks that its memory stays bounded',
    load: () => import('../soak/memory.ts'),
  },
]
