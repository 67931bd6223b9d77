import { Ajv } from 'ajv'
import type { Manifest } from '../manifest.ts'
import kubernetes from './kubernetes.json' with { type: 'json' }
import podMonitor from './pod-monitor.json' with { type: 'json' }

/** A part of an OpenAPI document, as far as it is looked into here. */
export interface Schema {
  readonly $ref?: string
  readonly type?: string
  readonly format?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
  readonly additionalProperties?: Schema
  readonly 'x-kubernetes-group-version-kind'?: readonly { group: string; version: string; kind: string }[]
}

const definitions = kubernetes.definitions as Readonly<Record<string, Schema>>
const POD_MONITOR = 'monitoring.coreos.com/v1/PodMonitor'
const REFERENCE = '#/definitions/'

/** The schema of such objects in Kubernetes 1.34, or of the Prometheus operator's PodMonitor. */
const schemaOf = ({ apiVersion, kind }: Pick<Manifest, 'apiVersion' | 'kind'>): Schema => {
  if (`${apiVersion}/${kind}` === POD_MONITOR) return podMonitor.schema as Schema
  const [version = '', group = ''] = apiVersion.split('/').toReversed()
  const found = Object.values(definitions).find((definition) =>
    definition['x-kubernetes-group-version-kind']?.some(
      (known) => known.group === group && known.version === version && known.kind === kind,
    ),
  )
  if (found === undefined) throw new Error(`no schema for ${apiVersion} ${kind}: name it in schemas/make.mjs`)
  return found
}

const QUANTITY = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[numkMGTPE]|[KMGTPE]i|[eE][+-]?\d+)?$/u
const WHOLE_OR_TEXT = { anyOf: [{ type: 'integer' }, { type: 'string' }] }
/** What the published schemas leave unsaid about types that have a JSON form of their own. */
const OWN_FORM: Readonly<Record<string, unknown>> = {
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': WHOLE_OR_TEXT,
  'io.k8s.apimachinery.pkg.api.resource.Quantity': { type: ['string', 'number'], pattern: QUANTITY.source },
}

/** As `kubectl apply` validates: a field that the schema does not know is an error. */
const strict = (node: unknown): unknown => {
  if (Array.isArray(node)) return node.map(strict)
  if (typeof node !== 'object' || node === null) return node
  const copy = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, strict(value)]))
  const closed = 'properties' in node && 'type' in node && node.type === 'object' && !('additionalProperties' in node)
  return closed ? { ...copy, additionalProperties: false } : copy
}

const ajv = new Ajv({ allErrors: true, strict: false, validateFormats: false })
const strictDefinitions = { ...(strict(definitions) as Record<string, unknown>), ...OWN_FORM }

/** Everything about the object that its schema forbids, each in a line that says where; empty where nothing is. */
export const violations = (manifest: Manifest): string[] => {
  const schema = strict(schemaOf(manifest)) as { properties: Record<string, unknown> }
  // A CRD's schema leaves the metadata to Kubernetes.
  const metadata = { $ref: `${REFERENCE}io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta` }
  const validate = ajv.compile({
    ...schema,
    properties: { ...schema.properties, metadata },
    definitions: strictDefinitions,
  })
  const body: unknown = manifest
  if (validate(body)) return []
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) =>
      `${manifest.kind} ${manifest.metadata.name}: ${instancePath || '/'} ${message} ${JSON.stringify(params)}`,
  )
}
