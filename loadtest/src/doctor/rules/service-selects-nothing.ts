import type { Workload } from '../model/workload.js'
import type { World } from '../model/world.js'
import type { Problem, Rule, Severity } from '../rule.js'

export const serviceSelectsNothing: Rule = {
  id: 'service-selects-nothing',
  severity: 'error',
  title: 'The Service selects no pod',
  why: 'A Service without endpoints refuses every connection. After a rename of a label in the pod template, this begins with the rollout.',
  sameAs: ['kube-linter dangling-service', 'kube-score service-targets-pod'],
  sources: ['https://kubernetes.io/docs/concepts/services-networking/service/'],
  example: {
    wrong: `kind: Service
spec:
  selector:
    app: shop
    tier: web`,
    right: `kind: Service
spec:
  selector:
    app: shop`,
  },
  *check(world): Iterable<Problem> {
    if (world.missesWorkloads) return
    for (const service of world.services) {
      const { object, selector, type } = service
      if (type === 'ExternalName' || Object.keys(selector).length === 0) continue
      const near = world.beside(object)
      // The pods may be in another input.
      if (near.length === 0 || world.workloadsOf(service).length > 0 || world.madeByOperator(object, selector)) continue
      // `namespace-mismatch` reports these.
      if (world.withLabels(selector).length > 0) continue
      const pods = near.filter(({ kind }) => kind !== 'Job' && kind !== 'CronJob')
      const closest = (pods.length > 0 ? pods : near).toSorted(
        (a, b) => overlap(b.labels, selector) - overlap(a.labels, selector),
      )[0]
      yield {
        object,
        path: ['spec', 'selector'],
        message: `the selector matches no pod in the input: ${differences(selector, closest)}`,
        instead: 'the labels of the pod template',
        severity: severityOf(world, pods, selector),
      }
    }
  },
}

type Labels = Readonly<Record<string, string>>

const shown = (labels: readonly (readonly [string, string])[]): string => labels.map((pair) => pair.join('=')).join(',')

/** @example 'it asks for app=shopp, but the pods of Deployment shop have app=shop' */
function differences(selector: Labels, closest: Workload | undefined): string {
  const pairs = Object.entries(selector)
  if (closest === undefined || overlap(closest.labels, selector) === 0) return `it asks for ${shown(pairs)}`
  const other = pairs.filter(([key, value]) => closest.labels[key] !== value)
  const have = other.flatMap(([key]) => (key in closest.labels ? [[key, closest.labels[key] ?? ''] as const] : []))
  return `it asks for ${shown(other)}, but the pods of ${closest.object.title} have ${shown(have) || `no label ${other.map(([key]) => key).join(', ')}`}`
}

/** Whether the selector is wrong, or its pods are probably those of another input. */
function severityOf(world: World, pods: readonly Workload[], selector: Labels): Severity {
  if (pods.some(({ labels }) => setsTheRest(labels, selector))) return 'info'
  const without = pods.filter((each) => world.servicesOf(each).length === 0 && overlap(each.labels, selector) > 0)
  if (without.some(({ labels }) => sharesPair(labels, selector)) || (without.length > 0 && pods.length === 1)) {
    return 'error'
  }
  return without.length > 0 || pods.some(({ labels }) => sharesPair(labels, selector)) ? 'warning' : 'info'
}

/** Values of labels that a program sets on its own pod. */
const ROLE = /^(?:true|active|standby|leader|master|primary|replica)$/u

/** Whether a program may set the labels that its pods do not have, as in `vault-active: "true"`. */
const setsTheRest = (labels: Labels, selector: Labels): boolean =>
  sharesPair(labels, selector) &&
  Object.entries(selector).every(([key, value]) => labels[key] === value || (!(key in labels) && ROLE.test(value)))

const sharesPair = (labels: Labels, selector: Labels): boolean =>
  Object.entries(selector).some(([key, value]) => labels[key] === value)

const overlap = (labels: Labels, selector: Labels): number =>
  Object.entries(selector).reduce((sum, [key, value]) => sum + (labels[key] === value ? 2 : key in labels ? 1 : 0), 0)
