import { UsageError } from '../../base/errors.js'
import { RENDERED, STANDARD_INPUT, type ManifestDocument } from './documents.js'

/** The ways out of manifests that the local target cannot roll out. */
const OTHERWISE =
  'give the program alone, with --command and without --manifests, or use a cluster with --target kubernetes'

/** The kinds that zero-drop rolls out on a cluster, with the word for --workload. */
const ON_A_CLUSTER: Readonly<Record<string, string>> = { StatefulSet: 'statefulset', DaemonSet: 'daemonset' }

/**
 * Chooses the Deployment of the manifests.
 *
 * @param name required only if there are several.
 * @throws {UsageError} there is none, or there are several; names those that there are.
 */
export function chooseDeployment(
  path: string,
  documents: readonly ManifestDocument[],
  name: string | undefined,
): ManifestDocument {
  const source = path === STANDARD_INPUT ? 'standard input' : path
  const deployments = documents.filter(({ kind }) => kind === 'Deployment')
  const [found, ...others] = deployments.filter((document) => name === undefined || document.name === name)
  if (found === undefined) throw none(source, documents, name)
  if (others.length === 0) return found
  const places = deployments.map((each) => `${each.name} (${placeOf(each, source)})`).join(', ')
  throw new UsageError(
    `${source} has several Deployments: ${places}: name one of them, as in --workload deployment/${found.name}`,
  )
}

const placeOf = ({ file, lineOf }: ManifestDocument, source: string): string =>
  file === source || file === `${source}${RENDERED}` ? `line ${lineOf('') ?? 1}` : `${file}:${lineOf('') ?? 1}`

function none(source: string, documents: readonly ManifestDocument[], name: string | undefined): UsageError {
  const deployments = documents.filter(({ kind }) => kind === 'Deployment').map((each) => each.name)
  if (name !== undefined && deployments.length > 0) {
    return new UsageError(
      `${source} has no Deployment ${name}; there are: ${deployments.join(', ')}; name one of them with --workload`,
    )
  }
  const other = documents.find(({ kind, body }) => kind in ON_A_CLUSTER || hasTemplate(body))
  if (other === undefined) {
    const kinds = [...new Set(documents.map(({ kind }) => kind))].join(', ') || 'nothing'
    return new UsageError(`${source} has no Deployment (it has ${kinds}): name the file that has one with --manifests`)
  }
  const { file, kind, lineOf } = other
  const word = ON_A_CLUSTER[kind]
  const way = word === undefined ? OTHERWISE.split(', or')[0] : `${OTHERWISE} --workload ${word}/${other.name}`
  return new UsageError(
    `${file}:${lineOf('kind') ?? 1}: ${kind} ${other.name} cannot be rolled out on this machine, where zero-drop plays Deployments only: ${way}`,
  )
}

const hasTemplate = ({ spec }: Record<string, unknown>): boolean =>
  typeof spec === 'object' && spec !== null && ('template' in spec || 'containers' in spec)
