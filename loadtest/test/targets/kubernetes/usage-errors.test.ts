import { afterEach, describe, expect, test } from 'vitest'
import { writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { DEPLOYMENT } from '../../../src/targets/kubernetes/workload/kinds.js'
import { usageError, deploy, DEPLOYMENTS, patches, REPLICA_SETS, shop, undo, useShop } from '../../fixtures/shop.js'

useShop()

describe('usage errors before anything is changed', () => {
  afterEach(() => {
    if (patches().length > 0) throw new Error('the Deployment was changed')
  })

  test('a Deployment or a namespace that does not exist', async () => {
    expect(await usageError({ workload: { kind: DEPLOYMENT, name: 'shoe' } })).toBe(
      'Deployment shoe does not exist in namespace store: name another with --workload; there are: shop',
    )
    expect(await usageError({ namespace: 'shop' })).toBe('namespace shop does not exist: name another with --namespace')
  })

  test('every missing right, and the commands that grant them', async () => {
    shop.api.denied.add('patch deployments').add('watch pods')
    expect(await usageError()).toBe(
      'system:serviceaccount:ci:tester may not watch pods, patch deployments.apps in namespace store; an administrator grants it with: ' +
        'kubectl -n store create role zero-drop-view --verb=get,list,watch --resource=deployments.apps,replicasets.apps,pods,endpointslices.discovery.k8s.io && ' +
        'kubectl -n store create rolebinding zero-drop-view --role=zero-drop-view --serviceaccount=ci:tester && ' +
        'kubectl -n store create role zero-drop-change --verb=patch --resource=deployments.apps && ' +
        'kubectl -n store create rolebinding zero-drop-change --role=zero-drop-change --serviceaccount=ci:tester',
    )
  })

  test('a right that the access review did not report as missing', async () => {
    const message = 'deployments.apps "shop" is forbidden: User "x" cannot get resource "deployments"'
    shop.api.failures.set(`GET ${DEPLOYMENTS}/shop`, { status: 403, reason: 'Forbidden', message })
    expect(await usageError()).toBe(`a right is missing for reading Deployment shop: ${message}`)
  })

  test('an API that does not answer or refuses the credentials', async () => {
    expect(await usageError({ kubeconfig: shop.api.kubeconfig(shop.folder, { token: 'old' }) })).toBe(
      'the Kubernetes API at http://<api> (context fake) does not accept the credentials of the kubeconfig while asking for rights in namespace store; they may have expired: log in again',
    )
    const kubeconfig = shop.api.kubeconfig(shop.folder)
    await shop.api.vanish()
    expect(await usageError({ kubeconfig })).toBe(
      'the Kubernetes API at http://<api> (context fake) does not answer while asking for rights in namespace store: connect ECONNREFUSED <api>',
    )
    await shop.api.listen()
  })

  test('a kubeconfig that is missing, invalid or without the context', async () => {
    expect(await usageError({ kubeconfig: join(shop.folder, 'none') })).toBe(
      'the kubeconfig <folder>/none does not exist: name another with --kubeconfig',
    )
    writeFileSync(join(shop.folder, 'bad'), 'clusters: [')
    expect(await usageError({ kubeconfig: join(shop.folder, 'bad') })).toMatch(
      /^the kubeconfig <folder>\/bad cannot be read: \S/u,
    )
    writeFileSync(join(shop.folder, 'empty'), 'kind: Config')
    expect(await usageError({ kubeconfig: join(shop.folder, 'empty') })).toBe(
      'the kubeconfig <folder>/empty has no current context: choose one with --context; there are: none',
    )
    expect(await usageError({ context: 'prod' })).toBe(
      'the kubeconfig <folder>/kubeconfig has no context prod: choose one with --context; there are: fake',
    )
  })

  test('credentials from a command that does not exist', async () => {
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: 'no-such-login' }
    expect(await usageError({ kubeconfig: shop.api.kubeconfig(shop.folder, { exec }) })).toBe(
      'the credentials of context fake cannot be read: spawn no-such-login ENOENT',
    )
  })

  test('an unknown container or revision, a missing image, and a change that rolls nothing', async () => {
    expect(await usageError({ container: 'app' })).toBe(
      'Deployment shop has no container app: choose one with --container; there are: web',
    )
    expect(await usageError({ image: '' })).toBe('the scenario set-image needs the new image: give it with --image')
    expect(await usageError({ image: 'shop:v2' })).toBe(
      'container web of Deployment shop already has the image shop:v2, so nothing would roll: give another --image',
    )
    expect(await usageError(undo(9))).toBe(
      'Deployment shop has no revision 9: choose one with --to-revision; there are: 1, 2',
    )
    expect(await usageError(undo(2))).toBe(
      'Deployment shop already has the template of revision 2, so nothing would roll: choose another with --to-revision',
    )
    shop.api.remove(REPLICA_SETS, 'shop-1')
    expect(await usageError(undo())).toBe(
      'Deployment shop has no earlier revision to go back to: roll out a new version first; there are: 2',
    )
  })

  test('a Deployment that is paused, has no replicas, or is rolling out', async () => {
    deploy({ paused: true })
    expect(await usageError()).toBe(
      "Deployment shop is paused: resume it with 'kubectl rollout resume -n store deployment/shop'",
    )
    deploy({ replicas: 0 })
    expect(await usageError()).toBe(
      'Deployment shop has 0 replicas, so there is nothing to roll out: scale it up first',
    )
    deploy({ replicas: 3 })
    expect(await usageError()).toBe(
      "Deployment shop is not fully rolled out (3 wanted, 2 up to date, 2 available, 2 in all): wait for 'kubectl rollout status -n store deployment/shop'",
    )
  })

  test('invalid URLs and URLs that do not answer', async () => {
    expect(await usageError({ urls: [] })).toBe('there is no URL to send the load to: give one with --url')
    expect(await usageError({ urls: ['shop:80'] })).toBe(
      'shop:80 is not a URL that begins with http:// or https://: give one such as http://192.0.2.10:30080',
    )
    const dead = createServer().listen(0, '127.0.0.1')
    await once(dead, 'listening')
    const { port } = dead.address() as AddressInfo
    dead.close()
    expect(await usageError({ urls: [shop.url, `http://localhost:${port}`] })).toBe(
      `http://localhost:${port} does not answer: ECONNREFUSED; is it the address of the service?`,
    )
  })
})
