import { crowds, everySecond, poisson, spells, type Arrivals } from './arrivals.ts'
import { about, fast, sync, type Delay } from './delays.ts'

/** A number of sources with the same arrivals and the same distribution of switch times. */
export interface Sources {
  readonly count: number
  readonly arrivals: Arrivals
  readonly delay: Delay
  /** Whether these sources make pauses of more than 20 s: then the whole life of the pod matters. */
  readonly rare?: boolean
}

export interface Scenario {
  readonly name: string
  readonly sources: readonly Sources[]
}

const nodes = (count: number, arrivals: Arrivals, delay: Delay): Sources => ({ count, arrivals, delay })
const rareCaller = (arrivals: Arrivals, delay: Delay): Sources => ({ count: 1, arrivals, delay, rare: true })
const quick = sync(1_000)
const slow = sync(10_000)

/** In the order of the page. To add a scenario, add one line here. */
export const scenarios: readonly Scenario[] = [
  { name: '1 s sync: 2 nodes, 30/s each', sources: [nodes(2, poisson(30), quick)] },
  { name: '1 s sync: 2 nodes, crowds of 10, 3/s', sources: [nodes(2, crowds(3, 10), quick)] },
  { name: '1 s sync: 2 nodes, 30/s and 2/s', sources: [nodes(1, poisson(30), quick), nodes(1, poisson(2), quick)] },
  {
    name: '1 s sync: 2 nodes, 30/s each; 1 calls every 2 min',
    sources: [nodes(2, poisson(30), quick), rareCaller(poisson(1 / 120), quick)],
  },
  { name: 'fast kube-proxy: 3 nodes, 20/s each', sources: [nodes(3, poisson(20), fast)] },
  { name: 'fast kube-proxy: 20 nodes, 5/s each', sources: [nodes(20, poisson(5), fast)] },
  { name: 'fast kube-proxy: 20 nodes, 1/s each', sources: [nodes(20, poisson(1), fast)] },
  { name: '10 s sync: 2 nodes, 30/s each', sources: [nodes(2, poisson(30), slow)] },
  { name: '10 s sync: 2 nodes, 3/s each', sources: [nodes(2, poisson(3), slow)] },
  { name: '10 s sync: 2 nodes, 1/s each', sources: [nodes(2, poisson(1), slow)] },
  { name: '10 s sync: 2 nodes, crowds of 10, 3/s', sources: [nodes(2, crowds(3, 10), slow)] },
  { name: '10 s sync: 2 nodes, crowds of 30, 1/s', sources: [nodes(2, crowds(1, 30), slow)] },
  { name: "10 s sync: 2 nodes, 30 at each second's start", sources: [nodes(2, everySecond(30), slow)] },
  { name: '10 s sync: 2 nodes, spells of 2 s, lulls of 3 s', sources: [nodes(2, spells(50, 2_000, 3_000), slow)] },
  { name: '10 s sync: 2 nodes, spells of 5 s, lulls of 1 s', sources: [nodes(2, spells(50, 5_000, 1_000), slow)] },
  { name: '10 s sync: 2 nodes, spells of 10 s, lulls of 2 s', sources: [nodes(2, spells(50, 10_000, 2_000), slow)] },
  {
    name: '10 s sync: 2 nodes, 30/s each; 1 calls every 20 s',
    sources: [nodes(2, poisson(30), slow), rareCaller(poisson(1 / 20), slow)],
  },
  {
    name: '10 s sync: 2 nodes, 30/s each; 1 calls every 2 min',
    sources: [nodes(2, poisson(30), slow), rareCaller(poisson(1 / 120), slow)],
  },
  {
    name: '10 s sync: 2 nodes, 30/s each; 50 calls every 5 min',
    sources: [nodes(2, poisson(30), slow), rareCaller(crowds(1 / 300, 50, 500), slow)],
  },
  {
    name: 'one slow node (12 s) of 20, 5/s each',
    sources: [nodes(19, poisson(5), fast), nodes(1, poisson(5), about(12_000))],
  },
  { name: 'ALB-like 25 s: 3 addresses, 10/s each', sources: [nodes(3, poisson(10), about(25_000))] },
  { name: 'ALB-like 25 s: 3 addresses, 1/s each', sources: [nodes(3, poisson(1), about(25_000))] },
  { name: 'ALB-like 25 s: 3 addresses, 1 in 3 s each', sources: [nodes(3, poisson(1 / 3), about(25_000))] },
  { name: 'quiet: 2 nodes, a call in 30 s, fast kube-proxy', sources: [nodes(2, poisson(1 / 30), fast)] },
  { name: 'quiet: 2 nodes, a call in 30 s, 10 s sync', sources: [nodes(2, poisson(1 / 30), slow)] },
]
