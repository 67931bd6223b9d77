import { z } from 'zod'
import type { ManifestDocument } from './documents.js'
import { labels, readBy, text, wrong } from './schema.js'

/** An environment variable of a container: its text, or the field of the pod that it takes its text from. */
export type EnvironmentVariable =
  | { readonly name: string; readonly value: string }
  | { readonly name: string; readonly fieldPath: string }
  /** Nothing in the manifests says what it is; `origin` says where it should come from. */
  | { readonly name: string; readonly origin: string }

export interface ContainerSource {
  /** The Deployment. */
  readonly document: ManifestDocument
  /** Everything beside it: ConfigMaps and Secrets that variables come from. */
  readonly documents: readonly ManifestDocument[]
  /** The container as it stands in the Deployment. */
  readonly body: unknown
  /** Where it stands, for messages. */
  readonly field: string
}

const keyReference = z.object({ name: text, key: text, optional: z.boolean().default(false) })
const sourceReference = z.object({ name: text, optional: z.boolean().default(false) })

const schema = z.object({
  env: z
    .array(
      z.object({
        name: text,
        value: text.optional(),
        valueFrom: z
          .object({
            fieldRef: z.object({ fieldPath: text }).optional(),
            configMapKeyRef: keyReference.optional(),
            secretKeyRef: keyReference.optional(),
            resourceFieldRef: z.object({ resource: text }).optional(),
          })
          .optional(),
      }),
      'must be a list',
    )
    .default([]),
  envFrom: z
    .array(
      z.object({
        prefix: text.default(''),
        configMapRef: sourceReference.optional(),
        secretRef: sourceReference.optional(),
      }),
      'must be a list',
    )
    .default([]),
})

/** A ConfigMap's text, or a Secret's, written as `stringData` or in base64 as `data`. */
const dataSchema = z.object({ data: labels.default({}), stringData: labels.default({}) })

/**
 * The variables of a container in the order in which Kubernetes sets them: `envFrom` first, `env` over it. ConfigMaps
 * and Secrets are read where they are among the manifests.
 */
export function readEnvironment({ document, documents, body, field }: ContainerSource): EnvironmentVariable[] {
  const container = readBy(schema, document, body, field)
  const variables = new Map<string, EnvironmentVariable>()
  for (const [index, { prefix, configMapRef, secretRef }] of container.envFrom.entries()) {
    const [kind, reference] =
      configMapRef === undefined ? (['Secret', secretRef] as const) : (['ConfigMap', configMapRef] as const)
    if (reference === undefined) continue
    const data = readData(documents, kind, reference.name)
    if (data === undefined && !reference.optional) {
      throw wrong(
        document,
        `${field}.envFrom[${index}]`,
        `names ${kind} ${reference.name}, which is not among the manifests`,
      )
    }
    for (const [key, value] of Object.entries(data ?? {})) variables.set(prefix + key, { name: prefix + key, value })
  }
  for (const { name, value, valueFrom } of container.env) {
    if (valueFrom?.fieldRef !== undefined) {
      variables.set(name, { name, fieldPath: valueFrom.fieldRef.fieldPath })
      continue
    }
    const reference = valueFrom?.configMapKeyRef ?? valueFrom?.secretKeyRef
    if (reference !== undefined) {
      const kind = valueFrom?.configMapKeyRef === undefined ? 'Secret' : 'ConfigMap'
      const found = readData(documents, kind, reference.name)?.[reference.key]
      if (found !== undefined) variables.set(name, { name, value: found })
      else if (!reference.optional)
        variables.set(name, { name, origin: `${kind} ${reference.name}, key ${reference.key}` })
      continue
    }
    if (valueFrom?.resourceFieldRef !== undefined) {
      variables.set(name, { name, origin: `resourceFieldRef ${valueFrom.resourceFieldRef.resource}` })
      continue
    }
    variables.set(name, { name, value: value ?? '' })
  }
  return [...variables.values()]
}

function readData(
  documents: readonly ManifestDocument[],
  kind: string,
  name: string,
): Record<string, string> | undefined {
  const found = documents.find((document) => document.kind === kind && document.name === name)
  if (found === undefined) return undefined
  const { data, stringData } = readBy(dataSchema, found)
  if (kind === 'ConfigMap') return data
  const decoded = Object.entries(data).map(
    ([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')] as const,
  )
  return { ...Object.fromEntries(decoded), ...stringData }
}
