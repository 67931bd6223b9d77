/** Returns the path of a pod, of the pods of a namespace, or of a subresource of a pod. */
export function podPath(namespace: string, name?: string, part?: string): string {
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`
  return [path, name, part].filter((each) => each !== undefined).join('/')
}

/** Returns the path of a node. */
export const nodePath = (name: string): string => `/api/v1/nodes/${encodeURIComponent(name)}`
