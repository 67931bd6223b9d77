import { Ajv } from 'ajv'
import type { Manifest } from '../manifest.ts'
import kubernetes from './kubernetes.json' with { type: 'json' }
import podMonitor from './pod-monitor.json' with { type: 'json' }

/** The fields of an OpenAPI schema that this file reads. */
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

/** Returns the schema of a kind, from Kubernetes 1.34 or from the Prometheus operator. Throws for any other kind. */
const schemaOf = ({ apiVersion, kind }: Pick<Manifest, 'apiVersion' | 'kind'>): Schema => {
  if (`${apiVersion}/${kind}` === POD_MONITOR) return podMonitor.schema as Schema
  const [version = '', group = ''] = apiVersion.split('/').toReversed()
  const found = Object.values(definitions).find((definition) =>
    definition['x-kubernetes-group-version-kind']?.some(
      (known) => known.group === group && known.version === version && known.kind === kind,
    ),
  )
  if (found === undefined) throw new Error(`no schema for ${apiVersion} ${kind}; add the kind to schemas/make.mjs`)
  return found
}

const QUANTITY = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[numkMGTPE]|[KMGTPE]i|[eE][+-]?\d+)?$/u
const WHOLE_OR_TEXT = { anyOf: [{ type: 'integer' }, { type: 'string' }] }
/** The JSON form of two types, which the published schemas do not define. */
const OWN_FORM: Readonly<Record<string, unknown>> = {
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': WHOLE_OR_TEXT,
  'io.k8s.apimachinery.pkg.api.resource.Quantity': { type: ['string', 'number'], pattern: QUANTITY.source },
}

/** Forbids fields that the schema does not define, as `kubectl apply` does. */
const strict = (node: unknown): unknown => {
  if (Array.isArray(node)) return node.map(strict)
  if (typeof node !== 'object' || node === null) return node
  const copy = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, strict(value)]))
  const closed = 'properties' in node && 'type' in node && node.type === 'object' && !('additionalProperties' in node)
  return closed ? { ...copy, additionalProperties: false } : copy
}

const ajv = new Ajv({ allErrors: true, strict: false, validateFormats: false })
const strictDefinitions = { ...(strict(definitions) as Record<string, unknown>), ...OWN_FORM }

/** Returns one line for each violation of the schema, with its path; an empty list for a valid object. */
export const violations = (manifest: Manifest): string[] => {
  const schema = strict(schemaOf(manifest)) as { properties: Record<string, unknown> }
  // The schema of a CRD does not define the metadata.
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
