import { text } from '../model/values.js'
import type { Problem, Rule } from '../rule.js'
import { severe } from './served.js'

export const mutableTag: Rule = {
  id: 'mutable-tag',
  severity: 'warning',
  title: 'The tag of the image does not name one version',
  why:
    'With `latest`, or no tag, `kubectl rollout undo` starts the same tag again and therefore the same faulty image. A pod that moves to ' +
    'another node runs another version than its neighbours. A new push alone starts no rollout.',
  sameAs: ['kube-linter latest-tag', 'kube-score container-image-tag', 'Polaris tagNotSpecified'],
  sources: ['https://kubernetes.io/docs/concepts/containers/images/#image-names'],
  example: {
    wrong: `kind: Deployment
spec:
  template:
    spec:
      containers:
        - name: shop
          image: registry.example/shop:latest`,
    right: `kind: Deployment
spec:
  template:
    spec:
      containers:
        - name: shop
          image: registry.example/shop:v1.2.0`,
  },
  *check(world): Iterable<Problem> {
    for (const workload of world.workloads) {
      const { object, containers, initContainers, kind } = workload
      if (kind === 'Job' || kind === 'CronJob') continue
      for (const { image, name, path, body } of [...containers, ...initContainers]) {
        // ko writes a digest in the place of its paths.
        if (image === '' || /@\w+:/u.test(image) || image.startsWith('ko://')) continue
        // A port of the registry is no tag.
        const tag = /:([^/:]+)$/u.exec(image)?.[1]
        if (tag !== undefined && tag !== 'latest') continue
        const cached =
          text(body['imagePullPolicy']) === 'IfNotPresent'
            ? '; with IfNotPresent, nodes keep different versions of it'
            : ''
        yield {
          object,
          path: [...path, 'image'],
          literal: tag === 'latest',
          message: `container ${name} runs ${image}${tag === undefined ? ' without a tag' : ''}: ${kind === 'Pod' ? 'the next start may run another version' : 'kubectl rollout undo starts the same image again'}${cached}`,
          instead: 'a tag of one version, or a digest',
          severity: severe(world.trafficOf(workload), 'warning'),
        }
      }
    }
  },
}
