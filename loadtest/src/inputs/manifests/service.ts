import { z } from 'zod'
import type { ManifestDocument } from './documents.js'
import { labels, portNumber, portReference, readBy, text } from './schema.js'

export interface ServicePort {
  readonly name: string | undefined
  readonly port: number
  /** The container port, by number or name. Default: `port`. */
  readonly targetPort: number | string
  readonly nodePort: number | undefined
}

export interface ServiceManifest {
  readonly file: string
  readonly kind: 'Service'
  readonly lineOf: ManifestDocument['lineOf']
  readonly name: string
  readonly namespace: string
  readonly type: string
  /** Whether the Service is headless: it names pods and balances nothing. */
  readonly headless: boolean
  readonly selector: Readonly<Record<string, string>>
  /** Whether the Service sends traffic to pods that are not ready. */
  readonly publishNotReadyAddresses: boolean
  /** The TCP ports. */
  readonly ports: readonly ServicePort[]
}

const schema = z.object({
  metadata: z.object({ name: text, namespace: text.default('default') }),
  spec: z.object({
    type: text.default('ClusterIP'),
    clusterIP: text.optional(),
    selector: labels.default({}),
    publishNotReadyAddresses: z.boolean().default(false),
    ports: z
      .array(
        z.object({
          name: text.optional(),
          port: portNumber,
          targetPort: portReference.optional(),
          nodePort: portNumber.optional(),
          protocol: text.default('TCP'),
        }),
        'must be a list',
      )
      .default([]),
  }),
})

/**
 * Reads a Service.
 *
 * @throws {UsageError} names the file and the field.
 */
export function readService(document: ManifestDocument): ServiceManifest {
  const { metadata, spec } = readBy(schema, document)
  return {
    file: document.file,
    kind: 'Service',
    lineOf: document.lineOf,
    name: metadata.name,
    namespace: metadata.namespace,
    type: spec.type,
    headless: spec.clusterIP === 'None',
    selector: spec.selector,
    publishNotReadyAddresses: spec.publishNotReadyAddresses,
    ports: spec.ports
      .filter((port) => port.protocol === 'TCP')
      .map(({ name, port, targetPort, nodePort }) => ({ name, port, targetPort: targetPort ?? port, nodePort })),
  }
}

/** Returns whether a Service sends traffic to pods with these labels. A Service without a selector selects nothing. */
export function selects(
  selector: Readonly<Record<string, string>>,
  podLabels: Readonly<Record<string, string>>,
): boolean {
  const wanted = Object.entries(selector)
  return wanted.length > 0 && wanted.every(([key, value]) => podLabels[key] === value)
}
