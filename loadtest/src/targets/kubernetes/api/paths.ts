/** A pod, a collection of pods, or a part of a pod. */
export function podPath(namespace: string, name?: string, part?: string): string {
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`
  return [path, name, part].filter((each) => each !== undefined).join('/')
}

export const nodePath = (name: string): string => `/api/v1/nodes/${encodeURIComponent(name)}`
