import { z } from 'zod'
import type { ManifestDocument } from './documents.js'
import { labels, readBy, text, wrong } from './schema.js'

/** An environment variable of a container: its value, or the field of the pod with its value. */
export type EnvironmentVariable =
  | { readonly name: string; readonly value: string }
  | { readonly name: string; readonly fieldPath: string }
  /** The manifests do not contain the value. `origin` names its source. */
  | { readonly name: string; readonly origin: string; readonly field: string }

export interface ContainerSource {
  /** The Deployment. */
  readonly document: ManifestDocument
  /** The other objects, for the ConfigMaps and Secrets of variables. */
  readonly documents: readonly ManifestDocument[]
  /** The container in the Deployment. */
  readonly body: unknown
  /** The path of the container in the manifest, for messages. */
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

/** The data of a ConfigMap or a Secret. A Secret has text in `stringData`, or base64 in `data`. */
const dataSchema = z.object({ data: labels.default({}), stringData: labels.default({}) })

/**
 * Reads the variables of a container in the order of Kubernetes: `env` overrides `envFrom`. ConfigMaps and Secrets are read if they
 * are among the manifests.
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
        `names ${kind} ${reference.name}, which is not among the manifests: add it there`,
      )
    }
    for (const [key, value] of Object.entries(data ?? {})) variables.set(prefix + key, { name: prefix + key, value })
  }
  for (const [index, { name, value, valueFrom }] of container.env.entries()) {
    const own = `${field}.env[${index}]`
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
        variables.set(name, { name, origin: `${kind} ${reference.name}, key ${reference.key}`, field: own })
      continue
    }
    if (valueFrom?.resourceFieldRef !== undefined) {
      variables.set(name, { name, origin: `resourceFieldRef ${valueFrom.resourceFieldRef.resource}`, field: own })
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
