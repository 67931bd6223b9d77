import type { ReadEnv } from './container.js'
import type { KubeObject } from './kube-object.js'
import { fields, labels, list, text, type Path } from './values.js'

/** Returns a function that reads variables with the ConfigMaps of the same namespace. Secrets are never read. */
export function envReader(configMap: (name: string | undefined) => KubeObject | undefined): ReadEnv {
  const data = (name: string | undefined): Readonly<Record<string, string>> => labels(configMap(name)?.get('data'))
  return (body, path) => {
    const values = new Map<string, string>()
    const paths = new Map<string, Path>()
    for (const [index, source] of list(body['envFrom']).entries()) {
      const { prefix, configMapRef } = fields(source)
      for (const [key, value] of Object.entries(data(text(fields(configMapRef)['name'])))) {
        values.set(`${text(prefix) ?? ''}${key}`, value)
        paths.set(`${text(prefix) ?? ''}${key}`, [...path, 'envFrom', index])
      }
    }
    for (const [index, variable] of list(body['env']).entries()) {
      const { name, value, valueFrom } = fields(variable)
      if (typeof name !== 'string') continue
      paths.set(name, [...path, 'env', index, ...(value === undefined ? [] : ['value'])])
      const reference = fields(fields(valueFrom)['configMapKeyRef'])
      const known = text(value) ?? data(text(reference['name']))[text(reference['key']) ?? '']
      if (known === undefined) values.delete(name)
      else values.set(name, known)
    }
    return { values, paths }
  }
}
